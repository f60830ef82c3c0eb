"""The reader against a small server of ours; it was tried against pymap, a real one, by hand."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from services.ingest.bring import Brought
from services.ingest.commands import import_imap
from services.ingest.commands.import_imap import Look
from services.ingest.connectors import imap
from services.ingest.connectors.imap import Mark, Security, Server
from services.ingest.connectors.items import Dropped, Item
from shared.errors import Refused, Unavailable
from shared.plumbing.settings import Settings
from tests.unit.ingest import imap_server
from tests.unit.ingest.imap_server import Kept
from tests.unit.ingest.test_mail import MAILBOX

LITERAL = '("TEXT" "PLAIN" ("NAME" {{{}}}\r\n{}) NIL NIL "7BIT" 5 1)'


@pytest.fixture
def mails() -> Iterator[imap_server.Server]:
    with imap_server.running() as server:
        yield server


def where(server: imap_server.Server) -> Server:
    return Server("127.0.0.1", server.server_address[1], imap_server.USER, Security.NONE)


def kept(uid: int, flags: str = "", **structure: Any) -> Kept:
    head = f"From: ana@corp.example\r\nTo: bo@acme.example\r\nDate: Mon, 02 Mar 2026 09:30:00 +0000\r\nMessage-ID: <{uid}@x>\r\n\r\n"
    return Kept(uid, head.encode(), flags, **structure)


def strides(server: imap_server.Server, known: Mark | None = None, folder: str = "INBOX") -> list[imap.Stride]:
    with imap.opened(where(server), imap_server.PASSWORD) as box:
        return list(imap.strides(box, folder, known, MAILBOX))


def ids(items: list[Item]) -> list[str]:
    return [item["id"] for item in items if isinstance(item, dict)]


def test_a_folder_is_read_from_where_it_was_left(mails: imap_server.Server) -> None:
    mails.holds.folders["INBOX"] = [kept(3), kept(5)]

    [first] = strides(mails)
    mails.holds.folders["INBOX"].append(kept(9))
    [second] = strides(mails, first.mark)

    assert (ids(first.items), first.mark) == (["3@x", "5@x"], Mark(7, 5))
    assert (ids(second.items), second.mark) == (["9@x"], Mark(7, 9))
    assert strides(mails, second.mark) == []


def test_uids_that_were_given_out_anew_are_read_from_the_beginning(mails: imap_server.Server) -> None:
    mails.holds.folders["INBOX"] = [kept(3)]
    mails.holds.validity = 8

    [stride] = strides(mails, Mark(7, 100))

    assert (ids(stride.items), stride.mark) == (["3@x"], Mark(8, 3))


def test_many_mails_come_in_strides(mails: imap_server.Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap, "STRIDE", 4)
    monkeypatch.setattr(imap, "ASKED_AT_ONCE", 3)
    mails.holds.folders["INBOX"] = [kept(uid) for uid in range(1, 11)]

    found = strides(mails)

    assert [stride.mark.uid for stride in found] == [4, 8, 10]
    assert [id_ for stride in found for id_ in ids(stride.items)] == [f"{uid}@x" for uid in range(1, 11)]


def test_drafts_and_invitations_are_known_without_their_bodies(mails: imap_server.Server) -> None:
    calendar = '(("TEXT" "PLAIN" NIL NIL NIL "7BIT" 5 1)("text" "calendar" NIL NIL NIL "7BIT" 5 1) "MIXED")'
    odd = LITERAL.format(12, "a (b) {3}\r\n c")
    mails.holds.folders["INBOX"] = [kept(1, r"\Seen \Draft"), kept(2, structure=calendar), kept(3, structure=odd)]

    [stride] = strides(mails)

    assert [item.reason for item in stride.items if isinstance(item, Dropped)] == ["draft", "calendar"]
    assert ids(stride.items) == ["3@x"]


def test_nothing_is_changed_and_no_body_is_asked_for(mails: imap_server.Server) -> None:
    mails.holds.folders["INBOX"] = [kept(1)]

    strides(mails)

    assert "EXAMINE INBOX" in " ".join(mails.holds.heard).replace('"', "")
    assert [said for said in mails.holds.heard if "BODY" in said] == [
        "UID FETCH 1 (UID FLAGS BODYSTRUCTURE BODY.PEEK[HEADER])"
    ]


@pytest.mark.parametrize(
    ("listed", "usual"),
    [
        (r'* LIST (\HasNoChildren) "/" "INBOX"', ["INBOX"]),
        ('* LIST (\\Sent) "/" "Gesendet"', ["INBOX", "Gesendet"]),
        ('* LIST (\\All) "/" "[Gmail]/All Mail"', ["[Gmail]/All Mail"]),
    ],
)
def test_the_usual_folders_are_what_came_and_what_went(
    mails: imap_server.Server, listed: str, usual: list[str]
) -> None:
    mails.holds.listed = listed

    with imap.opened(where(mails), imap_server.PASSWORD) as box:
        assert imap.usual_folders(box) == usual


def test_a_wrong_password_is_refused(mails: imap_server.Server) -> None:
    with pytest.raises(Refused, match="does not let bo in"), imap.opened(where(mails), "wrong"):
        pass


def test_a_server_that_is_not_there_is_out_of_reach() -> None:
    with (
        pytest.raises(Unavailable, match="cannot be reached"),
        imap.opened(Server("127.0.0.1", 1, "bo", Security.NONE), "x"),
    ):
        pass


def test_a_folder_that_is_not_there_is_refused_with_those_that_are(mails: imap_server.Server) -> None:
    with pytest.raises(Refused, match="'Nope' — is no folder there; there are INBOX"):
        strides(mails, folder="Nope")


def test_a_stride_is_remembered_once_it_is_stored(
    mails: imap_server.Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mails.holds.folders["INBOX"] = [kept(3), kept(5)]
    look = Look(
        where(mails), (), "mail", from_start=False, chosen=Settings(directory=tmp_path, own_domains=("acme.example",))
    )
    brought: list[list[Item]] = []

    async def broken(*_: object, **__: object) -> Brought:
        raise Unavailable("no broker")

    async def bring(items: list[Item], *_: object, **__: object) -> Brought:
        brought.append(items)
        return Brought(published=len(items))

    monkeypatch.setattr(import_imap, "bring", broken)
    with pytest.raises(Unavailable):
        look.once(imap_server.PASSWORD, wait=False)
    assert look.mark("INBOX") is None
    monkeypatch.setattr(import_imap, "bring", bring)

    assert [look.once(imap_server.PASSWORD, wait=False).published for _ in range(2)] == [2, 0]
    assert look.mark("INBOX") == Mark(7, 5)
    [written] = (tmp_path / "imap").iterdir()
    assert imap_server.PASSWORD not in written.read_text()
    assert orjson.loads(written.read_bytes())["folder"] == "INBOX"
