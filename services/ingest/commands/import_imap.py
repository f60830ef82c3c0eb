"""`attune import imap`: a mailbox on a server, from where it was left the last time."""

import sys
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import quote

import click
import orjson

from services.ingest.bring import Brought, bring
from services.ingest.commands import summary
from services.ingest.commands.dry_run import tell
from services.ingest.commands.import_mail import mailbox_of, options, point_to_meetings
from services.ingest.connectors import imap
from services.ingest.connectors.imap import Mark, Security, Server
from services.ingest.connectors.items import Item
from services.ingest.connectors.mail_identity import digest
from shared.errors import Refused, Unavailable
from shared.plumbing import terminal
from shared.plumbing.embedded import files
from shared.plumbing.settings import Settings, configured, settings


@click.command(name="imap")
@click.option("--host", required=True, help="The mail server.")
@click.option("--port", type=click.IntRange(1, 65535), help="Its port, 993 or 143 unless given.")
@click.option("--user", required=True, help="Whose mailbox.")
@click.option("--folder", "folders", multiple=True, help="Which folder, several times if need be; else inbox and sent.")
@click.option("--security", type=click.Choice([way.value for way in Security]), default="tls", show_default=True)
@click.option("--from-start", is_flag=True, help="Forget how far it was read; what counted counts no second time.")
@click.option("--every", type=click.IntRange(10), metavar="SECONDS", help="Go on for ever, looking again so often.")
@options
def imap_(
    *,
    host: str,
    port: int | None,
    user: str,
    folders: tuple[str, ...],
    security: Security,
    from_start: bool,
    every: int | None,
    source: str,
    no_wait: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Import what came into a mailbox since the last time; the mailbox itself is not changed.

    The password comes from ATTUNE_IMAP_PASSWORD, or is asked for. How far each folder was read is kept in
    ./.attune/imap; interrupted, the next run goes on from there. Bodies are never fetched.

    What counts and what is dropped, and who we are: see `attune import mbox --help`.
    """
    chosen = configured() if dry_run else settings()
    look = Look(Server(host, port, user, Security(security)), folders, source, from_start, chosen)
    password = password_of(chosen)
    if dry_run:
        tell(look.items(password), as_json)
        return
    while every:
        look_again(look, password)
        time.sleep(every)
    done = look.once(password, wait=not no_wait)
    point_to_meetings(done, look.address)
    summary.report(done, as_json)


def look_again(look: "Look", password: str) -> None:
    """Publish what is new; what is out of reach now may be there the next time."""
    try:
        brought = look.once(password, wait=False)
    except Unavailable as error:
        click.echo(f"attune: {error}", err=True)
    else:
        look.from_start = False
        dropped = "".join(f", dropped {n} ({reason})" for reason, n in brought.dropped.most_common())
        click.echo(f"read {brought.read}, accepted {brought.accepted}{dropped}", err=True)


def password_of(chosen: Settings) -> str:
    """Return the password as set, or ask for it; never by the command line, where other users see it."""
    if told := chosen.imap_password.get_secret_value():
        return told
    if not sys.stdin.isatty():
        raise Refused("no password for IMAP: set ATTUNE_IMAP_PASSWORD")
    return asked_once()


@cache
def asked_once() -> str:
    """Ask for the password; who looks again and again does not ask again."""
    answer: str = click.prompt("Password", hide_input=True, err=True)
    return answer


class Look:
    """Looking into the folders of one mailbox."""

    def __init__(
        self, server: Server, folders: tuple[str, ...], source: str, from_start: bool, chosen: Settings
    ) -> None:
        self.server = server
        self.folders = folders
        self.source = source
        self.from_start = from_start
        self.chosen = chosen

    @property
    def address(self) -> str:
        """Return the mailbox as `attune import ics` takes it."""
        its, folder = self.server, f"/{quote(self.folders[0])}" if len(self.folders) == 1 else ""
        port = f":{its.port}" if its.port else ""
        scheme = "imaps" if its.security is Security.TLS else "imap"
        security = "?security=none" if its.security is Security.NONE else ""
        return f"{scheme}://{quote(its.user, safe='@')}@{its.host}{port}{folder}{security}"

    def items(self, password: str) -> Iterator[Item]:
        """Yield what is new, and remember nothing."""
        mailbox = mailbox_of(self.chosen, dry_run=True)
        with imap.opened(self.server, password) as box:
            for folder in self.folders or imap.usual_folders(box):
                for stride in imap.strides(box, folder, self.mark(folder), mailbox):
                    yield from stride.items

    def once(self, password: str, *, wait: bool) -> Brought:
        """Publish what is new, remembering after each stride how far that is."""
        mailbox, total = mailbox_of(self.chosen), Brought()
        with imap.opened(self.server, password) as box:
            for folder in self.folders or imap.usual_folders(box):
                for stride in imap.strides(box, folder, self.mark(folder), mailbox):
                    total += terminal.run(bring(stride.items, self.chosen, self.source, len(stride.items), wait=wait))
                    self.remember(folder, stride.mark)
        return total

    def mark(self, folder: str) -> Mark | None:
        """Return how far the folder was read; None when that is not known."""
        if self.from_start:
            return None
        try:
            found = orjson.loads(self.path(folder).read_bytes())
            return Mark(int(found["uidvalidity"]), int(found["uid"]))
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError):
            raise Refused(f"{self.path(folder)}: is broken; remove it, what counted counts no second time") from None

    def remember(self, folder: str, mark: Mark) -> None:
        """Keep how far the folder is read; all of it is stored by now."""
        path = self.path(folder)
        path.parent.mkdir(parents=True, exist_ok=True)
        where = {"host": self.server.host, "user": self.server.user, "folder": folder, "source": self.source}
        files.write_secret(path, orjson.dumps(where | {"uidvalidity": mark.validity, "uid": mark.uid}).decode())

    def path(self, folder: str) -> Path:
        """Return where that is kept."""
        name = digest(self.server.host, str(self.server.port), self.server.user, folder, self.source)
        return self.chosen.directory / "imap" / f"{name}.json"
