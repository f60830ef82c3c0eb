import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.documentation.blocks import ROOT

FROM_ELSEWHERE = re.compile(r'<(?:script|img|link|iframe)\b[^>]*(?:src|href)="https?://[^"]*"')
IMAGE = re.compile(r"!\[[^\]]*\]\(([^)]+)\)")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The site, built as `make docs` builds it, beside the one that somebody may be reading."""
    directory = tmp_path_factory.mktemp("site")
    shutil.copytree(ROOT / "docs", directory / "docs")
    shutil.copy(ROOT / "zensical.toml", directory)
    zensical = str(Path(sys.executable).parent / "zensical")
    built = subprocess.run(
        [zensical, "build", "--strict"], cwd=directory, capture_output=True, text=True, check=False, timeout=100
    )
    assert built.returncode == 0, built.stderr
    yield directory / "build" / "docs"
    shutil.rmtree(directory)


def named(part: Any) -> Iterator[str]:
    match part:
        case str():
            yield part
        case dict():
            for value in part.values():
                yield from named(value)
        case list():
            for value in part:
                yield from named(value)


def test_the_site_builds_without_a_broken_link_and_takes_nothing_from_elsewhere(site: Path) -> None:
    pages = list(site.rglob("*.html"))

    assert len(pages) > 25
    assert [page for page in pages if FROM_ELSEWHERE.search(page.read_text())] == []


def test_every_page_is_in_the_navigation() -> None:
    written = {str(path.relative_to(ROOT / "docs")) for path in (ROOT / "docs").rglob("*.md")}

    assert set(named(tomllib.loads((ROOT / "zensical.toml").read_text())["project"]["nav"])) == written


def test_every_picture_is_there() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    pictures = [page.parent / name for page in pages for name in IMAGE.findall(page.read_text())]

    assert [picture for picture in pictures if not picture.is_file()] == []
