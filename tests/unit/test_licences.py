"""What we are given away with: every package of requirements.lock is under a licence that lets us."""

import re
from collections.abc import Iterator
from importlib.metadata import metadata
from pathlib import Path

import pytest

LOCK = Path(__file__).parents[2] / "requirements.lock"
ALLOWED = {
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "PSF-2.0",
    "Zlib",
    # As packages wrote it before there were expressions.
    "Apache Software License",
    "BSD License",
    "MIT License",
    "The Unlicense (Unlicense)",
}
WITH_REASON = {
    "certifi": "Mozilla Public License 2.0 (MPL 2.0)",  # a list of certificates, used as it is
    "orjson": "MPL-2.0 AND (Apache-2.0 OR MIT)",  # used as it is: MPL asks for its own files' source only
    "recurring-ical-events": "LGPL-3.0-or-later",  # a library that users may replace: installed, never built in
    "x-wr-timezone": "GNU Lesser General Public License v3 or later (LGPLv3+)",  # same
}


def locked() -> Iterator[str]:
    return (match[1] for line in LOCK.read_text().splitlines() if (match := re.match(r"([\w.-]+)==", line)))


def said(package: str) -> str:
    """Return the licence as the package says it: an expression, or older ways to put it."""
    its = metadata(package)
    classified = [name.rpartition(" :: ")[2] for name in its.get_all("Classifier") or () if name.startswith("License")]
    return its["License-Expression"] or " OR ".join(classified) or its["License"] or "nothing"


def is_allowed(licence: str) -> bool:
    """Tell whether every licence that must be kept is one of ours."""
    return all(any(choice in ALLOWED for choice in part.split(" OR ")) for part in licence.split(" AND "))


@pytest.mark.parametrize("package", sorted(set(locked())))
def test_a_dependency_may_be_given_away_with_us(package: str) -> None:
    licence = said(package)

    assert is_allowed(licence) or WITH_REASON.get(package) == licence, licence


def test_what_none_of_ours_covers_is_not_allowed() -> None:
    assert not is_allowed("GPL-3.0-only")
    assert not is_allowed("MIT AND GPL-3.0-only")
    assert is_allowed("GPL-3.0-only OR MIT")


def test_no_reason_outlives_its_package() -> None:
    assert set(WITH_REASON) <= set(locked())
