"""Microsoft Graph's pages: messages and events beside each other, each as the API returns it."""

from collections.abc import Iterator
from pathlib import Path

from services.ingest.connectors.api import graph_calendar, graph_mail
from services.ingest.connectors.api.pages import Document, entries, error_of, read, rejected, text_of
from services.ingest.connectors.api.removed import REMOVED
from services.ingest.connectors.items import Dropped, Rejected
from shared.events.refusal import Refusal, shown

CONTEXT = "@odata.context"


def found(path: Path) -> Iterator[Document | Dropped | Rejected]:
    """Yield every message and every event of the files; other objects are rejected."""
    for document in read(path):
        if isinstance(document, Rejected):
            yield document
        elif problem := error_of(document):
            yield problem
        else:
            yield from map(known, objects(document))


def objects(document: Document) -> Iterator[Document]:
    """Yield the objects of a page, or the one that the document is, with where they come from."""
    context = text_of(document.found, CONTEXT)
    listed = entries(document.found, "value")
    for each in [document.found] if listed is None else listed:
        yield Document(document.where, {"_context": context, **each} if isinstance(each, dict) else {})


def known(document: Document) -> Document | Dropped | Rejected:
    """Return the object if it is a message or an event; a mail that was deleted has been sent all the same."""
    if "@removed" in document.found and is_of_messages(document):
        return Dropped(REMOVED, graph_calendar.label(document))
    if is_event(document) or graph_mail.is_message(document.found):
        return document
    names = ", ".join(sorted(name for name in document.found if name != "_context"))
    refusal = Refusal("object", shown(names), "must be a message or an event of Microsoft Graph")
    return rejected(graph_calendar.label(document), refusal)


def is_event(document: Document) -> bool:
    """Tell whether the object is an event, or says that one is gone."""
    return graph_calendar.is_event(document.found) or "@removed" in document.found


def is_of_messages(document: Document) -> bool:
    """Tell whether the page lists messages."""
    return "essages" in text_of(document.found, "_context")
