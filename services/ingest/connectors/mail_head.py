"""A mail's header fields, read without its body: an eighth of the time, and nothing private is looked at."""

import re
from datetime import UTC
from email import utils
from email.parser import BytesHeaderParser
from functools import lru_cache
from typing import Any

from shared.events.address import normal_address

ADDRESS_MAX = 320
FIELD_MAX = 128 * 1024
"""Characters of a field that are looked at; four thousand recipients fit."""

FEW_MAX = 300
"""Characters of a field that is remembered."""

_PARSER = BytesHeaderParser()
# Later patches of Python 3.11 give up on a whole field when one of its addresses is odd, unless they are asked not to.
_LENIENT: dict[str, Any] = {"strict": False} if getattr(utils, "supports_strict_parsing", False) else {}
_WORD = re.compile(r"[;\s(]")
_BLANK_LINE = re.compile(rb"\r?\n\r?\n|\r\r")
# A byte order mark, blank lines and the From_ lines of an mbox, quoted or not.
_BEFORE = re.compile(rb"\A(?:\xef\xbb\xbf)?(?:[ \t]*\r?\n|>?From [^\n]*\n)*")
# What is neither field nor continuation, at which the parser would stop; and what servers write, half of all lines.
_NEEDLESS = re.compile(
    rb"^(?:(?![!-9;-~]+[ \t]*:|[ \t])[^\n]*\n?"
    rb"|(?:received|received-spf|dkim-signature|arc-[a-z-]+|authentication-results|x-(?:ms|google|forefront)-[a-z-]+)"
    rb"[ \t]*:[^\r\n]*(?:(?:\r\n?|\n)[ \t][^\r\n]*)*(?:\r\n?|\n)?)",
    re.MULTILINE | re.IGNORECASE,
)
_SPACE_BEFORE_COLON = re.compile(rb"^([!-9;-~]+)[ \t]+:", re.MULTILINE)
# A display name without quotes that holds an @ itself, as in `ana@corp.example <ana@corp.example>`.
_NAME_LIKE_ADDRESS = re.compile(r'(^|,)[^",<@]*+@[^",<]*+(?=<)')
_IN_BRACKETS = re.compile(r"<([^<>@\s]++@[^<>@\s]++)>")


class Head:
    """The header fields of one mail, by name in lower case; never raises, whatever they hold."""

    def __init__(self, message: bytes) -> None:
        message = message[_begin(message) :]
        blank = _BLANK_LINE.search(message)
        end = blank.start() if blank else len(message)
        self.body = message[end:]
        self._fields: dict[str, list[str]] = {}
        fields = _SPACE_BEFORE_COLON.sub(rb"\1:", _NEEDLESS.sub(b"", message[:end]))
        # The parser has no business in the body, not even to keep it.
        for name, value in _PARSER.parsebytes(fields + b"\n\n").raw_items():
            self._fields.setdefault(name.lower(), []).append(value)

    @property
    def is_empty(self) -> bool:
        """Tell whether there is no field at all."""
        return not self._fields

    def has(self, *names: str) -> bool:
        """Tell whether one of the fields is there and holds something."""
        return any(name in self._fields and self.text(name) for name in names)

    def text(self, name: str) -> str:
        """Return the field on one line, empty when it is missing; of several the first."""
        values = self._fields.get(name)
        return _text(values[0]) if values else ""

    def word(self, name: str) -> str:
        """Return the field's first word in lower case, without parameters and comments."""
        return _WORD.split(self.text(name).lower(), maxsplit=1)[0] if name in self._fields else ""

    def addresses(self, *names: str) -> list[str]:
        """Return the usable addresses of the fields in their normal spelling, each once, in order."""
        values = [value for name in names for value in self._fields.get(name, ())]
        # The same people write all day; a long list of them seldom comes twice.
        found = (_few(value) if len(value) < FEW_MAX else _addresses(value) for value in values)
        return list(dict.fromkeys(address for addresses in found for address in addresses))

    def moment(self) -> float | None:
        """Return the Date in seconds since 1970; None when it is missing or none. Without a zone it is UTC."""
        try:
            moment = utils.parsedate_to_datetime(self.text("date"))
            # "-0000" and no zone at all: sent by a program that does not know where it is.
            return moment.timestamp() if moment.tzinfo else moment.replace(tzinfo=UTC).timestamp()
        except (ValueError, TypeError, OverflowError, IndexError):
            return None


def _begin(message: bytes) -> int:
    found = _BEFORE.match(message)
    return found.end() if found else 0


def _text(value: str) -> str:
    value = value[:FIELD_MAX]
    if not value.isascii():
        value = value.encode("ascii", "surrogateescape").decode("utf-8", "replace")
    return " ".join(value.split())


def _addresses(value: str) -> tuple[str, ...]:
    try:
        found = utils.getaddresses([_NAME_LIKE_ADDRESS.sub(r"\1", _text(value))], **_LENIENT)
    except (RecursionError, IndexError, ValueError):  # ten thousand brackets and the like
        found = [("", text) for text in _IN_BRACKETS.findall(value)]
    return tuple(address for _, text in found if (address := _usable(text)))


_few = lru_cache(maxsize=10_000)(_addresses)


def _usable(text: str) -> str | None:
    """Return the normal spelling of a mail address, None when it is none."""
    if "@" not in text or len(text) > ADDRESS_MAX or "\ufffd" in text:
        return None
    try:
        return normal_address(text.strip("'"))
    except ValueError:
        return None
