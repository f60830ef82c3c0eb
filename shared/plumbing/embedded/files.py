"""Files that hold secrets, written so that nobody sees half of one or reads another's."""

import os
import tempfile
from pathlib import Path


def write_secret(path: Path, text: str) -> None:
    """Write `text` for the owner's eyes only; readers see the old file or the new one, never a part."""
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    Path(draft).replace(path)
