"""Finds the statement in a service's `sql/` folder: one named query per file."""

from functools import cache
from importlib.resources import files


@cache
def query(package: str, name: str) -> str:
    """Return the text of `sql/<name>.sql` in the package."""
    return files(package).joinpath("sql", f"{name}.sql").read_text("utf-8")
