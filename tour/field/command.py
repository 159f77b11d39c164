"""``tour tablets``: enrolment from the command line."""

from __future__ import annotations

from pathlib import Path

import click
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tour.db import in_database
from tour.field.saved import receive_saved
from tour.field.sealing import by_recovery
from tour.field.tablets import LINK_LASTS, enrol_link
from tour.people.models import Pair


@click.group(help="Tablets.")
def tablets() -> None:
    pass


@tablets.command(help="Print a link that enrols one tablet for PAIR, once.")
@click.argument("pair_ref", metavar="PAIR")
@click.option("--name", default="Tablette", show_default=True, help="how the planner will see it")
def enrol(pair_ref: str, name: str) -> None:
    click.echo(in_database(link_for)(pair_ref, name))
    click.echo(f"It works once, within {int(LINK_LASTS.total_seconds() // 60)} minutes.", err=True)


@tablets.command(
    help="Take in FILE, a copy saved on a tablet, with the Département's recovery key."
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--key",
    "key_file",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="PEM file of the private key; its passphrase is asked for",
)
def recover(file: Path, key_file: Path) -> None:
    opener = by_recovery(private_key(key_file))
    taken = in_database(receive_saved)(file.read_bytes(), opener)
    click.echo(f"{taken.applied} change{'s' * (taken.applied != 1)} stored, each once.")
    for refusal in taken.refused:
        click.echo(f"refused: {refusal['text']} – {refusal['why']}")
    if taken.unopened:
        people = ", ".join(sorted(set(taken.unopened)))
        raise click.ClickException(
            f"{len(taken.unopened)} still sealed, closed to another key: {people}"
        )


def private_key(path: Path) -> rsa.RSAPrivateKey:
    pem = path.read_bytes()
    secret = click.prompt("Passphrase", hide_input=True) if b"ENCRYPTED" in pem else None
    try:
        key = serialization.load_pem_private_key(pem, secret.encode() if secret else None)
    except (ValueError, TypeError) as error:
        raise click.ClickException(f"{path}: {error}") from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise click.ClickException(f"{path} is no RSA private key")
    return key


async def link_for(pair_ref: str, name: str) -> str:
    pair = await Pair.get_or_none(ref=pair_ref)
    if pair is None:
        known = ", ".join([pair.ref for pair in await Pair.all().order_by("ref")])
        raise click.ClickException(f"no pair {pair_ref!r}: the pairs are {known or 'none yet'}")
    return await enrol_link(pair, name)
