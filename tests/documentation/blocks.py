"""The fenced blocks of a Markdown page, and what a comment before one says about running it.

<!-- not run: WHY -->   it cannot run here, for this reason
<!-- file: NAME -->     what it holds is a file that later blocks use
<!-- as owner -->       SQL for the owner of the database; else it runs as `attune_reader`
"""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(
    r"^(?:<!-- (?P<mark>[^\n]*?) -->\n\n?)?(?P<indent> *)```(?P<language>\w*)[^\n]*\n(?P<text>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block."""

    page: str
    line: int
    language: str
    text: str
    mark: str = ""

    @property
    def where(self) -> str:
        return f"{self.page}:{self.line}"

    def said(self, what: str) -> str | None:
        """Return what the mark says after `what:`."""
        word, _, rest = self.mark.partition(":")
        return rest.strip() if word == what else None


def blocks(page: str) -> list[Block]:
    """Return the blocks of a page, named from the repository's root."""
    text = (ROOT / page).read_text()
    return [
        Block(page, text.count("\n", 0, found.start()) + 1, found["language"], found["text"], found["mark"] or "")
        for found in FENCE.finditer(text)
    ]


def pages() -> list[str]:
    """Return every page that people read and nobody generates; the tutorial comes first."""
    found = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.md"))
    return ["docs/tutorial.md", *(page for page in found if page != "docs/tutorial.md"), "README.md"]
