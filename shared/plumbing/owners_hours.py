"""Reads each owner's hours from the file that ATTUNE_ALERTS_FILE names; alerts checks the rest of it."""

import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from shared.errors import Refused
from shared.hours import Hours
from shared.planning.calendar import working


class _Owner(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")
    hours: Hours | None = None


class OwnersHours(BaseModel):
    """What the file says of hours."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    hours: Hours = Hours()
    owners: dict[str, _Owner] = {}

    def of(self, owner: str) -> Hours:
        """Return when the owner works."""
        return working((self.owners.get(owner) or _Owner()).hours or self.hours)


def read_hours(path: Path | None) -> OwnersHours:
    """Return the hours in the file, or nine to five on weekdays; raise Refused naming field and rule."""
    if path is None:
        return OwnersHours()
    try:
        return OwnersHours.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Refused(f"ATTUNE_ALERTS_FILE: {path} cannot be read: {error}") from error
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        field = ".".join(map(str, first["loc"]))
        raise Refused(f"ATTUNE_ALERTS_FILE: {path}: {field}: {first['msg']}") from None
