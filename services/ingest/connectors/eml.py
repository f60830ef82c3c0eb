"""`.eml`: one mail per file."""

import os
from collections.abc import Iterator
from pathlib import Path

from services.ingest.connectors import mail, plain
from services.ingest.connectors.items import Item, Rejected
from services.ingest.connectors.mail import MESSAGE_BYTES_MAX, Mailbox
from shared.errors import Refused

SUFFIX = ".eml"


def items(path: Path, mailbox: Mailbox) -> Iterator[Item]:
    """Yield the mail of a file, or one item per `.eml` at any depth of a folder."""
    if path.is_dir():
        for file in files(path):
            yield item(file, str(file.relative_to(path)), mailbox)
    else:
        yield item(path, path.name, mailbox)


def files(folder: Path) -> Iterator[Path]:
    """Yield the files in an order that stays; raise Refused when there is none."""
    found = False
    for directory, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            if name.lower().endswith(SUFFIX):
                found = True
                yield Path(directory) / name
    if not found:
        raise Refused(f"{folder}: holds no file that ends in {SUFFIX}")


def item(file: Path, where: str, mailbox: Mailbox, known: str | None = None) -> Item:
    """Return what the file's mail is; one that cannot be read costs itself only."""
    try:
        with plain.opened(file) as opened:
            message = opened.read(MESSAGE_BYTES_MAX)
    except Refused as refused:
        return Rejected(str(refused), "file cannot be read", where)
    return mail.item(message, where, mailbox, known)
