"""Why an event was refused, in words a connector author can act on."""

from typing import Any, NamedTuple

from pydantic import ValidationError

from shared.vocabulary import Kind

_VALUE_SHOWN_MAX = 120
_RULES = {
    "extra_forbidden": "is not a known field",
    "timezone_aware": "must name its time zone, such as a final Z",
    "string_pattern_mismatch": "must not contain a NUL character",  # the one pattern we have
}


class Refusal(NamedTuple):
    """The field that broke a rule, the value it had, and the rule."""

    field: str
    value: str
    rule: str

    def __str__(self) -> str:
        """Return the one sentence people read."""
        return f"{self.field}: {self.value} — {self.rule}"


def refusal_of(error: ValidationError) -> Refusal:
    """Return the first broken rule; the others show once this one is mended."""
    first = error.errors(include_url=False, include_context=True)[0]
    match first["type"]:
        case "union_tag_invalid" | "union_tag_not_found":
            return _wrong_tag(first)
        case "missing":
            return Refusal(_field(first), "missing", "is required")
        case "json_invalid":
            return Refusal("message", "not JSON", _unreadable(first["msg"].removeprefix("Invalid JSON: ")))
        case kind:
            return Refusal(_field(first), shown(first["input"]), _RULES.get(kind) or _rule(first["msg"]))


def shown(value: object) -> str:
    """Return the value as people see it, cut where it is long."""
    text = repr(value)
    return text if len(text) <= _VALUE_SHOWN_MAX else f"{text[:_VALUE_SHOWN_MAX]}…"


def _wrong_tag(error: Any) -> Refusal:
    tag = error["ctx"]["discriminator"].strip("'")
    given = error["input"].get(tag) if isinstance(error["input"], dict) else error["input"]
    field = tag if not error["loc"] else f"{_field(error)}.{tag}"
    if given is None:
        return Refusal(field, "missing", "is required")
    allowed = error["ctx"].get("expected_tags", "")
    return Refusal(field, shown(given), f"must be one of {_words(allowed)}")


def _words(tags: str) -> str:
    # Enum tags print as "<Kind.EMAIL: 'email'>": keep the word alone.
    return ", ".join(tag.rpartition(": ")[2].strip("<>' ") for tag in tags.split(", "))


def _field(error: Any) -> str:
    # Discriminated unions put their tags into the path: the event's type first, the kind after `data`.
    path = [str(part) for part in error["loc"] if not str(part).startswith("attune.")]
    if len(path) > 1 and path[0] == "data" and path[1] in _KINDS:
        del path[1]
    return ".".join(path) or "event"


def _unreadable(complaint: str) -> str:
    # The parser's words for `\ud800` alone, which is JSON and yet no text.
    if "surrogate" in complaint or "end of hex escape" in complaint:
        return f"a string must not hold half of a UTF-16 surrogate pair{complaint[complaint.rindex(' at line') :]}"
    return complaint


def _rule(message: str) -> str:
    text = message.removeprefix("Value error, ").removeprefix("Input ")
    return text.replace("should", "must", 1)


_KINDS = frozenset(Kind)
