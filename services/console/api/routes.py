"""The API as an application of its own, so that its errors are problems and its description is complete."""

from fastapi import FastAPI

from services.console import refusing
from services.console.means import Means


def application(means: Means) -> FastAPI:
    """Return the API around the console's means."""
    made = FastAPI(title="attune", version="1", docs_url=None, redoc_url=None)
    made.state.means = means
    refusing.install_problems(made)
    return made
