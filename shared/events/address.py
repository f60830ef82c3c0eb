"""One spelling for each address, so that one person is not split in four; and whose no person's is."""

import re
import unicodedata
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import idna

_MAIL = re.compile(r"[^\s@<>,;\x00-\x1f]+@[^\s@<>,;\x00-\x1f]+")
_PHONE = re.compile(r"tel:[-+ 0-9().]*[0-9][-+ 0-9().]*")
_URI = re.compile(r"[a-z][a-z0-9+.-]{1,20}:[^\s\x00-\x1f]+")
# Letters, digits and hyphens (RFC 1123; some write _ all the same), or an address literal (RFC 5321, 4.1.3).
_DOMAIN = re.compile(r"(?=.{1,253}\Z)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*|\[(?:ipv6:)?[0-9a-f:.]+\]")
_BETWEEN = re.compile(r"""[\s<>,;:"'\\()\[\]{}=?&|/]+""")
"""What may stand around an address in a text."""

_JOINED = re.compile(r"[-_.+#!*~%$^`]+")
"""What an address may run into other words by, though it may stand in one as well."""
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

    Case folds, letters are composed (Unicode NFC), `mailto:` and what follows its `?` go (RFC 6068), domains become
    ASCII (IDNA 2008, UTS 46), phone numbers lose their punctuation.
    Raises ValueError naming the rule when it is neither.
    """
    text = unicodedata.normalize("NFC", address.strip().lower())
    if text.startswith("mailto:"):
        text = text.removeprefix("mailto:").partition("?")[0]
    if _MAIL.fullmatch(text):
        local, _, domain = text.rpartition("@")
        return f"{local}@{_ascii_domain(domain)}"
    if _PHONE.fullmatch(text):
        return "tel:" + re.sub(r"[^0-9+]", "", text.removeprefix("tel:"))
    if _URI.fullmatch(text) and not text.startswith("tel:"):
        return text
    raise ValueError("must be an e-mail address, or another address such as tel:+4930123456")


def normal_entry(entry: str) -> str:
    """Return the one spelling of an address or a domain; raise ValueError naming the rule when it is neither."""
    try:
        return normal_address(entry) if {"@", ":"} & set(entry) else normal_domain(entry)
    except ValueError:
        raise ValueError("must be a domain or an address, such as corp.example or ana@corp.example") from None


def addresses_in(text: str) -> Iterator[str]:
    """Yield, in normal spelling, what the text is or holds that can be read as an address; in linear time."""
    for word in (text.strip(), *_BETWEEN.split(text)):
        if "@" in word or word[:4].lower() == "tel:":
            try:
                yield normal_address(word)
            except ValueError:
                continue


def addresses_within(text: str) -> Iterator[str]:
    """Yield the same, and every address that may run into other words: `ref-ana@corp.example-7` holds some."""
    yield from addresses_in(text)
    for word in _BETWEEN.split(text):
        before, at, after = word.rpartition("@")
        if at and len(word) <= ADDRESS_WITHIN_MAX:
            for local in _tails(before.rpartition("@")[2]):
                for domain in _heads(after):
                    try:
                        yield normal_address(f"{local}@{domain}")
                    except ValueError:
                        continue


def _tails(text: str) -> list[str]:
    """Return the text from each of its words on, as many as are looked at."""
    return [text, *(text[found.end() :] for found in list(_JOINED.finditer(text))[-PARTS_MAX:])]


def _heads(text: str) -> list[str]:
    """Return the text up to each of its words."""
    return [text, *(text[: found.start()] for found in list(_JOINED.finditer(text))[:PARTS_MAX])]


def normal_domain(domain: str) -> str:
    """Return the one spelling of a domain; raise ValueError naming the rule when it is none."""
    try:
        ascii_ = _ascii_domain(unicodedata.normalize("NFC", domain.strip().lower()))
    except ValueError:
        ascii_ = ""
    if "." not in ascii_ or "[" in ascii_:
        raise ValueError("must be a domain such as corp.example")
    return ascii_


def _ascii_domain(domain: str) -> str:
    domain = domain.rstrip(".")
    try:
        ascii_ = domain if domain.isascii() else idna.encode(domain, uts46=True, transitional=False).decode()
    except UnicodeError as error:
        raise ValueError(f"has a domain that is not valid: {error}") from error
    if not _DOMAIN.fullmatch(ascii_):
        raise ValueError(
            "has a domain that is not valid: must be labels of letters, digits and hyphens, 63 at most each"
        )
    return ascii_
