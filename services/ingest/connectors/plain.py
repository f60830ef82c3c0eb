"""Opening text files, compressed or not."""

import gzip
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from io import BufferedReader
from pathlib import Path
from typing import IO, cast

from shared.errors import Refused

GZIP_MAGIC = b"\x1f\x8b"


def lines(file: IO[bytes], bytes_max: int) -> Iterator[tuple[int, bytes]]:
    """Yield the lines that are not blank under their numbers; of a longer one its beginning, a byte more than that."""
    for number, line in enumerate(iter(lambda: file.readline(bytes_max + 1), b""), 1):
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = file.readline(bytes_max)
        if kept := line.strip():
            yield number, kept


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a file (`-` is what is piped in) for reading, unpacked; raise Refused when it cannot be read."""
    try:
        with nullcontext(sys.stdin.buffer) if path == Path("-") else path.open("rb") as file:
            # Its first bytes tell what it is: the name may be anything.
            is_gzip = cast("BufferedReader", file).peek(2)[:2] == GZIP_MAGIC
            with gzip.GzipFile(fileobj=file) if is_gzip else nullcontext(file) as unpacked:
                yield cast("IO[bytes]", unpacked)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise Refused(f"{path}: its compression is broken ({error}): fetch the file again") from error
    except OSError as error:
        raise Refused(f"{path}: cannot be read ({error.strerror or error})") from error
