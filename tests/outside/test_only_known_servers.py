"""Who answers must show a certificate of that very name, by an authority that is believed: before anything is said."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from tests.factories import make_manager, make_site, make_visit
from tests.outside.certificates import Authority
from tests.outside.clients import CLIENTS
from tests.outside.doubles import http_server, mail_server, mailbox_server
from tests.visits.conftest import Knobs
from tour.post import mailbox, outbox
from tour.post.models import Receipt, ReceiptState
from tour.settings import Settings, settings
from tour.visits import incoming, invite, remind

assert remind


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("client", CLIENTS)
async def test_nothing_is_said_to_a_server_that_nobody_vouches_for(
    client: str, authority: Authority, setting: Knobs
) -> None:
    async with http_server(authority.server()) as there:
        await CLIENTS[client](there.url, setting)
        assert there.requests == []


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("client", CLIENTS)
async def test_a_private_authority_that_is_named_is_believed(
    client: str, authority: Authority, pem: Path, setting: Knobs
) -> None:
    setting(ca_file=pem)
    async with http_server(authority.server()) as there:
        await CLIENTS[client](there.url, setting)
        assert there.requests


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("client", CLIENTS)
async def test_nothing_is_said_to_a_server_of_another_name(
    client: str, authority: Authority, pem: Path, setting: Knobs
) -> None:
    setting(ca_file=pem)
    async with http_server(authority.server("ailleurs.example")) as there:
        await CLIENTS[client](there.url, setting)
        assert there.requests == []


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("host", ["127.0.0.1", "ailleurs.example"])
@pytest.mark.usefixtures("db")
async def test_the_mailbox_s_password_is_told_to_the_mailbox_only(
    host: str, named: bool, authority: Authority, pem: Path, setting: Knobs
) -> None:
    right = named and host == "127.0.0.1"
    async with mailbox_server(authority.server(host)) as box:
        setting(
            imap_url=f"imaps://tour:s3cret@127.0.0.1:{box.port}/INBOX", ca_file=pem if named else ""
        )
        if right:
            assert await incoming.fetch() == 0
        else:
            with pytest.raises(ssl.SSLCertVerificationError):
                await incoming.fetch()
    assert box.logins == (['tour "s3cret"'] if right else [])


async def send_one_mail() -> Receipt:
    visit = await make_visit(site=await make_site(manager=await make_manager()))
    await invite.invite(visit.id, by="Léa")
    await outbox.deliver_due()
    return await Receipt.get()


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("host", ["127.0.0.1", "ailleurs.example"])
@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
@pytest.mark.usefixtures("db")
async def test_mail_and_its_password_go_to_the_mail_server_only(
    scheme: str, host: str, named: bool, authority: Authority, pem: Path, setting: Knobs
) -> None:
    tls = authority.server(host)
    how = {"tls": tls} if scheme == "smtps" else {"starttls": tls}
    async with mail_server(**how) as post:
        setting(
            smtp_url=f"{scheme}://tour:s3cret@127.0.0.1:{post.port}", ca_file=pem if named else ""
        )
        receipt = await send_one_mail()
    if named and host == "127.0.0.1":
        assert (receipt.state, len(post.messages)) == (ReceiptState.SENT, 1)
        assert post.passwords == [b"s3cret"]
    else:
        assert (receipt.state, post.messages, post.passwords) == (ReceiptState.WAITING, [], [])
        assert "certificat" in receipt.error
        assert (await outbox.OutboxRow.get()).tries == 0  # it waits as long as it takes


@pytest.mark.usefixtures("db")
async def test_with_starttls_stripped_no_password_leaves_and_the_message_waits(
    authority: Authority, pem: Path, setting: Knobs
) -> None:
    setting(ca_file=pem)
    async with mail_server() as stripped:
        setting(smtp_url=f"smtp://tour:s3cret@127.0.0.1:{stripped.port}")
        receipt = await send_one_mail()
        assert (stripped.passwords, stripped.messages) == ([], [])
        assert (receipt.state, "STARTTLS" in receipt.error) == (ReceiptState.WAITING, True)
        row = await outbox.OutboxRow.get()
        assert (row.state, row.tries) == (outbox.OutboxState.WAITING, 0)
    async with mail_server(starttls=authority.server()) as mended:
        setting(smtp_url=f"smtp://tour:s3cret@127.0.0.1:{mended.port}")
        await outbox.wake(row.key)
        await outbox.deliver_due()
        assert len(mended.messages) == 1


@pytest.mark.parametrize(
    ("url", "may_be_plain"),
    [
        ("smtp://localhost", True),
        ("smtp://127.0.0.1:25", True),
        ("smtp://user:secret@localhost", False),
        ("smtp://relais.departement.example", False),
        ("smtp://relais.departement.example?tls=optional", True),
        ("smtp://user:secret@relais.departement.example?tls=optional", False),
    ],
)
def test_where_mail_may_go_without_tls(setting: Knobs, url: str, may_be_plain: bool) -> None:
    from tour.post.smtp import smtp_client

    setting(smtp_url=url)
    assert (smtp_client()._start_tls_on_connect is None) is may_be_plain


async def test_an_imap_password_is_not_sent_in_clear_to_another_machine(
    setting: Knobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The double has no STARTTLS; the name of this machine's is another's as far as we know."""
    import imaplib

    async with mailbox_server(None) as box:
        monkeypatch.setattr(mailbox, "is_this_machine", lambda host: False)
        setting(imap_url=f"imap://tour:s3cret@127.0.0.1:{box.port}/INBOX")
        with pytest.raises(imaplib.IMAP4.error):
            await incoming.fetch()
    assert box.logins == []


def test_an_authority_that_is_no_file_of_certificates_is_said_at_start(tmp_path: Path) -> None:
    (tmp_path / "x.pem").write_text("not a certificate")
    for path in (tmp_path / "x.pem", tmp_path / "none.pem"):
        with pytest.raises(ValueError, match="PEM"):
            Settings(ca_file=path)
    assert settings().ca_file is None
