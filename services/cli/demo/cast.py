"""Who plays in the demo: forty people at a client, and the five of us who look after them."""

from enum import StrEnum
from typing import NamedTuple

INITIATIVE = "northwind-one-erp"
CLIENT = "Northwind"
CLIENT_DOMAIN = "northwind.example"
OUR_DOMAIN = "us.example"


class Character(StrEnum):
    """What becomes of a relationship in the twelve weeks."""

    FADING_SPONSOR = "fading sponsor"
    SHAKEN = "shaken, then repaired"
    SHALLOW = "over-mailed but shallow"
    ONE_SIDED = "one-sided champion"
    KEPT = "well kept"
    STEADY = "steady"
    COOLING = "cooling"
    OVERDUE = "overdue"
    BOOKED = "due soon, and a meeting is booked"
    NEVER_MET = "never met"


class Person(NamedTuple):
    """One of the forty."""

    name: str
    function: str
    level: str
    role: str
    owner: str
    character: Character

    @property
    def address(self) -> str:
        """Return the person's mail address."""
        return mail(self.name, CLIENT_DOMAIN)


def mail(name: str, domain: str) -> str:
    """Return the usual address for a name."""
    return f"{name.lower().replace(' ', '.')}@{domain}"


MIRA, JONAS, AISHA, PETER, LENA = (
    mail(name, OUR_DOMAIN) for name in ("Mira Holm", "Jonas Weber", "Aisha Khan", "Peter Lund", "Lena Novak")
)

_C = Character
CAST = [
    Person("Helen Brandt", "Management", "executive", "sponsor", MIRA, _C.FADING_SPONSOR),
    Person("Victor Amsel", "Management", "executive", "sponsor", MIRA, _C.KEPT),
    Person("Ingrid Solberg", "Management", "executive", "decision maker", MIRA, _C.KEPT),
    Person("Tomas Reyes", "Management", "management", "influencer", MIRA, _C.STEADY),
    Person("Nora Engel", "Management", "staff", "coordinator", MIRA, _C.STEADY),
    Person("Claire Fontaine", "Finance", "executive", "decision maker", MIRA, _C.KEPT),
    Person("Omar Haddad", "Finance", "management", "decision maker", JONAS, _C.SHAKEN),
    Person("Petra Vogel", "Finance", "management", "influencer", JONAS, _C.STEADY),
    Person("Samuel Okoye", "Finance", "staff", "key user", JONAS, _C.STEADY),
    Person("Judith Marek", "Finance", "staff", "key user", JONAS, _C.COOLING),
    Person("Ravi Menon", "Finance", "staff", "key user", JONAS, _C.NEVER_MET),
    Person("Greta Lindqvist", "Operations", "executive", "decision maker", AISHA, _C.KEPT),
    Person("Daniel Kovac", "Operations", "management", "champion", AISHA, _C.ONE_SIDED),
    Person("Mei Tanaka", "Operations", "management", "influencer", AISHA, _C.KEPT),
    Person("Bruno Costa", "Operations", "management", "influencer", AISHA, _C.COOLING),
    Person("Elif Demir", "Operations", "staff", "key user", AISHA, _C.STEADY),
    Person("Stefan Popescu", "Operations", "staff", "key user", AISHA, _C.STEADY),
    Person("Anna Wiklund", "Operations", "staff", "key user", AISHA, _C.COOLING),
    Person("Marcus Thiele", "IT", "executive", "decision maker", PETER, _C.OVERDUE),
    Person("Yuki Sato", "IT", "management", "champion", PETER, _C.KEPT),
    Person("Florian Beck", "IT", "management", "influencer", PETER, _C.KEPT),
    Person("Carmen Ortiz", "IT", "staff", "key user", PETER, _C.STEADY),
    Person("Jakub Nowak", "IT", "staff", "key user", PETER, _C.KEPT),
    Person("Lucia Ferrari", "IT", "staff", "key user", PETER, _C.STEADY),
    Person("Simon Adler", "IT", "staff", "key user", PETER, _C.NEVER_MET),
    Person("Beatrice Moreau", "Sales", "executive", "decision maker", LENA, _C.SHALLOW),
    Person("Henrik Dahl", "Sales", "management", "influencer", LENA, _C.SHALLOW),
    Person("Olivia Grant", "Sales", "management", "influencer", LENA, _C.SHALLOW),
    Person("Pavel Horak", "Sales", "staff", "key user", LENA, _C.SHALLOW),
    Person("Sofia Rossi", "Sales", "staff", "key user", LENA, _C.SHALLOW),
    Person("Tim Becker", "Sales", "staff", "key user", LENA, _C.SHALLOW),
    Person("Katrin Jansen", "People", "executive", "decision maker", LENA, _C.BOOKED),
    Person("Amir Rahimi", "People", "management", "champion", LENA, _C.OVERDUE),
    Person("Zoe Papadakis", "People", "management", "influencer", LENA, _C.COOLING),
    Person("Erik Svensson", "People", "staff", "coordinator", LENA, _C.STEADY),
    Person("Maria Silva", "Purchasing", "executive", "decision maker", JONAS, _C.OVERDUE),
    Person("Andrei Popov", "Purchasing", "management", "influencer", JONAS, _C.KEPT),
    Person("Fatima Zahra", "Purchasing", "management", "influencer", JONAS, _C.STEADY),
    Person("Georg Huber", "Purchasing", "staff", "key user", JONAS, _C.COOLING),
    Person("Ines Duarte", "Purchasing", "staff", "key user", JONAS, _C.NEVER_MET),
]
