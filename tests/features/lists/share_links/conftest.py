"""Fixtures for tests of share links and their guests."""

import pytest
from fastapi import FastAPI

from shared.resources import Resources
from tests.support.world_builder import World


@pytest.fixture
def served(app: FastAPI) -> Resources:
    """The resources of the application, whose cache of actors forgets who loses access."""
    opened: Resources = app.state.resources
    return opened


@pytest.fixture
def world(served: Resources) -> World:
    return World(served)
