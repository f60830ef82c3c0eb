"""The settings, from the class that reads them and the comments that stand beside them."""

import ast
import builtins
import inspect
import types
import typing
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import SecretStr

from documentation import markdown
from documentation.markdown import code
from shared.plumbing.settings import Settings

ABOUT = """
Every setting is read from the environment (`ATTUNE_…`), from a file that `ATTUNE_…_FILE` names (for secrets),
or from `attune.toml` in the working directory (or where `ATTUNE_CONFIG` says), in this order. In the file a setting has
its name in small letters and without the prefix. What is not known is refused by name. Lists are written `a.example,
b.example`. The alerts file is described [by itself](../alerts.md), and so are the variables of
[the containers](../operations.md)."""

KNOWN = {str: "text", int: "number", bool: "true or false", Path: "path", SecretStr: "secret"}


def page() -> str:
    """Return the page."""
    said = meanings()
    rows = [
        (
            code(f"ATTUNE_{name.upper()}"),
            _type(field.annotation),
            # What follows from another setting is nothing that could be written here.
            _default(None if field.default_factory else field.default),
            said.get(name, ""),
        )
        for name, field in Settings.model_fields.items()
    ]
    return markdown.page("Settings", ABOUT, markdown.table(["Setting", "Type", "Default", "Meaning"], rows))


def meanings() -> dict[str, str]:
    """Return the sentence under each setting."""
    lines = [line for tree in ast.parse(inspect.getsource(Settings)).body for line in getattr(tree, "body", ())]
    return {
        first.target.id: " ".join(str(second.value.value).split())
        for first, second in pairwise(lines)
        if isinstance(first, ast.AnnAssign)
        and isinstance(first.target, ast.Name)
        and isinstance(second, ast.Expr)
        and isinstance(second.value, ast.Constant)
    }


def _type(annotation: Any) -> str:
    parts = get_args(annotation)
    match get_origin(annotation):
        case typing.Annotated:
            return _type(parts[0])
        case typing.Union | types.UnionType:
            return " or ".join(_type(part) for part in parts if part is not types.NoneType)
        case typing.Literal:
            return ", ".join(code(part) for part in parts if part)
        case builtins.tuple:
            return "list"
        case _:
            return KNOWN[annotation]


def _default(default: object) -> str:
    if isinstance(default, SecretStr) or default is None or default in ("", ()):
        return "unset"
    return code(str(default).lower() if isinstance(default, bool) else default)
