"""What can be asked of the journal itself: its records, its check, and why an order exists."""

import asyncio
from collections.abc import Callable
from itertools import islice
from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from tradewind.api import answered
from tradewind.api.answers import answer
from tradewind.api.follower import Follower
from tradewind.api.schemas import described
from tradewind.api.session_routes import Limit, Symbol
from tradewind.core.errors import JournalBrokenError
from tradewind.views.amounts import iso_or_none
from tradewind.views.explanation.explain import explain_order
from tradewind.views.explanation.refusal import explain_refusal
from tradewind.views.explanation.steps import Explanation

OrderId = Annotated[str, Path(max_length=200, description="The order's client_order_id.")]
_MOST = 2**63 - 1


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """What a check of the whole journal found. Times are UTC ns, 0 when it is empty."""

    records: int
    first_ts: int
    last_ts: int
    root_hash: str


Verify = Callable[[], Verified]


def record_routes(follower: Follower, verify: Verify) -> APIRouter:
    """Routes that read the journal."""
    router = APIRouter()
    _add_explanations(router, follower)
    _add_records(router, follower, verify)
    return router


def _add_explanations(router: APIRouter, follower: Follower) -> None:
    @router.get(
        "/orders/{client_order_id:path}/explain",
        responses=described(Explanation, 404),
        response_class=Response,
    )
    async def explain(request: Request, client_order_id: OrderId) -> Response:
        """Why the order exists and what became of it, in words and numbers, from the journal alone."""
        told = await asyncio.to_thread(explain_order, follower.reader, client_order_id)
        return answer(request, follower, told)

    @router.get("/refusals/explain", responses=described(Explanation, 404), response_class=Response)
    async def explain_nothing(request: Request, symbol: Symbol = "") -> Response:
        """Why there is no order: what came nearest to one, and what stood against it."""
        told = await asyncio.to_thread(explain_refusal, follower.reader, follower.instrument_id(symbol))
        return answer(request, follower, told)


def _add_records(router: APIRouter, follower: Follower, verify: Verify) -> None:
    @router.get("/records", responses=described(answered.RecordsPage, 404), response_class=Response)
    async def records(
        request: Request,
        start: Annotated[int, Query(ge=1, le=_MOST, description="First record.")] = 1,
        limit: Limit = 100,
    ) -> Response:
        """Journal records as they are, in order."""
        return answer(request, follower, await asyncio.to_thread(_records, follower, start, limit))

    @router.get("/journal/verify", responses=described(answered.VerifyBody, 404), response_class=Response)
    async def verified(request: Request) -> Response:
        """Check every record and the hash chain of the whole journal."""
        return answer(request, follower, await asyncio.to_thread(_checked, follower, verify))


def _records(follower: Follower, start: int, limit: int) -> answered.RecordsPage:
    found = list(islice(follower.reader.read(start), limit + 1))
    items = [
        answered.RecordRow(
            seq=record.seq,
            cause=record.cause,
            version=record.version,
            hash=record.hash.hex(),
            event=msgspec.to_builtins(record.event),
        )
        for record in found[:limit]
    ]
    following = found[limit].seq if len(found) > limit else None
    return answered.RecordsPage(seq=follower.view.seq, items=items, next=following)


def _checked(follower: Follower, verify: Verify) -> answered.VerifyBody:
    try:
        report = verify()
    except JournalBrokenError as error:
        return answered.VerifyBody(
            seq=follower.view.seq,
            verified=False,
            records=max(error.seq - 1, 0),
            first_ts=None,
            last_ts=None,
            root_hash="",
            detail=str(error),
        )
    return answered.VerifyBody(
        seq=follower.view.seq,
        verified=True,
        records=report.records,
        first_ts=iso_or_none(report.first_ts),
        last_ts=iso_or_none(report.last_ts),
        root_hash=report.root_hash,
        detail=f"All {report.records} records hold.",
    )
