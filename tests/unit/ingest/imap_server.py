"""A small IMAP server: the part of RFC 3501 that a reader needs, over a real socket."""

import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

USER, PASSWORD = "bo", "secret"


class Kept(NamedTuple):
    """One mail on the server."""

    uid: int
    head: bytes
    flags: str = ""
    structure: str = '("TEXT" "PLAIN" NIL NIL NIL "7BIT" 5 1)'
    text: bytes = b""
    """All of it, head included."""


@dataclass
class Folders:
    """What the server holds, and what it was told."""

    folders: dict[str, list[Kept]] = field(default_factory=lambda: {"INBOX": []})
    validity: int = 7
    listed: str = r'* LIST (\HasNoChildren) "/" "INBOX"'
    heard: list[str] = field(default_factory=list)


class Session(socketserver.StreamRequestHandler):
    """One connection."""

    server: "Server"

    def handle(self) -> None:
        self.say("* OK ready")
        self.selected: list[Kept] = []
        for line in self.rfile:
            tag, command, *rest = line.decode().strip().split(" ", 2)
            self.server.holds.heard.append(f"{command} {' '.join(rest)}")
            answer = getattr(self, f"do_{command.lower()}", self.do_unknown)(" ".join(rest))
            self.say(f"{tag} {answer}")
            if command == "LOGOUT":
                return

    def say(self, text: str | bytes) -> None:
        self.wfile.write((text.encode() if isinstance(text, str) else text) + b"\r\n")

    def do_unknown(self, _: str) -> str:
        return "BAD unknown"

    def do_capability(self, _: str) -> str:
        self.say("* CAPABILITY IMAP4rev1")
        return "OK done"

    def do_login(self, rest: str) -> str:
        return "OK in" if rest == f'"{USER}" "{PASSWORD}"' else "NO [AUTHENTICATIONFAILED] wrong"

    def do_logout(self, _: str) -> str:
        self.say("* BYE")
        return "OK done"

    def do_list(self, _: str) -> str:
        self.say(self.server.holds.listed)
        return "OK done"

    def do_examine(self, rest: str) -> str:
        name = rest.strip('"')
        if name not in self.server.holds.folders:
            return "NO no such folder"
        self.selected = self.server.holds.folders[name]
        self.say(f"* {len(self.selected)} EXISTS")
        self.say(f"* OK [UIDVALIDITY {self.server.holds.validity}] valid")
        return "OK [READ-ONLY] done"

    def do_uid(self, rest: str) -> str:
        command, _, asked = rest.partition(" ")
        if command == "SEARCH":
            self.say("* SEARCH " + " ".join(str(kept.uid) for kept in self.sought(asked)))
        else:
            uids = {int(uid) for uid in asked.partition(" ")[0].split(",")}
            for number, kept in enumerate(self.selected, 1):
                if kept.uid in uids:
                    self.fetched(number, kept, asked)
        return "OK done"

    def sought(self, asked: str) -> list[Kept]:
        begin = re.search(r"UID (\d+):\*", asked)
        assert begin, asked
        # As real servers do: `*` is the last mail, even where that is older than asked for.
        return [kept for kept in self.selected if kept.uid >= int(begin[1])] or self.selected[-1:]

    def fetched(self, number: int, kept: Kept, asked: str) -> None:
        said = f"* {number} FETCH (UID {kept.uid} FLAGS ({kept.flags}) BODYSTRUCTURE {kept.structure}"
        if "BODY.PEEK[]<0." in asked:
            text = f"* {number} FETCH (UID {kept.uid} BODY[]<0> {{{len(kept.text)}}}\r\n"
            self.say(text.encode() + kept.text + b")")
        elif "BODY.PEEK" not in asked:
            self.say(f"{said})")
        else:
            self.say_head(said, kept)

    def say_head(self, said: str, kept: Kept) -> None:
        self.say(f"{said} BODY[HEADER] {{{len(kept.head)}}}\r\n".encode() + kept.head + b")")


class Server(socketserver.ThreadingTCPServer):
    """Listens on a port of its own."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Session)
        self.holds = Folders()


@contextmanager
def running() -> Iterator[Server]:
    """Serve while the block lasts."""
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server
        server.shutdown()
        thread.join()
