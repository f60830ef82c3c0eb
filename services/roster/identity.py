"""Who is meant, and by what they are known. Pure, but for the look-up in `find`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.roster.store import PACKAGE
from shared.errors import Refused
from shared.events.address import Spelling, as_address, normal_address
from shared.events.handle import handle_of
from shared.plumbing.handle_key import verify
from shared.plumbing.queries import query

LONG = 5
"""Letters from which on a single word is a name and not any word."""

_SPECIAL, ESCAPED = re.compile(r"[%_\\]"), r"\\\g<0>"
"""What LIKE takes for more than itself, and how it stands for itself."""
NOTHING = "$.^"
"""Finds nothing: an empty expression would find everything."""


@dataclass(frozen=True)
class Identity:
    """One person, on a roster (then with a person_id) or known by an address alone."""

    person_id: int | None
    addresses: tuple[str, ...]
    handles: tuple[str, ...]
    """In hex, without hyphens."""
    stakeholder: str = ""
    stakeholders: tuple[str, ...] = ()
    """What they are called, and whoever was merged into them was."""
    names: tuple[str, ...] = ()
    relationships: tuple[int, ...] = ()

    def pattern(self, namesakes: Sequence[str] = ()) -> str:
        """Return the regular expression, for any case, that finds them; not by names that others have too."""
        names = [name for name in self.names if name not in namesakes and name not in self.addresses]
        spellings = [*self.addresses, *self.handles, *map(hyphenated, self.handles)]
        return "|".join([*map(re.escape, spellings), *map(pattern_of, names)]) or NOTHING

    def likes(self) -> list[str]:
        """Return LIKE patterns for text in lower case, of which one at least holds wherever the expression does."""
        texts = [*self.addresses, *self.handles, *map(hyphenated, self.handles), *self.names]
        return [f"%{_SPECIAL.sub(ESCAPED, text.lower())}%" for text in texts]

    def facts(self) -> tuple[object, ...]:
        """Return all that is known of them, in no order."""
        several = (self.addresses, self.handles, self.stakeholders, self.names, self.relationships)
        return self.person_id, self.stakeholder, *map(frozenset, several)

    def called(self) -> list[str]:
        """Return what they may stand under as an owner, in lower case."""
        return sorted({text.lower() for text in (*self.addresses, *self.stakeholders, *self.names)})


def hyphenated(handle: str) -> str:
    """Return the handle as Postgres writes it."""
    return "-".join((handle[:8], handle[8:12], handle[12:16], handle[16:20], handle[20:]))


def pattern_of(name: str) -> str:
    """Return what finds the name: as words, or as a whole field where it is one short word that might be any."""
    is_telling = len(name) >= LONG or " " in name
    before, after = (r"(?<!\w)", r"(?!\w)") if is_telling else (r'(?:^|[(,"])', r'(?:$|[),"])')
    return f"{before}{re.escape(name)}{after}"


async def find(connection: Any, who: str, key: bytes, spelling: Spelling) -> Identity:
    """Return whoever is meant by a stakeholder, an address or a name; raise Refused where nobody is, or several."""
    await verify(connection, key)
    address = address_of(who, spelling)
    people = await connection.fetch(query(PACKAGE, "person"), who, address or "")
    exact = [person for person in people if person["stakeholder"] == who] or people
    if len(exact) > 1:
        names = ", ".join(person["stakeholder"] for person in exact)
        raise Refused(f"{who!r} may be any of {names}: name one of these")
    if exact:
        return await known(connection, exact[0]["person_id"])
    if address is None:
        raise Refused(f"nobody on a roster is called {who!r}: name a stakeholder, a name or an address")
    return Identity(None, (address,), (handle_of(key, address),))


def address_of(who: str, spelling: Spelling) -> str | None:
    """Return the address that is meant, None when it is none."""
    try:
        return spelling.canonical(normal_address(who))
    except ValueError:
        # What breaks a rule of today may be held from before the rule.
        found = as_address(who)
        return spelling.canonical(found) if found else None


async def known(connection: Any, person_id: int) -> Identity:
    """Return the identity of a person on a roster."""
    row = await connection.fetchrow(query(PACKAGE, "identity"), person_id)
    return Identity(
        person_id,
        tuple(row["addresses"]),
        tuple(handle.hex for handle in row["handles"]),
        row["stakeholder"],
        tuple(row["stakeholders"]),
        tuple(row["names"]),
        tuple(row["relationships"]),
    )


async def still(connection: Any, who: Identity) -> None:
    """Raise Refused where who was found is not as they were: asked under the lock under which rosters change."""
    if who.person_id is not None:
        is_so = (await known(connection, who.person_id)).facts() == who.facts()
    else:
        is_so = not await connection.fetch(query(PACKAGE, "person"), who.addresses[0], who.addresses[0])
    if not is_so:
        raise Refused(f"the roster of {who.stakeholder or who.addresses[0]} was changed meanwhile: try again")


async def namesakes(connection: Any, who: Identity) -> list[str]:
    """Return which of their names others have too, so that a search for it would find these."""
    rows = await connection.fetch(query(PACKAGE, "namesakes"), list(who.names), who.person_id)
    return [row["name"] for row in rows]
