"""The version has one place, pyproject.toml; what must repeat it says the same."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[3]
VERSION: str = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


def test_attune_says_which_version_it_is() -> None:
    program = [sys.executable, "-m", "services.cli.app", "--version"]

    assert subprocess.run(program, capture_output=True, text=True, check=True).stdout == f"attune, version {VERSION}\n"


def test_images_are_called_and_labelled_by_the_version() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    composed = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["ingest"]

    assert re.findall(r"^ARG VERSION=(.*)$", dockerfile, re.MULTILINE) == [VERSION]
    assert 'org.opencontainers.image.version="$VERSION"' in dockerfile
    assert composed["image"] == f"attune:${{ATTUNE_VERSION:-{VERSION}}}"
    assert composed["build"]["args"]["VERSION"] == f"${{ATTUNE_VERSION:-{VERSION}}}"


def test_the_label_of_the_base_is_the_base() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()

    bases = {line.split()[1] for line in dockerfile.splitlines() if line.startswith("FROM")}
    assert set(re.findall(r'image\.base\.name="([^"]+)"', dockerfile)) == bases


def test_every_release_has_an_upgrade_note() -> None:
    released = re.findall(r"^## \[([^\]]+)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    noted = re.findall(r"^### (\S+)$", (ROOT / "docs" / "upgrading.md").read_text(), re.MULTILINE)

    assert released
    assert set(released) <= set(noted)
    assert VERSION in noted


def test_the_image_with_traces_has_opentelemetry_and_nothing_else_differs() -> None:
    usual, traced = (
        set(re.findall(r"^[\w.\[\]-]+==\S+", (ROOT / name).read_text(), re.MULTILINE))
        for name in ("requirements.lock", "requirements-traces.lock")
    )

    assert usual < traced
    assert {pin.partition("==")[0] for pin in traced - usual} >= {"opentelemetry-sdk"}
