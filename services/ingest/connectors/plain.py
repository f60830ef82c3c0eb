"""Opening text files, compressed or not."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import IO, cast

from shared.errors import Refused

GZIP_MAGIC = b"\x1f\x8b"


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for reading, unpacking gzip by its first bytes; raise Refused when it cannot be read."""
    try:
        with path.open("rb") as file:
            is_gzip = file.read(2) == GZIP_MAGIC
            file.seek(0)
            with gzip.GzipFile(fileobj=file) if is_gzip else nullcontext(file) as unpacked:
                yield cast("IO[bytes]", unpacked)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise Refused(f"{path}: its compression is broken ({error}): fetch the file again") from error
    except OSError as error:
        raise Refused(f"{path}: cannot be read ({error.strerror or error})") from error
