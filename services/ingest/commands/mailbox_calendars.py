"""Calendars in the mails of a mailbox on a server, for `attune import ics imaps://…`: what is new since last time."""

from datetime import datetime, timedelta
from typing import Any

import orjson

from services.ingest.commands.import_imap import password_of
from services.ingest.connectors import imap, invitations
from services.ingest.connectors.ics.read import Reading, Terms
from services.ingest.connectors.invitations import Found, Seen
from services.ingest.connectors.mail_identity import digest
from shared.errors import Refused
from shared.plumbing.embedded import files
from shared.plumbing.settings import Settings

READ_ANEW_AFTER = timedelta(days=1)
"""What has not changed is read again all the same: the window has moved on."""


class MailboxCalendars:
    """The calendars of one mailbox, and how far they were read."""

    def __init__(self, address: str, source: str, mark: str, chosen: Settings) -> None:
        self.server, self.folders = invitations.server_of(address)
        self.chosen, self.mark = chosen, mark
        name = digest("ics", self.server.host, str(self.server.port), self.server.user, *self.folders, source)
        self.path = chosen.directory / "imap" / f"{name}.json"
        self.due: dict[str, str] = {}
        """When a plan of each meeting will have become one, by the meeting's digest."""
        self.found = Found()

    def look(self, now: datetime, *, from_start: bool = False) -> Found:
        """Return what is new, and what goes with it; everything where a day has passed or options have changed."""
        kept = {} if from_start else self._kept()
        read_at = kept.get("read_at", "")
        is_anew = (
            kept.get("mark") != self.mark or not read_at or now - datetime.fromisoformat(read_at) > READ_ANEW_AFTER
        )
        self.due = dict(kept.get("due", {}))
        self.read_at = now.isoformat() if is_anew else read_at
        wanted = None if is_anew else {name for name, at in self.due.items() if datetime.fromisoformat(at) <= now}
        known = {name: seen_of(seen) for name, seen in kept.get("folders", {}).items()}
        with imap.opened(self.server, password_of(self.chosen)) as box:
            self.found = invitations.look(box, self.folders or imap.usual_folders(box), known, wanted)
        return self.found

    def remember(self, reading: Reading, terms: Terms) -> None:
        """Keep how far it was read; all of it is stored by now."""
        ends: dict[str, str] = {}
        for version in reading.versions.values():
            if version.ends_at > terms.now:
                ends[version.uid] = min(ends.get(version.uid, "9"), version.ends_at.isoformat())
        read_now = self.found.meetings
        due = {name: at for name, at in self.due.items() if name not in read_now} | ends
        folders = {
            name: {
                "uidvalidity": its.validity,
                "uid": its.uid,
                "mails": {str(uid): its.mails[uid] for uid in its.mails},
            }
            for name, its in self.found.folders.items()
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        said = {"mark": self.mark, "read_at": self.read_at, "due": due, "folders": folders}
        files.write_secret(self.path, orjson.dumps(said).decode())

    def _kept(self) -> dict[str, Any]:
        try:
            found = orjson.loads(self.path.read_bytes())
            return {**found, "folders": dict(found["folders"])}
        except FileNotFoundError:
            return {}
        except (ValueError, KeyError, TypeError):
            raise Refused(f"{self.path}: is broken; remove it, what counted counts no second time") from None


def seen_of(kept: dict[str, Any]) -> Seen:
    """Return what was written down of a folder."""
    return Seen(kept["uidvalidity"], kept["uid"], {int(uid): list(names) for uid, names in kept["mails"].items()})
