"""The mails of ../shared/data, and the table of what becomes of each.

`python -m tests.unit.ingest.mail_corpus` writes the table anew; then read the difference, line by line.
"""

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from services.ingest.connectors import mail, mbox
from services.ingest.connectors.items import Dropped, Item, Rejected
from services.ingest.connectors.mail import Mailbox
from services.ingest.interpret import Policy

DATA = Path(__file__).parents[4] / "shared" / "data"
TABLE = Path(__file__).with_name("mail_corpus.csv")
READ_AT = datetime(2026, 6, 1, tzinfo=UTC)
NO_MAIL = ("LICENSE", "README", "summary.txt")
OURS = (
    "netscape.com gmail.com example.net mimekit.net zzz.org gnome.org enron.com dom.ain xxxx.com me.nowhere "
    "37signals.com strataware.com xamarin.com test.lindsaar.net"
)
MAILBOX = Mailbox(Policy(b"", frozenset(OURS.split())).is_ours, READ_AT)


class Outcome(NamedTuple):
    """One row of the table; it names no people, for some are real."""

    file: str
    message: str
    outcome: str
    time: str
    people: str
    breadth: str


def is_there() -> bool:
    """Tell whether the corpora are."""
    return (DATA / "mail").is_dir() and (DATA / "corpus_mail.zip").is_file()


def files() -> Iterator[tuple[str, bytes]]:
    """Yield every file of the corpora by name."""
    for path in sorted((DATA / "mail").rglob("*")):
        if path.is_file() and not any(word in path.name for word in NO_MAIL):
            yield str(path.relative_to(DATA / "mail")), path.read_bytes()
    with zipfile.ZipFile(DATA / "corpus_mail.zip") as archive:
        for name in sorted(set(archive.namelist())):
            if not any(word in name for word in NO_MAIL):
                yield name, archive.read(name)


def mails() -> Iterator[tuple[str, int, bytes]]:
    """Yield every mail by file and number."""
    for name, content in files():
        messages = (
            mbox.messages(io.BufferedReader(io.BytesIO(content)), Path(name))
            if "mbox" in name.rpartition("/")[2]
            else [content]
        )
        for number, message in enumerate(messages, 1):
            yield name, number, message


def outcomes() -> Iterator[Outcome]:
    """Yield what becomes of every mail."""
    for name, number, message in mails():
        yield outcome(name, number, mail.item(message, name, MAILBOX))


def outcome(name: str, number: int, item: Item) -> Outcome:
    """Return the row."""
    match item:
        case Dropped():
            return Outcome(name, str(number), f"dropped: {item.reason}", "", "", "")
        case Rejected():
            return Outcome(name, str(number), f"rejected: {item.rule.split()[0]}", "", "", "")
        case dict():
            data = item["data"]
            people, breadth = len(data["people"]), data.get("breadth", "")
            return Outcome(name, str(number), data["direction"], item["time"], str(people), str(breadth))
        case _:
            raise AssertionError(item)


def table() -> list[Outcome]:
    """Return the table as it was checked."""
    with TABLE.open(newline="") as file:
        return [Outcome(*row) for row in list(csv.reader(file))[1:]]


if __name__ == "__main__":
    with TABLE.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([Outcome._fields, *outcomes()])
