"""Kinds and reasons of one's own are as strict as attune's: what breaks a rule is refused by file, field and value."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import BaseModel

from shared.alignment.model import with_own
from shared.errors import Refused
from shared.events import touchpoint
from shared.events.facts import Facts, Share
from shared.forms import FORMS, Form
from shared.own import find
from shared.own import kind as own
from shared.own.kind import OwnKind, problems
from shared.plumbing.own_forms import agree
from shared.vocabulary import Kind


class Gift(Facts):
    kind: Literal["gift"]
    warmth: Share = 1.0
    size: int = 1


class Stranger(BaseModel):
    kind: Literal["gift"]


GIFT = OwnKind(place=100, data=Gift, weights=[{"contact": 1.0}], intensity="warmth")


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A directory of Python's path that has files of one's own."""
    (tmp_path / "attune_own" / "reasons").mkdir(parents=True)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path / "attune_own" / "reasons"
    for name in [name for name in sys.modules if name.partition(".")[0] == find.PACKAGE]:
        del sys.modules[name]


def test_where_nobody_added_anything_there_is_nothing() -> None:
    assert find.words("kinds") == find.words("reasons") == []


def test_every_file_is_a_word_and_tests_may_stand_beside(path: Path) -> None:
    for name in ("late", "bored", "test_late", "late_test", "_shared"):
        (path / f"{name}.py").touch()

    assert find.members("reasons", {}) == {"BORED": "bored", "LATE": "late"}
    assert find.words("kinds") == []


@pytest.mark.parametrize("name", ["Late", "too-late", "l", "late2", "x" * 41])
def test_what_is_no_word_is_refused_by_name(path: Path, name: str) -> None:
    (path / f"{name}.py").touch()

    with pytest.raises(Refused, match=rf"attune_own/reasons/{name}.py: its name — must be a word"):
        find.members("reasons", {})


def test_a_word_that_attune_has_is_not_given_twice(path: Path) -> None:
    (path / "fading.py").touch()

    with pytest.raises(Refused, match="attune has a word 'fading' already"):
        find.members("reasons", {"FADING": "fading"})


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "REASON — must be an int of builtins"),
        ("REASON = 'later'", "REASON — must be an int of builtins"),
        ("import no_such_module", "cannot be read: ModuleNotFoundError: No module named 'no_such_module'"),
    ],
)
def test_a_file_that_declares_nothing_is_refused_by_name(path: Path, text: str, why: str) -> None:
    (path / "late.py").write_text(text)

    with pytest.raises(Refused, match=f"attune_own/reasons/late.py: {why}"):
        find.declared("reasons", "REASON", int)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"place": 8}, "place: 8 — must be 100 to 299"),
        ({"place": 300}, "place: 300 — must be 100 to 299"),
        ({"qualities": ()}, "qualities: () — must be 1 to 10"),
        ({"qualities": ("big", "big"), "quality_of": lambda *_: "big"}, "must be 1 to 10, none of them twice"),
        ({"qualities": ("big", "small")}, "quality_of: must be there where there are several"),
        ({"data": Facts}, "data: Facts — must have a field kind: Literal['gift']"),
        ({"intensity": "size"}, "intensity: 'size' — must be a field of data that is a Share"),
        ({"intensity": "depth"}, "intensity: 'depth' — must be a field of data that is a Share"),
    ],
)
def test_what_a_kind_says_of_itself_is_checked(wrong: dict[str, Any], said: str) -> None:
    [problem, *_] = problems("gift", replace(GIFT, **wrong))

    assert said in problem
    assert not list(problems("gift", GIFT))


def declared(monkeypatch: pytest.MonkeyPatch, **kinds: OwnKind) -> None:
    monkeypatch.setattr(find, "declared", lambda *_: kinds)


def test_two_kinds_have_no_number_in_common(monkeypatch: pytest.MonkeyPatch) -> None:
    class Present(Facts):
        kind: Literal["present"]

    declared(monkeypatch, gift=GIFT, present=OwnKind(place=100, data=Present, weights=[]))

    with pytest.raises(Refused, match=r"kinds/present.py: place: 100 — is that of .gift. already"):
        own.kinds.__wrapped__()


def test_a_kind_is_as_strict_as_all_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own, "kinds", lambda: {"gift": replace(GIFT, data=Stranger)})

    with pytest.raises(Refused, match=r"kinds/gift.py: data: Stranger — must derive from shared.events.facts.Facts"):
        list(touchpoint.own_data())


def test_a_weight_that_is_none_is_refused_with_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own, "kinds", lambda: {"gift": replace(GIFT, weights=[{"joy": 1.0}])})

    with pytest.raises(Refused, match=r"kinds/gift.py: weights: joy: 1.0 — there is no setting of this name"):
        with_own({"weights": []})


def test_a_model_that_speaks_of_a_kind_goes_before_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own, "kinds", lambda: {"gift": GIFT})
    ours = {"kind": "gift", "depth": 1.0}

    assert with_own({"weights": [ours]}) == {"weights": [ours]}
    assert len(with_own({"weights": [{"kind": ["gift"]}, "gift"]})["weights"]) == 3  # its own rules refuse these
    assert [row["contact"] for row in with_own({"weights": []})["weights"]] == [1.0]


@pytest.mark.parametrize("known", [(10010, "gift", "outbound", ""), (111, "meeting", "outbound", "late")])
def test_a_number_of_the_log_never_means_something_else(known: tuple[int, str, str, str]) -> None:
    with pytest.raises(Refused, match=rf"{known[1]}.py: this database numbers {known[1]} outbound"):
        agree([*FORMS, Form._make(known)])


def test_words_of_ones_own_are_none_of_attunes() -> None:
    assert len(Kind) == 8
