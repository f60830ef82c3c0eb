from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.commands.import_graph import Kept
from services.ingest.connectors.api import graph_mail
from services.ingest.connectors.api.pages import Document
from services.ingest.connectors.items import Dropped, Item, Rejected
from services.ingest.connectors.mail import Mailbox
from shared.events.envelope import EVENT

NOW = datetime(2026, 4, 1, tzinfo=UTC)
MAILBOX = Mailbox(lambda address: address.endswith("@acme.example"), NOW)


def who(address: str) -> dict[str, Any]:
    return {"emailAddress": {"name": "Some, Body", "address": address}}


def message(**more: Any) -> dict[str, Any]:
    return {
        "@odata.etag": 'W/"CQAAABY"',
        "id": "AAMkAGI2",
        "receivedDateTime": "2026-03-02T08:30:02Z",
        "sentDateTime": "2026-03-02T08:30:00Z",
        "internetMessageId": "<one@corp.example>",
        "conversationId": "AAQkAGI2=",
        "subject": "private",
        "bodyPreview": "private",
        "isDraft": False,
        "sender": who("ana@corp.example"),
        "from": who("ana@corp.example"),
        "toRecipients": [who("uli@acme.example")],
        "ccRecipients": [who("cy@corp.example")],
        "bccRecipients": [],
        "internetMessageHeaders": [{"name": "X-Mailer", "value": "x"}],
    } | more


def item(**more: Any) -> Item:
    return graph_mail.item(Document("page", message(**more)), MAILBOX)


def test_a_message_is_a_touchpoint() -> None:
    found = item()

    assert isinstance(found, dict)
    EVENT.validate_json(orjson.dumps(found))
    assert (found["source"], found["id"], found["time"]) == ("mail", "one@corp.example", "2026-03-02T08:30:00+00:00")
    assert found["data"] | {"thread": ""} == {
        "kind": "email",
        "people": [{"address": "ana@corp.example"}],
        "direction": "inbound",
        "by": "uli@acme.example",
        "thread": "",
        "breadth": 2,
    }
    assert b"private" not in orjson.dumps(found)


def test_what_we_sent_and_what_came_back_are_one_thread() -> None:
    sent = item(
        **{
            "from": who("uli@acme.example"),
            "toRecipients": [who("ana@corp.example")],
            "internetMessageId": "<two@acme.example>",
        }
    )
    came = item()

    assert isinstance(sent, dict)
    assert isinstance(came, dict)
    assert sent["data"]["direction"] == "outbound"
    assert sent["data"]["thread"] == came["data"]["thread"]


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"isDraft": True}, "draft"),
        ({"@odata.type": "#microsoft.graph.eventMessageRequest", "meetingMessageType": "meetingRequest"}, "calendar"),
        ({"internetMessageHeaders": [{"name": "List-Unsubscribe", "value": "<https://x.example>"}]}, "list"),
        ({"internetMessageHeaders": [{"name": "Auto-Submitted", "value": "auto-replied"}]}, "auto-reply"),
        ({"from": who("noreply@corp.example")}, "no-reply"),
        ({"from": who("postmaster@corp.example")}, "bounce"),
        ({"from": who("bo@acme.example"), "ccRecipients": []}, "internal"),
        ({"toRecipients": [], "ccRecipients": []}, "undisclosed recipients"),
    ],
)
def test_what_is_no_touch(more: dict[str, Any], reason: str) -> None:
    found = item(**more)

    assert isinstance(found, Dropped)
    assert found.reason == reason


def test_a_header_field_does_not_speak_against_a_property() -> None:
    odd = [{"name": "From", "value": "noreply@corp.example"}, {"name": "TO", "value": "dee@corp.example"}]

    assert item(internetMessageHeaders=odd) == item()


def test_a_message_without_a_sender_is_refused() -> None:
    found = item(**{"from": None, "sender": None})

    assert isinstance(found, Rejected)
    assert "from: missing — must hold the sender's address" in found.reason


def test_pages_hold_messages_and_events_and_say_what_was_removed(tmp_path: Path) -> None:
    event = {"id": "E", "start": {}, "isDraft": False}
    removed = {"id": "M", "@removed": {"reason": "deleted"}}
    context = "https://graph.microsoft.com/v1.0/$metadata#"
    pages = [
        {"@odata.context": f"{context}messages", "value": [message(), removed, {"a": 1}], "@odata.nextLink": "…"},
        {"@odata.context": f"{context}events", "value": [event, removed], "@odata.deltaLink": "…"},
        {"error": {"code": "InvalidAuthenticationToken", "message": "expired"}},
        message(),
    ]
    (tmp_path / "pages.jsonl").write_bytes(b"\n".join(map(orjson.dumps, pages)))

    kept = Kept()
    found = list(kept.messages(tmp_path / "pages.jsonl", MAILBOX))

    assert [type(each) for each in found] == [dict, Dropped, Rejected, Rejected, dict]
    assert [document.found["id"] for document in kept.events] == ["E", "M"]
    assert isinstance(found[2], Rejected)
    assert found[2].reason.endswith("object: 'a' — must be a message or an event of Microsoft Graph")


def test_messages_from_outside_without_header_fields_are_counted(tmp_path: Path) -> None:
    bare = {name: value for name, value in message().items() if name != "internetMessageHeaders"}
    (tmp_path / "a.json").write_bytes(orjson.dumps([bare, message()]))

    kept = Kept()
    list(kept.messages(tmp_path, MAILBOX))

    assert kept.without_header == 1


NAMES = ["from", "sender", "emailAddress", "address", "toRecipients", "internetMessageHeaders", "name", "value", "id"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from([*NAMES, "sentDateTime", "conversationId", "internetMessageId"]), JSON))
def test_whatever_a_message_holds_it_is_an_item(more: dict[str, Any]) -> None:
    assert isinstance(item(**more), dict | Dropped | Rejected)
