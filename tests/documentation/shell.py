"""Runs the blocks of a page as a reader would: one after the other, in one shell and one directory."""

import asyncio
import json
import os
import subprocess
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg

from shared.plumbing.embedded.runtime import Runtime
from tests.documentation.blocks import ROOT, Block

USUAL_PORTS = {"8471": "ingest", "8472": "projector", "8473": "alerts", "8474": "console"}
WITHIN_SECONDS = 100
KEEP = '\ncode=$?\nexport -p > "$SHELL_KEPT"\nexit $code\n'


@dataclass
class Shell:
    """A reader's terminal, beside the attune that runs in `home`."""

    home: Path
    directory: Path
    kept: Path = field(init=False)

    def __post_init__(self) -> None:
        self.directory.mkdir()
        # Readers stand in a checkout.
        (self.directory / "docs").symlink_to(ROOT / "docs")
        self.kept = self.directory / ".kept"
        self.kept.touch()

    async def run(self, block: Block) -> None:
        """Run a block; raise AssertionError with what it printed where it fails."""
        match block.language:
            case _ if block.said("file"):
                (self.directory / str(block.said("file"))).write_text(block.text)
            case "bash":
                await self._bash(block)
            case "python":
                await self._command([sys.executable, "-c", block.text], block)
            case "sql":
                await self._sql(block)
            case "json":
                json.loads(block.text)
            case "toml":
                tomllib.loads(block.text)
            case "text" | "csv" | "javascript":
                return
            case other:
                raise AssertionError(f"{block.where} names no language that can be tried ({other!r})")

    async def _bash(self, block: Block) -> None:
        text = block.text
        if runtime := Runtime.read(self.home):
            for port, service in USUAL_PORTS.items():
                text = text.replace(f"127.0.0.1:{port}", runtime.http[service])
        # -e by hand: what is exported is to be kept although the last line fails.
        await self._command(["bash", "-c", f'. "$SHELL_KEPT"\nset -e\ntrap {_quoted(KEEP)} EXIT\n{text}'], block)

    async def _command(self, words: list[str], block: Block) -> None:
        done = await asyncio.to_thread(
            subprocess.run,
            words,
            cwd=self.directory,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=WITHIN_SECONDS,
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == 0, f"{block.where} left with {done.returncode}\n{done.stdout}\n{done.stderr}"

    async def _sql(self, block: Block) -> None:
        runtime = Runtime.read(self.home)
        assert runtime, "attune does not run"
        connection = await asyncpg.connect(runtime.database_url)
        try:
            if block.mark != "as owner":
                await connection.execute("set role attune_reader")
            await connection.execute(block.text)
        except asyncpg.PostgresError as error:
            raise AssertionError(f"{block.where}: {error}") from error
        finally:
            await connection.close()

    def environment(self) -> dict[str, Any]:
        programs = str(Path(sys.executable).parent)
        anywhere = {f"ATTUNE_{name.upper()}_HTTP": "127.0.0.1:0" for name in USUAL_PORTS.values()}
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("ATTUNE_")},
            **anywhere,
            "ATTUNE_DIRECTORY": str(self.home),
            "ATTUNE_NATS_SYNC_INTERVAL": "2m",
            "PYTHONPATH": str(ROOT),
            "PATH": f"{programs}:{os.environ['PATH']}",
            "HOME": str(self.directory),
            "SHELL_KEPT": str(self.kept),
        }


def _quoted(script: str) -> str:
    return "'" + script.replace("'", "'\\''") + "'"
