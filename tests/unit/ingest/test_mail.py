from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.connectors import mail
from services.ingest.connectors.items import Dropped, Item, Rejected
from services.ingest.connectors.mail import Mailbox
from services.ingest.connectors.mail_head import Head
from services.ingest.interpret import Policy
from shared.events.envelope import EVENT

MAILBOX = Mailbox(
    Policy(b"", frozenset({"acme.example"}), frozenset({"bo@home.example"})).is_ours, datetime(2026, 6, 1, tzinfo=UTC)
)
FIELDS = {
    "From": "Ana <ana@corp.example>",
    "To": "Bo <bo@acme.example>",
    "Date": "Mon, 02 Mar 2026 09:30:00 +0100",
    "Message-ID": "<1@corp.example>",
}
INVITATION = "--b\n\nhello\n--b\nContent-Type: text/calendar{};\n charset=utf-8\n{}\nBEGIN:VCALENDAR\n--b--\n"


def read(body: str = "", known: str | None = None, /, **changes: str | None) -> Item:
    """Read a mail from Ana to Bo with other fields: `message_id=None` takes one away."""
    fields = FIELDS | {name.replace("_", "-").title().replace("Id", "ID", 1): value for name, value in changes.items()}
    head = "".join(f"{name}: {value}\n" for name, value in fields.items() if value is not None)
    return mail.item(f"{head}\n{body}".encode(), "x.eml", MAILBOX, known)


def envelope(**changes: str | None) -> dict[str, Any]:
    item = read(**changes)
    assert isinstance(item, dict), item
    EVENT.validate_json(orjson.dumps(item))
    return item


def people(**changes: str | None) -> list[str]:
    return [person["address"] for person in envelope(**changes)["data"]["people"]]


def dropped(body: str = "", known: str | None = None, /, **changes: str | None) -> str:
    item = read(body, known, **changes)
    assert isinstance(item, Dropped), item
    return item.reason


def rejected(**changes: str | None) -> str:
    item = read(**changes)
    assert isinstance(item, Rejected), item
    return item.reason


def test_what_comes_in_touches_its_sender_alone() -> None:
    found = envelope(to="Bo <bo@acme.example>, cy@acme.example", cc="dan@other.example")

    assert found["data"] | {"thread": ""} == {
        "kind": "email",
        "people": [{"address": "ana@corp.example"}],
        "direction": "inbound",
        "by": "bo@acme.example",
        "thread": "",
        "breadth": 3,
    }
    assert (found["source"], found["id"], found["time"]) == ("mail", "1@corp.example", "2026-03-02T08:30:00+00:00")


def test_what_goes_out_touches_every_outside_person_it_is_addressed_to() -> None:
    found = envelope(
        **{
            "from": "bo@home.example",
            "to": "Ana <ana@corp.example>, cy@acme.example",
            "cc": "d@x.example",
            "bcc": "e@x.example",
        }
    )

    assert [person["address"] for person in found["data"]["people"]] == [
        "ana@corp.example",
        "d@x.example",
        "e@x.example",
    ]
    assert (found["data"]["direction"], found["data"]["by"], found["data"]["breadth"]) == (
        "outbound",
        "bo@home.example",
        4,
    )


def test_breadth_is_told_only_where_there_are_more_than_the_people() -> None:
    assert "breadth" not in envelope()["data"]


def test_nobody_is_named_twice() -> None:
    assert people(
        **{"from": "bo@acme.example", "to": "Ana@Corp.example, ana@corp.example", "cc": "ANA@corp.example"}
    ) == ["ana@corp.example"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ('"Kovac, Ana" <ana@corp.example>', "ana@corp.example"),
        ("=?utf-8?q?Ana_Kova=C4=8D?= <ana@corp.example>", "ana@corp.example"),
        ("ana@corp.example (Ana)", "ana@corp.example"),
        ("info@old.example <ana@corp.example>", "ana@corp.example"),
        ("Ana <ana@bücher.example>", "ana@xn--bcher-kva.example"),
        ("Team: ana@corp.example, bea@corp.example;", "ana@corp.example"),
        ("'ana@corp.example'", "ana@corp.example"),
        ("Ana\n <ana@corp.example>", "ana@corp.example"),
    ],
)
def test_an_address_is_found_however_it_is_written(written: str, meant: str) -> None:
    assert people(**{"from": written}) == [meant]


def test_who_cannot_be_named_in_from_may_have_a_secretary() -> None:
    assert people(**{"from": "Ana", "sender": "sec@corp.example"}) == ["sec@corp.example"]


def test_a_mail_that_reached_us_by_an_alias_came_in() -> None:
    found = envelope(to="sales@alias.example", delivered_to="bo@acme.example")

    assert (found["data"]["direction"], found["data"]["by"], found["data"]["breadth"]) == (
        "inbound",
        "bo@acme.example",
        2,
    )


@pytest.mark.parametrize("to", [None, "undisclosed-recipients:;", ""])
def test_a_mail_that_reached_us_as_bcc_came_in(to: str | None) -> None:
    found = envelope(to=to, delivered_to="bo@acme.example")

    assert (found["data"]["people"], found["data"]["by"]) == ([{"address": "ana@corp.example"}], "bo@acme.example")
    assert dropped(to="undisclosed-recipients:;", delivered_to="eve@other.example") == "not to us"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"list_id": "<news.corp.example>"}, "list"),
        ({"list_unsubscribe": "<https://corp.example/u>"}, "list"),
        ({"list_help": "<mailto:help@corp.example>"}, "list"),
        ({"list_archive": "<https://corp.example/a>"}, "list"),
        ({"precedence": "bulk"}, "list"),
        ({"precedence": "Junk"}, "list"),
        ({"auto_submitted": "auto-replied (vacation)"}, "auto-reply"),
        ({"x_autoreply": "yes"}, "auto-reply"),
        ({"auto_submitted": "auto-generated"}, "auto-generated"),
        ({"x_auto_response_suppress": "All"}, "auto-generated"),
        ({"return_path": "<>"}, "bounce"),
        ({"content_type": 'multipart/report; report-type="delivery-status"'}, "bounce"),
        ({"content_type": "multipart/report; report-type=disposition-notification"}, "receipt"),
        ({"from": "MAILER-DAEMON@corp.example"}, "bounce"),
        ({"from": "no-reply@corp.example"}, "no-reply"),
        ({"from": "notifications+noreply@corp.example"}, "no-reply"),
        ({"from": "Do Not Reply <do_not_reply@corp.example>"}, "no-reply"),
        ({"from": "bo@acme.example", "to": "noreply@corp.example"}, "no-reply"),
        ({"content_type": "text/calendar; method=REPLY"}, "calendar"),
        ({"x_unsent": "1"}, "draft"),
        ({"x_gmail_labels": "Drafts,Important"}, "draft"),
        ({"x_spam_flag": "YES"}, "spam"),
        ({"from": "bo@acme.example", "to": "cy@acme.example"}, "internal"),
        ({"to": "dan@other.example"}, "not to us"),
        ({"to": "undisclosed-recipients:;"}, "undisclosed recipients"),
        ({"from": "bo@acme.example", "to": ",".join(f"p{n}@corp.example" for n in range(501))}, "broadcast"),
    ],
)
def test_what_nobody_wrote_to_somebody_is_dropped_for_a_named_reason(fields: dict[str, str], reason: str) -> None:
    assert dropped(**fields) == reason


@pytest.mark.parametrize(
    "fields",
    [
        {"auto_submitted": "no"},
        {"precedence": "normal"},
        {"from": "noreen@corp.example"},
        {"x_auto_response_suppress": "None"},
    ],
)
def test_what_only_looks_automatic_counts(fields: dict[str, str]) -> None:
    assert envelope(**fields)["data"]["direction"] == "inbound"


def test_an_invitation_among_the_parts_is_the_calendars_business() -> None:
    parts = 'multipart/alternative; boundary="b"'

    assert dropped(INVITATION.format("; method=REQUEST", ""), content_type=parts) == "calendar"
    assert dropped(INVITATION.format("", ""), content_type=parts) == "calendar"
    attached = INVITATION.format("; method=REQUEST", "Content-Disposition: attachment\n")
    assert dropped(attached, content_type=parts) == "calendar"


def test_a_calendar_that_somebody_attached_or_forwarded_is_a_mail() -> None:
    parts = 'multipart/mixed; boundary="b"'
    forwarded = (
        "--b\nContent-Type: message/rfc822\n\nSubject: x\nContent-Type: text/calendar; method=REQUEST\n\n--b--\n"
    )

    attached = read(INVITATION.format("", "Content-Disposition: attachment\n"), content_type=parts)

    assert isinstance(attached, dict)
    assert isinstance(read(forwarded, content_type=parts), dict)


def test_what_the_mailbox_knows_is_the_reason() -> None:
    assert dropped("", "draft") == "draft"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"date": None}, "x.eml <1@corp.example>: date: missing — must be a date by RFC 5322"),
        ({"date": "yesterday"}, "date: 'yesterday' — must be a date"),
        ({"date": "Mon, 99 Foo 2026 99:99:99 +0000"}, "must be a date"),
        ({"date": "Mon, 02 Mar 1969 09:30:00 +0000"}, "must not lie before 1970"),
        ({"date": "Mon, 02 Mar 2037 09:30:00 +0000"}, "must not lie in the future"),
        ({"from": None}, "from: missing — must hold the sender's address"),
        ({"from": "Ana"}, "from: 'Ana' — must hold the sender's address"),
        ({"from": "ana@corp@example"}, "must hold the sender's address"),
        ({"to": None}, "to: missing — must hold an address"),
        ({"to": "Bo"}, "to: 'Bo' — must hold an address"),
    ],
)
def test_what_breaks_a_rule_is_rejected_by_field_value_and_rule(fields: dict[str, str | None], reason: str) -> None:
    assert reason in rejected(**fields)


def test_a_file_without_fields_is_rejected_and_its_text_not_shown() -> None:
    item = mail.item(b"\n\nA secret.", "x.eml", MAILBOX)

    assert isinstance(item, Rejected)
    assert item.reason == "x.eml: message: no field — must begin with header fields"


def test_a_mail_is_the_same_touchpoint_in_every_mailbox() -> None:
    assert envelope(received="from a by b", x_gmail_labels="Inbox") == envelope(
        received="from c by d", bcc="cy@acme.example"
    ) | {"data": envelope()["data"]}


def test_a_mail_without_message_id_is_known_by_when_and_whom() -> None:
    first = envelope(message_id=None, subject="One")

    assert first["id"] == envelope(message_id="<>", subject="Two")["id"]
    assert first["id"] != envelope(message_id=None, date="Mon, 02 Mar 2026 09:30:01 +0100")["id"]


def test_no_id_holds_an_address_of_its_people() -> None:
    found = envelope(message_id="<ana@corp.example>")

    assert "ana" not in found["id"]
    assert len(found["id"]) == 32


def test_answers_are_of_their_roots_thread() -> None:
    root = envelope()["data"]["thread"]

    answer = envelope(message_id="<2@acme.example>", in_reply_to="<1@corp.example>")
    second = envelope(
        message_id="<3@x.example>", references="<1@corp.example>\n <2@acme.example>", in_reply_to="<2@acme.example>"
    )

    assert answer["data"]["thread"] == second["data"]["thread"] == root
    assert "corp" not in root


@given(st.text(st.characters(blacklist_categories=["Cs", "Cc"])))
def test_no_subject_ever_leaves(subject: str) -> None:
    assert read(subject=subject) == read()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_what_servers_write_is_passed_over_and_nothing_beside_it(end: str) -> None:
    lines = ["Received: from x by y", "\tTo: no@corp.example", "To: ana@corp.example", "ARC-Seal: i=1", " Cc: no@corp.example",
             "X-MS-Exchange-Org: 1", "Cc: bea@corp.example", "X-Mailing-List: news", "DKIM-Signature: v=1"]  # fmt: skip

    head = Head((end.join(lines) + end + end).encode())

    assert head.addresses("to", "cc") == ["ana@corp.example", "bea@corp.example"]
    assert head.has("x-mailing-list")
