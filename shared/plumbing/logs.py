"""What services write down: a line for each thing done, as JSON for programs or as text for people.

Lines carry ids by which a touchpoint can be followed from its connector to a delivery (docs/observability.md), and
never an address or a name: the database alone knows these.
"""

import logging
import sys
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog
from structlog.contextvars import merge_contextvars
from structlog.stdlib import ExtraAdder, ProcessorFormatter

from shared.plumbing import traces

OURS = ("services", "shared", "ingest", "projector", "alerts")
Line = MutableMapping[str, Any]


def begin(service: str, level: str = "info", *, as_text: bool = False) -> None:
    """Write every line of this process to stderr from now on, whoever logs it; `level` is for our own."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(service, as_text=as_text))
    logging.basicConfig(level=max(logging.INFO, _number(level)), handlers=[handler], force=True)
    for ours in OURS:
        logging.getLogger(ours).setLevel(_number(level))
    # It names whole URLs, and the path of a webhook may be a secret.
    logging.getLogger("httpx").setLevel(logging.WARNING)


def _number(level: str) -> int:
    return logging.getLevelNamesMapping()[level.upper()]


def formatter(service: str, *, as_text: bool = False) -> ProcessorFormatter:
    """Return what turns a record into a line: what is bound around it and `extra` become fields."""

    def named(_: Any, __: str, line: Line) -> Line:
        record: logging.LogRecord = line["_record"]
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        first = {"at": moment, "level": record.levelname.lower(), "service": service, "logger": record.name}
        return {**first, **traces.ids(), **line}

    written: Any = structlog.dev.ConsoleRenderer(colors=False) if as_text else structlog.processors.JSONRenderer(_json)
    return ProcessorFormatter(
        foreign_pre_chain=[ExtraAdder(), merge_contextvars],
        processors=[
            named,
            ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            written,
        ],
    )


def _json(line: Any, **_: Any) -> str:
    return orjson.dumps(line, default=str).decode()


def safe(event_id: str | None) -> str | None:
    """Return an event's id as it may be written down: not at all where it seems to hold an address."""
    return None if event_id is None or "@" in event_id else event_id
