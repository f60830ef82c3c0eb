"""What happens in the twelve weeks: each character as the touchpoints it leaves behind. Pure."""

from collections.abc import Callable, Iterator
from random import Random

from services.cli.demo.cast import CAST, CLIENT, INITIATIVE, MIRA, Character, Person
from services.cli.demo.events import DAYS, Told, commitment, email, meeting, note, together

SEED = 2026
COMMITTEE_EVERY = 14
SPONSOR_LEAVES_DAY = 16
WANTED = {
    "sponsor": ("3", "aligned"),
    "decision maker": ("2", "aligned"),
    "champion": ("1.5", "aligned"),
    "influencer": ("1", "aligned"),
}
"""How much a change hangs on a role, and where its people are needed to stand."""
ENOUGH = ("0.5", "cooling")
"""For who works with what comes of it."""

Happening = Iterator[Told]


def roster() -> list[dict[str, str]]:
    """Return the roster as the rows of a CSV file."""
    return [
        {
            "initiative": INITIATIVE,
            "name": person.name,
            "addresses": person.address,
            "function": person.function,
            "level": person.level,
            "role": person.role,
            "organisation": CLIENT,
            "owner": person.owner,
            **dict(zip(("importance", "desired_band"), WANTED.get(person.role, ENOUGH), strict=True)),
        }
        for person in CAST
    ]


def story() -> list[Told]:
    """Return everything that happens, in order; the same whenever it is told."""
    told = list(committee())
    for person in CAST:
        told += PARTS[person.character](person, Random(f"{SEED} {person.name}"))  # noqa: S311 -- no secret
    return sorted(told, key=lambda event: (event.day, event.minute, event.name))


def committee() -> Happening:
    """Tell of the steering committee, every other week, and of the sponsor who stops coming."""
    executives = [person for person in CAST if person.level == "executive" and is_invited(person)]
    for day in range(5, DAYS, COMMITTEE_EVERY):
        yield together([(person, answer(person, day)) for person in executives], day, 60, MIRA)


def is_invited(person: Person) -> bool:
    """Tell who sits on the committee."""
    return person.character in {Character.FADING_SPONSOR, Character.KEPT}


def answer(person: Person, day: int) -> str:
    """Return what the person answered to the committee's invitation."""
    is_gone = person.character is Character.FADING_SPONSOR and day >= SPONSOR_LEAVES_DAY
    return "declined" if is_gone else "accepted"


def fading_sponsor(person: Person, _: Random) -> Happening:
    """Tell of one who opened the doors, then stopped coming; our mails stay without an answer."""
    for day in (2, 9, 16):
        yield meeting(person, day, 45)
    for day in (3, 14):
        yield email(person, day, "inbound")
    yield note(person, 13, "disclosure", direction="inbound", depth=0.3, facet="disclosure")
    for day in range(34, 80, 11):
        yield email(person, day, "outbound")


def shaken(person: Person, rng: Random) -> Happening:
    """Tell of a migration that failed at quarter's end; we said so, promised anew and kept it."""
    yield from every(person, rng, range(3, 44, 9), minutes=45)
    yield note(person, 44, "setback", direction="mutual", severity=0.9)
    yield note(person, 45, "pulse", direction="inbound", rating=-0.6)
    yield note(person, 47, "disclosure", direction="outbound", depth=0.8, facet="authenticity")
    yield commitment(person, 48, "migration-rerun", "made")
    yield from every(person, rng, range(49, DAYS - 2, 6), minutes=60)
    yield commitment(person, 66, "migration-rerun", "kept")
    yield note(person, 69, "disclosure", direction="mutual", depth=0.6, facet="empathy")
    yield note(person, 80, "pulse", direction="inbound", rating=0.4)


def shallow(person: Person, rng: Random) -> Happening:
    """Tell of one who gets every circular and was asked nothing since the kick-off."""
    yield meeting(person, 4, 30)
    for day in range(DAYS):
        if rng.random() < 0.75:  # noqa: PLR2004 -- three circulars in four days
            yield email(person, day, "outbound", breadth=6)
    for day in (20, 48, 66, 76):
        yield email(person, day + rng.randrange(4), "inbound")


def one_sided(person: Person, rng: Random) -> Happening:
    """Tell of one praised as our champion: it is always we who write and open up."""
    yield meeting(person, 3, 30)
    for day in range(6, DAYS, 3):
        yield email(person, day + rng.randrange(2), "outbound")
    for day in (20, 41, 62, 77):
        yield note(person, day, "disclosure", direction="outbound", depth=0.6, facet="disclosure")


def kept(person: Person, rng: Random) -> Happening:
    """Tell of one met every week or so; what was promised was kept."""
    yield from every(person, rng, range(2, DAYS - 3, 8), minutes=45)
    for day in range(5, DAYS, 9):
        yield email(person, min(day + rng.randrange(4), DAYS - 1), "inbound")
    ref = f"open-points-{person.function.lower()}"
    yield commitment(person, 30 + rng.randrange(9), ref, "made")
    yield commitment(person, 58 + rng.randrange(9), ref, "kept")
    yield note(person, 44 + rng.randrange(20), "disclosure", direction="mutual", depth=0.5, facet="empathy")


def steady(person: Person, rng: Random) -> Happening:
    """Tell of one met every other week, with a mail now and then."""
    yield from every(person, rng, range(4 + rng.randrange(4), DAYS - 4, 12), minutes=45)
    for day in range(8, DAYS - 1, 14):
        yield email(person, day + rng.randrange(5) - 1, rng.choice(["inbound", "outbound"]))
    yield note(person, 60 + rng.randrange(15), "pulse", direction="inbound", rating=0.3)


def cooling(person: Person, rng: Random) -> Happening:
    """Tell of one met often until the design was signed off; since then only mails go out."""
    signed_off = 44 + rng.randrange(9)
    yield from every(person, rng, range(3, signed_off, 9), minutes=rng.choice((30, 45, 60)))
    for day in range(6, signed_off, 13):
        yield email(person, day + rng.randrange(4), "inbound")
    for day in range(62, DAYS, 6):
        yield email(person, day + rng.randrange(2), "outbound")


def overdue(person: Person, rng: Random) -> Happening:
    """Tell of one on the best of terms whom nobody has called for weeks."""
    last = DAYS - 2 - rng.randrange(6) - (14 if person.role == "champion" else 21)
    yield from every(person, rng, range(2, last, 8), minutes=60)
    yield email(person, last, "inbound")


def booked(person: Person, rng: Random) -> Happening:
    """Tell of the same, but the next meeting stands in the calendar."""
    last = DAYS - 20
    yield from every(person, rng, range(2, last, 8), minutes=60)
    yield email(person, last, "inbound")
    yield meeting(person, DAYS + 1, 60, planned=True)


def never_met(person: Person, _: Random) -> Happening:
    """Tell nothing: on the roster, and nobody knows them."""
    del person
    yield from ()


def every(person: Person, rng: Random, days: range, minutes: int) -> Happening:
    """Tell of meetings in a rhythm that people have: not quite regular."""
    for day in days:
        yield meeting(person, day + rng.randrange(2), minutes)


PARTS: dict[Character, Callable[[Person, Random], Happening]] = {
    Character.FADING_SPONSOR: fading_sponsor,
    Character.SHAKEN: shaken,
    Character.SHALLOW: shallow,
    Character.ONE_SIDED: one_sided,
    Character.KEPT: kept,
    Character.STEADY: steady,
    Character.COOLING: cooling,
    Character.OVERDUE: overdue,
    Character.BOOKED: booked,
    Character.NEVER_MET: never_met,
}
