"""Opens a channel that somebody wrote for themselves: attune needs to know its name and no more."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from services.alerts.delivery import Channel
from shared.errors import Refused


def own(name: str, use: str, options: Mapping[str, Any]) -> Channel:
    """Return what `module:name` makes of the channel's name and its options; raise Refused where it makes none."""
    module, _, maker = use.partition(":")
    try:
        made: Channel = getattr(import_module(module), maker)(name, **options)
    except Refused:
        raise
    except Exception as error:  # whatever a stranger's module does when it is asked for
        # Not its words: they may quote an option, and that may be a secret.
        raise Refused(f"channels: {name}: {use} makes no channel: {type(error).__name__}") from error
    missing = [each for each in ("name", "send", "close") if not hasattr(made, each)]
    if missing:
        raise Refused(f"channels: {name}: what {use} makes has no {', '.join(missing)}")
    return made
