"""The projector's commands."""
