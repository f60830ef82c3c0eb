import pytest

from services.roster.sift import Logged, is_untold, kept_out
from shared.events.lists import Lists

ANA = Logged("a" * 32, "ana@eu.corp.example", 1, 3)
SOMEBODY = Logged("b" * 32, None, None, 5)


@pytest.mark.parametrize(
    ("blocked", "allowed", "gone", "untold"),
    [
        (set(), set(), [], []),
        ({"corp.example"}, set(), [ANA], [SOMEBODY]),
        ({SOMEBODY.handle}, set(), [SOMEBODY], []),
        (set(), {ANA.handle}, [SOMEBODY], []),
        (set(), {"corp.example"}, [], [SOMEBODY]),
        (set(), {"else.example"}, [ANA], [SOMEBODY]),
        (set(), {"else.example", SOMEBODY.handle}, [ANA], []),
        ({"bad.example"}, {SOMEBODY.handle}, [ANA], [SOMEBODY]),
    ],
)
def test_who_goes_is_whom_a_list_surely_keeps_out_and_of_strangers_who_may_be(
    blocked: set[str], allowed: set[str], gone: list[Logged], untold: list[Logged]
) -> None:
    lists = Lists(blocked, allowed)

    assert list(kept_out([ANA, SOMEBODY], lists, strangers=False)) == gone
    assert [one for one in (ANA, SOMEBODY) if is_untold(one, lists)] == untold
    assert set(kept_out([ANA, SOMEBODY], lists, strangers=True)) == {*gone, *untold}
