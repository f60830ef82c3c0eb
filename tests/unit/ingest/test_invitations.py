"""Invitations in a mailbox on a server, and in Gmail's messages, become the meetings that an mbox of them does."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from services.ingest.commands.mailbox_calendars import MailboxCalendars
from services.ingest.connectors import imap, invitations
from services.ingest.connectors.api import gmail
from services.ingest.connectors.ics import mails
from services.ingest.connectors.ics.read import Reading, Terms, read
from services.ingest.connectors.imap import Security, Server
from services.ingest.connectors.items import Dropped, Rejected
from shared.errors import Refused
from shared.plumbing.settings import Settings
from tests.unit.ingest import imap_server
from tests.unit.ingest.calendars import NOW, TERMS, event, first
from tests.unit.ingest.imap_server import Kept
from tests.unit.ingest.test_calendar_mails import ANA, ASKED, BEA, DAILY, INVITATION, as_mbox, mail, reply, responses

STRUCTURE = '(("TEXT" "PLAIN" NIL NIL NIL "7BIT" 5 1)("TEXT" "CALENDAR" NIL NIL NIL "7BIT" 5 1) "ALTERNATIVE")'
ACCEPTED = reply("ACCEPTED")
OTHER = mail("REQUEST", event(*ASKED, uid="two@x", start="DTSTART:20261112T090000Z"))


@pytest.fixture
def mailbox() -> Iterator[imap_server.Server]:
    with imap_server.running() as server:
        yield server


def kept(uid: int, text: bytes, flags: str = "", structure: str = STRUCTURE) -> Kept:
    return Kept(uid, b"From: ana@corp.example\r\n\r\n", flags, structure, text)


def looked(server: imap_server.Server, home: Path, terms: Terms = TERMS) -> Reading:
    """Look as one run of the command does, and remember it."""
    port = server.server_address[1]
    chosen = Settings(directory=home, imap_password=imap_server.PASSWORD)
    box = MailboxCalendars(f"imap://{imap_server.USER}@127.0.0.1:{port}?security=none", "ics", "mark", chosen)
    reading = read(mails.with_answers(box.look(terms.now).calendars, terms.zone), terms)
    box.remember(reading, terms)
    return reading


def texts_fetched(server: imap_server.Server) -> list[str]:
    return [said.split()[2] for said in server.holds.heard if "BODY.PEEK[]" in said]


def test_a_mailbox_on_a_server_is_read_as_an_mbox_of_the_same_mails_is(
    mailbox: imap_server.Server, tmp_path: Path
) -> None:
    mailbox.holds.folders["INBOX"] = [kept(1, ACCEPTED), kept(2, INVITATION), kept(3, DAILY, r"\Draft"), kept(4, OTHER)]

    found = first(looked(mailbox, tmp_path / "home"))

    path = as_mbox(tmp_path / "a.mbox", (ACCEPTED, INVITATION, OTHER))
    assert found.envelopes == first(read(mails.contents(path, TERMS.zone), TERMS)).envelopes
    assert len(found.envelopes) == 2


def test_an_answer_that_comes_later_changes_the_meeting_and_fetches_nothing_else_again(
    mailbox: imap_server.Server, tmp_path: Path
) -> None:
    mailbox.holds.folders["INBOX"] = [kept(1, INVITATION), kept(2, OTHER)]
    looked(mailbox, tmp_path)
    mailbox.holds.heard.clear()

    nothing = looked(mailbox, tmp_path)
    mailbox.holds.folders["INBOX"].append(kept(3, ACCEPTED))
    changed = looked(mailbox, tmp_path)

    assert (nothing.versions, nothing.others) == ({}, [])
    assert responses(first(changed)) == {ANA: "accepted", BEA: None}
    assert texts_fetched(mailbox) == ["3", "1"]


def test_an_invitation_in_one_folder_and_its_answer_in_another_belong_together(
    mailbox: imap_server.Server, tmp_path: Path
) -> None:
    mailbox.holds.listed = '* LIST (\\Sent) "/" "Sent"'
    mailbox.holds.folders = {"INBOX": [], "Sent": [kept(1, INVITATION)]}
    looked(mailbox, tmp_path)
    mailbox.holds.folders["INBOX"] = [kept(1, ACCEPTED)]

    assert responses(first(looked(mailbox, tmp_path)))[ANA] == "accepted"


def test_a_plan_is_read_again_when_its_time_has_come(mailbox: imap_server.Server, tmp_path: Path) -> None:
    mailbox.holds.folders["INBOX"] = [kept(1, INVITATION), kept(2, OTHER)]
    before = TERMS._replace(now=NOW.replace(day=10, hour=6))
    after = TERMS._replace(now=NOW.replace(day=10, hour=11))

    [plan, _] = first(looked(mailbox, tmp_path, before)).envelopes
    [held] = first(looked(mailbox, tmp_path, after)).envelopes

    assert (plan["data"].get("planned"), held["data"].get("planned")) == (True, None)


def test_uids_that_were_given_out_anew_are_looked_through_from_the_beginning(
    mailbox: imap_server.Server, tmp_path: Path
) -> None:
    mailbox.holds.folders["INBOX"] = [kept(5, INVITATION)]
    looked(mailbox, tmp_path)
    mailbox.holds.validity, mailbox.holds.folders["INBOX"] = 8, [kept(1, OTHER)]

    assert len(first(looked(mailbox, tmp_path)).envelopes) == 1


def test_what_is_kept_of_a_mailbox_names_nobody(mailbox: imap_server.Server, tmp_path: Path) -> None:
    mailbox.holds.folders["INBOX"] = [kept(1, INVITATION)]

    looked(mailbox, tmp_path)

    [path] = (tmp_path / "imap").iterdir()
    assert not any(word in path.read_bytes() for word in (b"corp.example", b"one@x", b"ours.example"))


def test_no_other_mail_is_fetched(mailbox: imap_server.Server, tmp_path: Path) -> None:
    mailbox.holds.folders["INBOX"] = [kept(1, b"private", structure='("TEXT" "PLAIN" NIL NIL NIL "7BIT" 5 1)')]

    looked(mailbox, tmp_path)

    assert texts_fetched(mailbox) == []


@pytest.mark.parametrize(
    ("address", "server", "folders"),
    [
        ("imaps://bo@mail.us.example", Server("mail.us.example", None, "bo", Security.TLS), []),
        ("imap://bo%40us@m.us:1143/Sent%20Items", Server("m.us", 1143, "bo@us", Security.STARTTLS), ["Sent Items"]),
        ("IMAPS://bo@us.example@m.us", Server("m.us", None, "bo@us.example", Security.TLS), []),
    ],
)
def test_a_mailboxs_address_says_where_it_is(address: str, server: Server, folders: list[str]) -> None:
    assert invitations.server_of(address) == (server, folders)


@pytest.mark.parametrize(
    ("address", "rule"),
    [
        ("imaps://mail.us.example", "must be such as imaps://bo@mail.us.example"),
        ("imaps://bo@mail:port", "must be such as"),
        ("imaps://bo@mail?security=much", "must be such as"),
        ("imaps://bo:secret@mail", "must not hold the password"),
    ],
)
def test_an_address_that_is_none_is_refused(address: str, rule: str) -> None:
    with pytest.raises(Refused, match=rule) as refused:
        invitations.server_of(address)

    assert "secret" not in str(refused.value)


def test_structures_are_read_whatever_literals_stand_in_them() -> None:
    literal = [(b'1 (UID 3 FLAGS () BODYSTRUCTURE ("TEXT" "PLAIN" ("NAME" {5}', b"a (b)"), b") NIL))"]
    plain = [b'2 (UID 4 BODYSTRUCTURE ("TEXT" "CALENDAR" NIL NIL NIL "7BIT" 5 1))']

    found = list(imap.fetched([*literal, *plain], b"BODY[]"))

    assert [(b"UID 3" in said, b"UID 4" in said, text) for said, text in found] == [
        (True, False, None),
        (False, True, None),
    ]


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def in_parts(whole: bytes, **body: Any) -> dict[str, Any]:
    [(_, calendar)] = mails.calendars_in(whole, "x")
    assert isinstance(calendar, bytes)
    invitation = {"mimeType": "text/calendar", "body": body or {"data": base64url(calendar)}}
    alternative = {"mimeType": "multipart/alternative", "parts": [{"mimeType": "text/plain"}, invitation]}
    return {"id": "1", "payload": {"mimeType": "multipart/mixed", "parts": [alternative]}}


def told_by_gmail(tmp_path: Path, *messages: dict[str, Any]) -> Reading:
    path = tmp_path / "messages.jsonl"
    path.write_bytes(b"\n".join(map(orjson.dumps, messages)))
    assert gmail.are_messages(path)
    return read(mails.with_answers(gmail.calendars(path), TERMS.zone), TERMS)


def in_raw(whole: bytes) -> dict[str, Any]:
    return {"id": "2", "raw": base64url(whole)}


@pytest.mark.parametrize("form", [in_parts, in_raw])
def test_gmails_messages_are_read_as_an_mbox_of_the_same_mails_is(tmp_path: Path, form: Any) -> None:
    found = first(told_by_gmail(tmp_path, form(INVITATION), form(ACCEPTED)))

    path = as_mbox(tmp_path / "a.mbox", (INVITATION, ACCEPTED))
    assert found.envelopes == first(read(mails.contents(path, TERMS.zone), TERMS)).envelopes
    assert responses(found) == {ANA: "accepted", BEA: None}


def test_what_of_gmail_cannot_be_read_is_named(tmp_path: Path) -> None:
    attached = in_parts(INVITATION, attachmentId="ANGjdJ8")
    spam = in_parts(INVITATION) | {"labelIds": ["SPAM"]}
    broken = {"id": "5", "raw": "x"}
    forwarded = {"mimeType": "message/rfc822", "parts": [in_parts(INVITATION)["payload"]]}

    found = told_by_gmail(
        tmp_path, attached, spam, {"id": "1", "payload": forwarded}, {"id": "4"}, {"start": {}}, broken
    )

    assert found.versions == {}
    assert [each.reason for each in found.others if isinstance(each, Dropped)] == [
        gmail.ATTACHED,
        "spam",
        gmail.ONLY_AN_ID,
    ]
    refused = [each.reason for each in found.others if isinstance(each, Rejected)]
    assert ["attune import gcal" in refused[0], "must be base64url" in refused[1], len(refused)] == [True, True, 2]
