"""What can be asked of the journal itself: its records, its check, and why an order exists."""

from collections.abc import Callable
from contextlib import closing
from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from tradewind.api import answered
from tradewind.api.answers import fresh_answer
from tradewind.api.follower import Follower, OpenedReader
from tradewind.api.problems import without_folders
from tradewind.api.schemas import described
from tradewind.api.session_routes import LONGEST_PAGE, PageSize, Symbol, as_it_stands
from tradewind.api.workers import Pool, Workers
from tradewind.core.clock import Clock
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
CheckIndexes = Callable[[], None]
"""JournalBrokenError where an index does not agree with the records."""


def record_routes(follower: Follower, reads: Pool, check_indexes: CheckIndexes) -> APIRouter:
    """Routes that read the journal, in the threads of ``reads``, each with a reader of its own.

    An explanation looks records up, so ``check_indexes`` is asked first each time: an index that hides some
    would leave out of the story what happened.
    """
    router = APIRouter(dependencies=[as_it_stands(follower)])
    _add_explanations(router, follower, reads, check_indexes)
    _add_records(router, follower, reads)
    return router


def verify_routes(follower: Follower, verify: Verify, clock: Clock, workers: Workers) -> APIRouter:
    """The route that checks the whole journal; it answers also where the session cannot be shown."""
    router = APIRouter()
    shared = workers.shared("check of the journal", lambda: _checked(follower, verify, clock))

    @router.get("/journal/verify", responses=described(answered.VerifyBody, 404), response_class=Response)
    async def verified() -> Response:
        """Check every record and the hash chain of the whole journal; who asks meanwhile shares the check."""
        return fresh_answer(await shared.result())

    return router


def _add_explanations(
    router: APIRouter, follower: Follower, reads: Pool, check_indexes: CheckIndexes
) -> None:
    @router.get(
        "/orders/{client_order_id:path}/explain",
        responses=described(Explanation, 404, 409, 410),
        response_class=Response,
    )
    async def explain(client_order_id: OrderId) -> Response:
        """Why the order exists and what became of it, in words and numbers, from the journal alone."""

        def told() -> Explanation:
            check_indexes()
            with closing(follower.open_reader()) as reader:
                return explain_order(reader, client_order_id, follower.name_of)

        return fresh_answer(await reads.run(told))

    @router.get("/refusals/explain", responses=described(Explanation, 404, 409, 410), response_class=Response)
    async def explain_nothing(symbol: Symbol = "") -> Response:
        """Why there is no order: what came nearest to one, and what stood against it."""

        def told() -> Explanation:
            check_indexes()
            with closing(follower.open_reader()) as reader:
                return explain_refusal(reader, follower.instrument_id(symbol))

        return fresh_answer(await reads.run(told))


def _add_records(router: APIRouter, follower: Follower, reads: Pool) -> None:
    @router.get("/records", responses=described(answered.RecordsPage, 404, 409, 410), response_class=Response)
    async def records(
        start: Annotated[int, Query(ge=1, le=_MOST, description="First record.")] = 1,
        limit: PageSize = 100,
        tail: Annotated[
            int, Query(ge=0, le=LONGEST_PAGE, description="The last so many instead; 0 for none.")
        ] = 0,
    ) -> Response:
        """Journal records as they are, in order."""
        seq = follower.view.seq
        if tail:
            start, limit = max(seq - tail + 1, 1), tail
        items = await reads.run(_records, follower.open_reader, start, min(start + limit, seq + 1))
        following = start + limit if start + limit <= seq else None
        return fresh_answer(answered.RecordsPage(seq=seq, items=items, next=following))


def _records(open_reader: Callable[[], OpenedReader], start: int, stop: int) -> list[answered.RecordRow]:
    """Records with ``start <= seq < stop``; no other is read."""
    with closing(open_reader()) as reader:
        return [
            answered.RecordRow(
                seq=record.seq,
                cause=record.cause,
                version=record.version,
                hash=record.hash.hex(),
                event=msgspec.to_builtins(record.event),
            )
            for record in reader.read(start, stop)
        ]


def _checked(follower: Follower, verify: Verify, clock: Clock) -> answered.VerifyBody:
    checked_ts = iso_or_none(clock.now_ns())
    try:
        report = verify()
    except JournalBrokenError as error:
        return answered.VerifyBody(
            seq=follower.view.seq,
            checked_ts=checked_ts,
            verified=False,
            records=max(error.seq - 1, 0),
            first_ts=None,
            last_ts=None,
            root_hash="",
            detail=without_folders(str(error)),
        )
    return answered.VerifyBody(
        seq=follower.view.seq,
        checked_ts=checked_ts,
        verified=True,
        records=report.records,
        first_ts=iso_or_none(report.first_ts),
        last_ts=iso_or_none(report.last_ts),
        root_hash=report.root_hash,
        detail=f"All {report.records} records hold.",
    )
