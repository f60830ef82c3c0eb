"""Which people on a roster may be one and the same, and what speaks for it. Pure."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

LOCAL_MIN = 3
"""Letters of a local part that tell: `jo@` may be anybody."""
GROUP_MAX = 20
"""People who share a name or local part and still are suspicious: more than that, and it says nothing."""


class Person(NamedTuple):
    """What is known of somebody."""

    person_id: int
    stakeholder: str
    name: str
    organisation: str | None
    addresses: tuple[str, ...]


class Pair(NamedTuple):
    """Two people who may be one, with the evidence in sentences."""

    one: Person
    other: Person
    evidence: tuple[str, ...]


def alike(people: Sequence[Person]) -> list[Pair]:
    """Return the pairs that share a name or a local part, those with most evidence first."""
    groups: dict[tuple[str, str], dict[int, Person]] = defaultdict(dict)
    for person in people:
        for trait in traits(person):
            groups[trait][person.person_id] = person
    found: dict[tuple[int, int], tuple[Person, Person, list[str]]] = {}
    for (kind, value), group in groups.items():
        for one, other in pairs(group.values()):
            _, _, evidence = found.setdefault((one.person_id, other.person_id), (one, other, []))
            evidence.append(f"{kind} {value}")
    return sorted(
        (Pair(one, other, (*evidence, *in_common(one, other))) for one, other, evidence in found.values()),
        key=lambda pair: (-len(pair.evidence), pair.one.stakeholder, pair.other.stakeholder),
    )


def pairs(group: Iterable[Person]) -> Iterator[tuple[Person, Person]]:
    """Yield every two of a group that is small enough to mean something, in a fixed order."""
    members = sorted(group)
    return combinations(members, 2) if len(members) <= GROUP_MAX else iter(())


def traits(person: Person) -> Iterator[tuple[str, str]]:
    """Yield what somebody else would have to share to be suspected: the words of the name, a local part."""
    words = words_of(person.name)
    if len(words) > 1:
        yield "same name:", " ".join(words)
    for address in person.addresses:
        local, at, _ = address.rpartition("@")
        if at and len(local) >= LOCAL_MIN:
            yield "same local part:", local.partition("+")[0]
        spelt = words_of(local)
        if at and len(spelt) > 1:
            yield "same name:", " ".join(spelt)


def words_of(name: str) -> list[str]:
    """Return the words of a name, in any order they come: without case, accents and punctuation."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return sorted(set(re.findall(r"[a-z]{2,}", plain)))


def in_common(one: Person, other: Person) -> Iterator[str]:
    """Yield what does not suffice by itself."""
    if one.organisation and one.organisation == other.organisation:
        yield f"same organisation: {one.organisation}"
