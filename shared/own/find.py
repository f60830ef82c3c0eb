"""Finds what people have added: `attune_own/kinds/WORD.py` and `attune_own/reasons/WORD.py`, anywhere on Python's path.

The file's name is the word, so that the words are known before any of the files is read.
"""

import re
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from typing import TypeVar

from shared.errors import Refused

PACKAGE = "attune_own"
WORD = re.compile(r"[a-z][a-z_]{0,38}[a-z]")
"""It stands in subjects of NATS, in SQL and in pages."""

Declaration = TypeVar("Declaration")


def words(what: str) -> list[str]:
    """Return the words that have a file, in the order of the alphabet; tests may stand beside them."""
    if find_spec(PACKAGE) is None or (package := find_spec(f"{PACKAGE}.{what}")) is None:
        return []
    names = {module.name for module in iter_modules(package.submodule_search_locations)}
    return sorted(name for name in names if not name.startswith(("_", "test_")) and not name.endswith("_test"))


def members(what: str, shipped: Mapping[str, object]) -> dict[str, str]:
    """Return the words as members of an enumeration; raise Refused where one is no word, or is taken."""
    found = {}
    for word in words(what):
        if not WORD.fullmatch(word):
            raise Refused(f"{file(what, word)}: its name — must be a word of small letters and _, 40 at most")
        if word.upper() in shipped:
            raise Refused(f"{file(what, word)}: its name — attune has a word {word!r} already")
        found[word.upper()] = word
    return found


def declared(what: str, name: str, its: type[Declaration]) -> dict[str, Declaration]:
    """Return by word what each file declares as `name`; raise Refused naming the file that declares nothing of it."""
    return {word: _declared(what, word, name, its) for word in words(what)}


def _declared(what: str, word: str, name: str, its: type[Declaration]) -> Declaration:
    try:
        found = getattr(import_module(f"{PACKAGE}.{what}.{word}"), name, None)
    except Refused:
        raise
    except Exception as error:  # whatever a stranger's module does when it is read
        raise Refused(f"{file(what, word)}: cannot be read: {type(error).__name__}: {error}") from error
    if not isinstance(found, its):
        raise Refused(f"{file(what, word)}: {name} — must be an {its.__name__} of {its.__module__}")
    return found


def file(what: str, word: str) -> str:
    """Return how the file of a word is called."""
    return f"{PACKAGE}/{what}/{word}.py"
