"""``tour tablets``: enrolment from the command line."""

from __future__ import annotations

import click

from tour.db import in_database
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


async def link_for(pair_ref: str, name: str) -> str:
    pair = await Pair.get_or_none(ref=pair_ref)
    if pair is None:
        known = ", ".join([pair.ref for pair in await Pair.all().order_by("ref")])
        raise click.ClickException(f"no pair {pair_ref!r}: the pairs are {known or 'none yet'}")
    return await enrol_link(pair, name)
