"""Real and broken mails: what becomes of each was read through by hand and compared with another parser."""

import email
from email import policy
from email.message import EmailMessage
from typing import Any

import pytest

from services.ingest.connectors import mail
from services.ingest.connectors.mail_head import Head
from tests.unit.ingest import mail_corpus
from tests.unit.ingest.mail_corpus import MAILBOX

pytestmark = pytest.mark.skipif(
    not mail_corpus.is_there(), reason="the corpora are not here: they lie beside the repository, in ../shared/data"
)

# Where the standard library's modern parser and ours differ, and why ours is right.
DIFFER = {
    "feedback-report.txt": "a blank first line; the modern parser takes all that follows for the body",
    "issue358.txt": "the display name looks like an address and stands without quotes",
    "raw_email_with_at_display_name.eml": "the same",
    "raw_email_incorrect_header.eml": "a stray line between the fields, which costs the modern parser all that follow",
    "example13.eml": "the same",
    "mix_caps_content_type.eml": "no brackets around the address: the modern parser makes one up of the name",
    "raw_email_multiple_from.eml": "two addresses without a comma: neither is sure",
    "utf8_headers.eml": "UTF-8 without encoding, RFC 6532; the modern parser keeps bytes",
    "content-length.mbox.txt": "a group whose semicolon is followed by words; the modern parser raises",
    "delivery-status-no-blank-line.txt": "the same",
    "delivery-status.txt": "the same",
    "delivery-status.anonymized.eml": "the same",
}


def test_every_mail_of_the_corpora_becomes_what_the_checked_table_says() -> None:
    assert list(mail_corpus.outcomes()) == mail_corpus.table()


def test_addresses_are_those_that_another_parser_finds() -> None:
    differ = {name.rpartition("/")[2] for name, _, message in mail_corpus.mails() if differs(message)}

    assert differ <= DIFFER.keys()


def differs(message: bytes) -> bool:
    head, second = Head(message), email.message_from_bytes(message, policy=policy.default)
    return any(second_addresses(second, field) != set(head.addresses(field)) for field in ("from", "to", "cc"))


def second_addresses(message: EmailMessage, field: str) -> set[str] | None:
    try:
        values: list[Any] = message.get_all(field) or []
        found = [address for value in values for address in value.addresses]
    except Exception:  # noqa: BLE001 -- the second parser stumbles over some of these
        return None
    return {address.addr_spec.lower() for address in found if address.username and address.domain}


def test_every_mail_reads_the_same_with_any_line_ends() -> None:
    for name, _, message in mail_corpus.mails():
        with_lf = message.replace(b"\r\n", b"\n")

        assert mail.item(with_lf, name, MAILBOX) == mail.item(with_lf.replace(b"\n", b"\r\n"), name, MAILBOX)
