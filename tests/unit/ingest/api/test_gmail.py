import base64
import gzip
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.connectors import mail
from services.ingest.connectors.api import gmail
from services.ingest.connectors.api.pages import Document
from services.ingest.connectors.items import Dropped, Item, Rejected
from services.ingest.connectors.mail import Mailbox
from shared.events.envelope import EVENT

NOW = datetime(2026, 4, 1, tzinfo=UTC)
MAILBOX = Mailbox(lambda address: address.endswith("@acme.example"), NOW)
FIELDS = {
    "From": "Ana <ana@corp.example>",
    "To": "Uli <uli@acme.example>, cy@corp.example",
    "Date": "Mon, 02 Mar 2026 09:30:00 +0100",
    "Message-ID": "<one@corp.example>",
    "References": "<zero@acme.example>",
    "Subject": "private",
}


def message(fields: dict[str, str] = FIELDS, **more: Any) -> dict[str, Any]:
    return {
        "id": "18df",
        "threadId": "18df",
        "labelIds": ["INBOX"],
        "snippet": "private",
        "internalDate": "1772440200000",
        "payload": {
            "mimeType": "text/plain",
            "headers": [{"name": name, "value": value} for name, value in fields.items()],
        },
    } | more


def item(found: dict[str, Any]) -> Item:
    return gmail.item(Document("file", found), MAILBOX)


def written(tmp_path: Path, content: bytes, name: str = "messages.json") -> list[Item]:
    path = tmp_path / name
    path.write_bytes(content)
    return list(gmail.items(path, MAILBOX))


def test_a_message_is_the_same_touchpoint_as_the_mail_it_is() -> None:
    as_mail = "".join(f"{name}: {value}\n" for name, value in FIELDS.items()).encode() + b"\nprivate"

    assert item(message()) == mail.item(as_mail, "mbox", MAILBOX)
    assert EVENT.validate_json(orjson.dumps(item(message())))


def test_nothing_of_the_text_is_in_the_touchpoint() -> None:
    assert b"private" not in orjson.dumps(item(message()))


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"labelIds": ["DRAFT"]}, "draft"),
        ({"labelIds": ["DRAFT"], "payload": {"headers": []}}, "draft"),
        ({"labelIds": ["SPAM", "UNREAD"]}, "spam"),
        ({"labelIds": ["CHAT"]}, "chat"),
    ],
)
def test_labels_say_what_is_no_touch(more: dict[str, Any], reason: str) -> None:
    found = item(message(**more))

    assert isinstance(found, Dropped)
    assert found.reason == reason


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("List-Id", "news <news.corp.example>", "list"),
        ("Auto-Submitted", "auto-replied", "auto-reply"),
        ("From", "noreply@corp.example", "no-reply"),
        ("Content-Type", "multipart/report; report-type=delivery-status", "bounce"),
    ],
)
def test_header_fields_say_what_is_no_touch(field: str, value: str, reason: str) -> None:
    found = item(message(FIELDS | {field: value}))

    assert isinstance(found, Dropped)
    assert found.reason == reason


def test_an_invitation_in_a_part_is_the_calendars_to_tell() -> None:
    found = message()
    invitation = {
        "mimeType": "text/calendar",
        "headers": [{"name": "Content-Type", "value": "text/calendar; method=REQUEST"}],
    }
    found["payload"] |= {
        "mimeType": "multipart/mixed",
        "parts": [{"mimeType": "multipart/alternative", "parts": [invitation]}],
    }

    assert item(found) == Dropped("calendar", "file: 18df <one@corp.example>")


def test_an_invitation_in_a_forwarded_mail_is_none_of_this_one() -> None:
    found = message()
    invitation = {
        "mimeType": "text/calendar",
        "headers": [{"name": "Content-Type", "value": "text/calendar; method=REQUEST"}],
    }
    found["payload"] |= {
        "mimeType": "multipart/mixed",
        "parts": [{"mimeType": "message/rfc822", "parts": [invitation]}],
    }

    assert isinstance(item(found), dict)


def test_a_message_without_a_date_was_sent_when_gmail_had_it() -> None:
    found = item(message({name: value for name, value in FIELDS.items() if name != "Date"}))

    assert isinstance(found, dict)
    assert found["time"] == "2026-03-02T08:30:00+00:00"


def test_a_raw_message_is_read_as_a_mail() -> None:
    raw = base64.urlsafe_b64encode("".join(f"{n}: {v}\n" for n, v in FIELDS.items()).encode()).rstrip(b"=").decode()

    assert item({"id": "1", "raw": raw}) == item(message())


def test_a_list_of_ids_holds_no_messages(tmp_path: Path) -> None:
    page = {"messages": [{"id": "1", "threadId": "1"}], "resultSizeEstimate": 1}

    [found] = written(tmp_path, orjson.dumps(page))

    assert found == Dropped("only an id: get it with format=metadata", "messages.json: 1")
    assert written(tmp_path, b'{"resultSizeEstimate":0}') == []


def test_the_format_minimal_is_refused() -> None:
    found = item({"id": "1", "labelIds": [], "snippet": "x"})

    assert isinstance(found, Rejected)
    assert found.reason == "file: 1: payload: missing — is required: get it with format=metadata or full"


@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.jsonl.gz"])
def test_lines_arrays_and_compressed_files_hold_the_same(tmp_path: Path, name: str) -> None:
    both = [message(), message(FIELDS | {"Message-ID": "<two@corp.example>"})]
    lines = b"\n".join(map(orjson.dumps, both))
    content = orjson.dumps(both, option=orjson.OPT_INDENT_2) if name == "a.json" else lines

    found = written(tmp_path, gzip.compress(content) if name.endswith(".gz") else content, name)

    assert found == [item(one) for one in both]


def test_a_line_that_is_no_json_costs_itself_only(tmp_path: Path) -> None:
    found = written(tmp_path, orjson.dumps(message()) + b"\n{oops\n[1]\n" + orjson.dumps(message()), "a.jsonl")

    assert [type(each) for each in found] == [dict, Rejected, Rejected, dict]
    assert isinstance(found[1], Rejected)
    assert found[1].reason.startswith("a.jsonl: line 2: document: '{oops\\n' — must be JSON")


def test_an_answer_that_says_no_is_told(tmp_path: Path) -> None:
    [found] = written(tmp_path, b'{"error": {"code": 401, "message": "Invalid Credentials"}}')

    assert isinstance(found, Rejected)
    assert "401 Invalid Credentials" in found.reason


def test_nothing_in_a_value_begins_another_field() -> None:
    found = item(message(FIELDS | {"Subject": "x\r\nList-Id: <a.b>"}))

    assert isinstance(found, dict)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "id",
                    "payload",
                    "headers",
                    "name",
                    "value",
                    "parts",
                    "mimeType",
                    "labelIds",
                    "raw",
                    "internalDate",
                    "messages",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["id", "payload", "labelIds", "raw", "internalDate", "messages"]), JSON))
def test_whatever_a_document_holds_it_is_an_item(found: dict[str, Any]) -> None:
    for each in gmail.messages(Document("file", found)):
        assert isinstance(gmail.item(each, MAILBOX), dict | Dropped | Rejected)
