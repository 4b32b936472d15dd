"""Whether the server answers, and whether the machine is fit to trade on."""

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from tradewind.api.answers import fresh_answer
from tradewind.api.follower import Follower
from tradewind.api.problems import without_folders
from tradewind.api.workers import Workers
from tradewind.core.clock import Clock
from tradewind.views.amounts import iso_or_none

CheckHealth = Callable[[], Mapping[str, object]]


def health_routes(follower: Follower, health: CheckHealth, clock: Clock, workers: Workers) -> APIRouter:
    """Routes for whoever watches the server."""
    router = APIRouter()

    def check() -> dict[str, Any]:
        checked_ts = iso_or_none(clock.now_ns())
        return {**health(), "checked_ts": checked_ts}

    shared = workers.shared("deep check", check)

    @router.get("/health")
    async def deep() -> Response:
        """The deep check, when it began, and how far the journal has been read."""
        found = await shared.result()
        problem = follower.problem()
        fault = follower.fault or (problem.detail if problem else "")
        status = "error" if fault else str(found.get("status", "ok"))
        journal = {
            "seq": follower.view.seq,
            "fault": fault,
            "caught_up": follower.caught_up.is_set(),
        }
        told = _without_folders({**found, "status": status, "journal": journal})
        return fresh_answer(told, 503 if status == "error" else 200)

    @router.get("/health/live")
    async def live() -> Response:
        """The server answers."""
        return fresh_answer({"status": "ok"})

    return router


def _without_folders(found: Any) -> Any:
    if isinstance(found, str):
        return without_folders(found)
    if isinstance(found, Mapping):
        return {key: _without_folders(value) for key, value in found.items()}
    return [_without_folders(one) for one in found] if isinstance(found, list | tuple) else found
