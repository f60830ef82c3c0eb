"""Stories on a fresh database."""

import asyncpg
import pytest

from tests.integration.alerts.story import Story


@pytest.fixture
async def story(connection: asyncpg.Connection) -> Story:
    """A model in force and nobody on the roster yet."""
    story = Story(connection)
    await story.model()
    return story
