import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.plumbing.embedded.runtime import Runtime
from tests.documentation.blocks import Block, blocks, pages
from tests.documentation.shell import Shell

NOT_RUN = [block for page in pages() for block in blocks(page) if block.said("not run") is not None]
RUN = {page: [block for block in blocks(page) if block.said("not run") is None] for page in pages()}


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """The directory of the one attune that all pages speak to; the tutorial starts it."""
    # Not pytest's directory: its name can be too long for a socket.
    directory = Path(tempfile.mkdtemp(prefix="attune-"))
    yield directory / "it"
    stop(directory / "it")
    shutil.rmtree(directory, ignore_errors=True)


def attune(home: Path, word: str, *options: str) -> None:
    shell = Shell(home, home.parent / word)
    subprocess.run(
        [sys.executable, "-m", "services.cli.app", word, *options],
        env={**shell.environment(), "ATTUNE_OWN_DOMAINS": "us.example"},
        check=True,
        capture_output=True,
    )


def stop(home: Path) -> None:
    if Runtime.read(home):
        attune(home, "stop")


@pytest.mark.parametrize("page", RUN)
async def test_what_a_page_says_to_do_can_be_done(page: str, home: Path) -> None:
    if page != "docs/tutorial.md" and not Runtime.read(home):
        attune(home, "run", "--detach")
    shell = Shell(home, home.parent / Path(page).stem)

    for block in RUN[page]:
        await shell.run(block)


@pytest.mark.parametrize("block", NOT_RUN, ids=lambda block: block.where)
def test_what_is_not_run_says_why(block: Block) -> None:
    assert len(str(block.said("not run"))) > 10
    pytest.skip(f"{block.where}: {block.said('not run')}")
