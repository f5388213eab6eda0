"""The part `sign-in`: attacks on each way to a session and on what it proves, by family."""

import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count
from typing import Any

import httpx

from shared.clock import monotonic
from tests.attack.sign_in import (
    brute_force,
    confusion,
    downgrade,
    fixation,
    linking,
    oracle,
    replay,
)
from tests.attack.sign_in.scene import Scene, Sites
from tests.support.api_server import served
from tests.support.attack.tally import Tally
from tests.support.attack.target import Target, client_of
from tests.support.services.provider import SigningProvider
from tests.support.settings import changed_settings

log = logging.getLogger(__name__)

FAMILIES: tuple[tuple[str, Callable[[Scene], Awaitable[None]]], ...] = (
    ("confusion", confusion.run),
    ("replay", replay.run),
    ("fixation", fixation.run),
    ("linking", linking.run),
    ("downgrade", downgrade.run),
    ("brute force", brute_force.run),
    ("oracle", oracle.run),
)
# The others hash passwords for half a minute; tests/features/sign_in has their cases one by one.
QUICK_FAMILIES = ("fixation", "linking", "downgrade")


async def run(target: Target, tally: Tally) -> None:
    async with _scenes(target) as scene_of:
        for name, attack in FAMILIES:
            if target.is_quick and name not in QUICK_FAMILIES:
                continue
            scene = scene_of(name)
            found, began = scene.tally, monotonic()
            try:
                await attack(scene)
            except Exception as error:
                # The other families run all the same.
                log.debug("sign-in %s", name, exc_info=error)
                found.fail(f"{name}: {type(error).__name__}: {error}")
            log.info(
                "sign-in %s: %d tried, %d refused, %d failed in %.1f s",
                name, found.tried, found.refused, len(found.failures), monotonic() - began,
            )  # fmt: skip
            tally.tried += found.tried
            tally.refused += found.refused
            tally.failures += found.failures


@asynccontextmanager
async def _scenes(target: Target) -> AsyncIterator[Callable[[str], Scene]]:
    """Yield what makes a scene for a family; the families share the servers."""
    async with AsyncExitStack() as stack:
        corp = await stack.enter_async_context(SigningProvider())
        other = await stack.enter_async_context(SigningProvider(id="other"))

        async def site(**changes: Any) -> tuple[httpx.AsyncClient, str]:
            node = await stack.enter_async_context(
                served(changed_settings(target.settings, **changes))
            )
            return await stack.enter_async_context(client_of(node)), node.socket_url

        providers = json.dumps([corp.setting(), other.setting()])
        strict, strict_socket_url = await site(require_second_factor="everyone")
        sites = Sites(
            target.client,
            (await site(oidc_providers=providers))[0],
            (await site(rate_limits=True))[0],
            strict,
            strict_socket_url,
        )
        numbers = count()
        yield lambda name: Scene(
            target, Tally(name), sites, corp, other, name.replace(" ", "-"), numbers
        )
