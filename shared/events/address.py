"""One spelling for each address, so that one person is not split in four; and whose no person's is."""

import re
import unicodedata
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import idna
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email
from email_validator.syntax import validate_email_local_part

# Nothing is sent to them, and people had addresses in a house's own names (.local) and at machines without a dot.
SPECIAL_USE_DOMAIN_NAMES.clear()
RULE = "must be an e-mail address, or another address such as tel:+4930123456"

_PHONE = re.compile(r"tel:\+?[0-9]+")
_URI = re.compile(r"[a-z][a-z0-9+.-]{1,20}:[^\s\x00-\x1f]+")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{1,20}:")
_MAIL = re.compile(r"[^\s@<>,;\x00-\x1f]+@[^\s@<>,;\x00-\x1f]+")
"""What may be a mail address, in a text that is looked through."""
_QUOTE = '"'
_BETWEEN = re.compile(r"""[\s<>,;:"'\\()\[\]{}=?&|/]+""")
"""What may stand around an address in a text."""

_JOINED = re.compile(r"[-_.+#!*~%$^`]+")
"""What an address may run into other words by, though it may stand in one as well."""
_QUOTED = re.compile(r'\\?"(?=@)')
"""Where the quotes around a local part end, in JSON too."""

PARTS_MAX = 12
"""Words that are looked at on either side of an @: enough for an address in a sentence without spaces."""
ADDRESS_WITHIN_MAX = 1000

# RFC 2142, and what else the same mailboxes are called in practice.
ROLES = frozenset(
    """
    info marketing sales support abuse noc security postmaster hostmaster usenet news webmaster www uucp ftp
    team office contact admin administrator help helpdesk service services customerservice billing accounts
    accounting invoices jobs careers recruiting hr press media legal privacy orders enquiries inquiries feedback
    newsletter notifications notification alerts no-reply noreply no_reply do-not-reply donotreply mailer-daemon
    bounce bounces root all everyone staff reception
    """.split()  # noqa: SIM905 -- sixty quoted words would be harder to read
)
"""Local parts of mailboxes that are an office, a team or a program, and never one person."""


@dataclass(frozen=True)
class Spelling:
    """What our own settings say of addresses, beside what holds for all."""

    without_tags: bool = False
    """Whether `ana+news@corp.example` is `ana@corp.example` (RFC 5233)."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """What an address or a domain is called instead, both normalised."""
    roles: frozenset[str] = ROLES
    people: frozenset[str] = frozenset()
    """Addresses that are one person's although their local part is a role's."""

    def canonical(self, address: str) -> str:
        """Return the one address that stands for this (normalised) one and all its other spellings."""
        address = self.aliases.get(address, address)
        local, at, domain = address.rpartition("@")
        if not at:
            return address
        bare = local.partition("+")[0] if self.without_tags else local
        address = f"{bare or local}@{self.aliases.get(domain, domain)}"
        return self.aliases.get(address, address)

    def is_among(self, address: str, addresses: Container[str], domains: Container[str]) -> bool:
        """Tell whether a (normalised) address, or its domain, is one of these by whichever of its names."""
        names = (address, self.canonical(address))
        return any(name in addresses or name.rpartition("@")[2] in domains for name in names)

    def is_role(self, address: str) -> bool:
        """Tell whether no single person answers to this (normalised) address."""
        local, at, _ = address.rpartition("@")
        return bool(at) and local.partition("+")[0] in self.roles and address not in self.people


@lru_cache(maxsize=100_000)
def normal_address(address: str) -> str:
    """Return the one spelling of an e-mail address or of another `scheme:value` address.

    Case folds, letters are composed (Unicode NFC), `mailto:` and what follows its `?` go (RFC 6068), and quotes that
    need not be, domains become ASCII (IDNA 2008, UTS 46), phone numbers lose their punctuation.
    Raises ValueError naming the rule when it is neither.
    """
    text = spelled(address)
    if wrong := _wrong_with(text):
        raise ValueError(wrong)
    return text


def spelled(text: str) -> str:
    """Return the spelling that the text has if it is an address: whether it is one takes longer to say."""
    text = unicodedata.normalize("NFC", text.strip().lower())
    if text.startswith("mailto:"):
        text = text.removeprefix("mailto:").partition("?")[0]
    local, at, domain = text.rpartition("@")
    if at:
        return f"{local[1:-1] if local[:1] == local[-1:] == _QUOTE else local}@{_ascii(domain)}"
    return re.sub(r"[-() .]", "", text) if text.startswith("tel:") else text


def _ascii(domain: str) -> str:
    domain = domain.rstrip(".")
    try:
        return domain if domain.isascii() else idna.encode(domain, uts46=True, transitional=False).decode()
    except UnicodeError:
        return domain


def _wrong_with(text: str) -> str:
    """Return the rule that keeps a text in that spelling from being an address, empty where none does."""
    local, at, domain = text.rpartition("@")
    if not at or not domain:
        return "" if (_PHONE if text.startswith("tel:") else _URI).fullmatch(text) else RULE
    try:
        # Dots may stand anywhere: Japanese phone companies gave such addresses out.
        validate_email_local_part(_SCHEME.sub("", local).replace(".", ""))
    except EmailNotValidError as error:
        return f"{RULE} ({str(error).rstrip('.')})"
    return _wrong_with_domain(domain)


@lru_cache(maxsize=20_000)
def _wrong_with_domain(domain: str) -> str:
    """Return the same for a domain. It takes twenty times as long as the rest, and most people share theirs."""
    try:
        # Some write _ in the names of machines all the same.
        validate_email(
            f"x@{domain.replace('_', '-')}",
            allow_domain_literal=True,
            check_deliverability=False,
            globally_deliverable=False,
        )
    except EmailNotValidError as error:
        return f"has a domain that is not valid ({str(error).rstrip('.')})"
    return ""


def normal_entry(entry: str) -> str:
    """Return the one spelling of an address or a domain; raise ValueError naming the rule when it is neither."""
    try:
        return normal_address(entry) if {"@", ":"} & set(entry) else normal_domain(entry)
    except ValueError:
        raise ValueError("must be a domain or an address, such as corp.example or ana@corp.example") from None


def as_address(text: str) -> str | None:
    """Return the spelling of what may be a mail address or a phone number; None where it is neither."""
    found = spelled(text)
    return found if _MAIL.fullmatch(found) or _PHONE.fullmatch(found) else None


def addresses_in(text: str) -> Iterator[str]:
    """Yield, in normal spelling, what the text is or holds that may be an address; in linear time."""
    for word in {text.strip(), *_words(text)}:
        if ("@" in word or word[:4].lower() == "tel:") and (found := as_address(word)):
            yield found


def addresses_within(text: str) -> Iterator[str]:
    """Yield the same, and every address that may run into other words: `ref-ana@corp.example-7` holds some."""
    yield from addresses_in(text)
    for word in _words(text):
        before, at, after = word.rpartition("@")
        if at and len(word) <= ADDRESS_WITHIN_MAX:
            for local in _tails(before.rpartition("@")[2]):
                found = (as_address(f"{local}@{domain}") for domain in _heads(after))
                yield from filter(None, found)


def _words(text: str) -> list[str]:
    return _BETWEEN.split(_QUOTED.sub("", text) if '"@' in text else text)


def _tails(text: str) -> list[str]:
    """Return the text from each of its words on, as many as are looked at."""
    return [text, *(text[found.end() :] for found in list(_JOINED.finditer(text))[-PARTS_MAX:])]


def _heads(text: str) -> list[str]:
    """Return the text up to each of its words."""
    return [text, *(text[: found.start()] for found in list(_JOINED.finditer(text))[:PARTS_MAX])]


def normal_domain(domain: str) -> str:
    """Return the one spelling of a domain; raise ValueError naming the rule when it is none."""
    name = _ascii(unicodedata.normalize("NFC", domain.strip().lower()))
    if "." not in name or "[" in name or _wrong_with_domain(name):
        raise ValueError("must be a domain such as corp.example")
    return name
