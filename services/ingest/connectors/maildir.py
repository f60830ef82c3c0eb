"""Maildir: a folder per mailbox, a file per mail, and flags in its name (https://cr.yp.to/proto/maildir.html)."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from services.ingest.connectors import eml
from services.ingest.connectors.items import Item
from services.ingest.connectors.mail import Mailbox
from services.ingest.connectors.mail_drop import DRAFT
from shared.errors import Refused

HOLDING = ("cur", "new")
# `:2,S`, or with what stands for the colon where a file system has none.
_FLAGS = re.compile(r"[:;!]2,([A-Za-z]*)$")


def items(path: Path, mailbox: Mailbox) -> Iterator[Item]:
    """Yield one item per mail of the folder and its subfolders; raise Refused when it is no Maildir."""
    for file in files(path):
        yield eml.item(file, str(file.relative_to(path)), mailbox, DRAFT if is_draft(file.name) else None)


def files(path: Path) -> Iterator[Path]:
    """Yield the mails in an order that stays; raise Refused when it is no Maildir."""
    if not is_one(path):
        raise Refused(f"{path}: is no Maildir: it must hold a folder cur or new")
    for folder in folders(path):
        yield from sorted(file for file in folder.iterdir() if not file.name.startswith(".") and file.is_file())


def is_one(path: Path) -> bool:
    """Tell whether the folder is a Maildir, or holds one."""
    return next(folders(path), None) is not None


def folders(path: Path) -> Iterator[Path]:
    """Yield every cur and new at any depth; what lies in tmp was never delivered."""
    for directory, names, _ in os.walk(path):
        names.sort()
        yield from (Path(directory) / name for name in HOLDING if name in names)
        names[:] = [name for name in names if name not in HOLDING]


def is_draft(name: str) -> bool:
    """Tell whether the flags say so."""
    flags = _FLAGS.search(name)
    return flags is not None and "D" in flags[1]
