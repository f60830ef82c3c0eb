"""A kind of touchpoint of one's own: somebody opened a door for us."""

from typing import Literal

from shared.events.facts import Facts, Share
from shared.own.kind import OwnKind


class Introduction(Facts):
    """They brought us together with a further person; `warmth` 0 to 1 says how far they vouched for us."""

    kind: Literal["introduction"]
    warmth: Share = 1.0


KIND = OwnKind(
    place=100,
    data=Introduction,
    intensity="warmth",
    # Nobody opens a door for people they do not trust; where we open one, that is contact.
    weights=[
        {"contact": 1.0},
        {"direction": "inbound", "contact": 1.0, "dialogue": 1.0, "depth": 0.8},
    ],
)
