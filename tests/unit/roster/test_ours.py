"""A roster that names our own people."""

import pytest

from services.roster.commands.roster import warn_of_ours
from shared.plumbing.settings import Settings
from shared.roster import Entry


def test_our_own_people_on_a_roster_are_told_of(capsys: pytest.CaptureFixture[str]) -> None:
    chosen = Settings(
        own_domains=("us.example",), own_addresses=("bo@home.example",), aliases=("old.example=us.example",)
    )
    ours = [Entry("change", (address,)) for address in ("uli@us.example", "bo@home.example", "mira@old.example")]
    theirs = Entry("change", ("ana@corp.example",))

    warn_of_ours([theirs], chosen)
    assert capsys.readouterr().err == ""

    warn_of_ours([theirs, *ours], chosen)
    assert capsys.readouterr().err.startswith("3 addresses, such as bo@home.example, are our own")
