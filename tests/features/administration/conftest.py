"""Fixtures of the administration tests: an administrator, and a worker with a mail server."""

import pytest

from shared.actor import Actor
from shared.contract.shapes import SiteRole
from tests.support.world_builder import World
from tests.worker.conftest import settings as settings_with_mail
from tests.worker.conftest import smtp, worker

__all__ = ["smtp", "worker"]

settings = settings_with_mail


@pytest.fixture
async def ada(world: World) -> Actor:
    """An administrator."""
    return await world.user("Ada", site_role=SiteRole.ADMIN)
