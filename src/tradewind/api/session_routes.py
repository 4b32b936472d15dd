"""What can be asked about the session as it stands."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from tradewind.api import answered
from tradewind.api.answers import Page, R, answer, page_of
from tradewind.api.follower import Follower
from tradewind.api.schemas import described
from tradewind.views.rows import Changes

LONGEST_PAGE = 500
_MOST = 2**63 - 1
PageSize = Annotated[int, Query(ge=1, le=LONGEST_PAGE, description="Most rows of the answer.")]
Before = Annotated[
    int | None, Query(ge=1, le=_MOST, description="Only rows that changed before this record.")
]
Symbol = Annotated[
    str,
    Query(
        max_length=64, description="Only the instrument that this means, as AAPL or AAPL.XNAS; empty for all."
    ),
]


def session_routes(follower: Follower) -> APIRouter:
    """Routes that read the follower's session."""
    router = APIRouter(dependencies=[as_it_stands(follower)])
    _add_sections(router, follower)
    _add_pages(router, follower)
    return router


def as_it_stands(follower: Follower) -> Any:
    """Dependency of a route that shows the session: refused while what is known is not how it stands."""

    async def check() -> None:
        follower.check()

    return Depends(check)


def _add_sections(router: APIRouter, follower: Follower) -> None:
    @router.get("/snapshot", responses=described(Changes, 409, 410), response_class=Response)
    async def snapshot(
        request: Request,
        since: Annotated[int, Query(ge=0, le=_MOST, description="What is known already.")] = 0,
    ) -> Response:
        """The whole session, or what changed after record ``since``."""
        return answer(request, follower, follower.frame(since))

    @router.get("/session", responses=described(answered.SessionBody, 409, 410), response_class=Response)
    async def session(request: Request) -> Response:
        """The session, its account and its counters."""
        whole = follower.whole()
        body = answered.SessionBody(
            seq=whole.seq,
            ts=whole.ts,
            session=whole.session,
            account=whole.account,
            counters=whole.counters,
        )
        return answer(request, follower, body)

    @router.get("/equity", responses=described(answered.EquityBody, 409, 410), response_class=Response)
    async def equity(request: Request) -> Response:
        """The equity curve, oldest first."""
        whole = follower.whole()
        return answer(request, follower, answered.EquityBody(seq=whole.seq, points=whole.curve))

    @router.get("/market", responses=described(answered.MarketBody, 409, 410), response_class=Response)
    async def market(request: Request) -> Response:
        """All instruments with price and latest call."""
        whole = follower.whole()
        return answer(request, follower, answered.MarketBody(seq=whole.seq, items=whole.market))

    @router.get("/positions", responses=described(answered.PositionsBody, 409, 410), response_class=Response)
    async def positions(request: Request) -> Response:
        """All positions, open and flat."""
        whole = follower.whole()
        return answer(request, follower, answered.PositionsBody(seq=whole.seq, items=whole.positions))

    @router.get("/models", responses=described(answered.ModelsBody, 409, 410), response_class=Response)
    async def models(request: Request) -> Response:
        """All models with the verdict of the promotion gate."""
        whole = follower.whole()
        return answer(request, follower, answered.ModelsBody(seq=whole.seq, items=whole.models))

    @router.get("/breakers", responses=described(answered.BreakersBody, 409, 410), response_class=Response)
    async def breakers(request: Request) -> Response:
        """Breakers that have tripped, and whether they are armed again."""
        whole = follower.whole()
        return answer(request, follower, answered.BreakersBody(seq=whole.seq, items=whole.breakers))

    @router.get("/feeds", responses=described(answered.FeedsBody, 409, 410), response_class=Response)
    async def feeds(request: Request) -> Response:
        """Feeds and their status."""
        whole = follower.whole()
        return answer(request, follower, answered.FeedsBody(seq=whole.seq, items=whole.feeds))


def _add_pages(router: APIRouter, follower: Follower) -> None:
    @router.get("/forecasts", responses=described(answered.ForecastsPage, 409, 410), response_class=Response)
    async def forecasts(
        request: Request, symbol: Symbol = "", limit: PageSize = 100, before: Before = None
    ) -> Response:
        """Each model's latest word on each instrument, newest first."""
        wanted = follower.instrument_id(symbol)
        rows = [row for row in follower.whole().forecasts if wanted in ("", row.instrument_id)]
        return answer(request, follower, _page(rows, follower, limit, before))

    @router.get("/decisions", responses=described(answered.DecisionsPage, 409, 410), response_class=Response)
    async def decisions(
        request: Request, symbol: Symbol = "", limit: PageSize = 50, before: Before = None
    ) -> Response:
        """The latest decisions with all that led to them, newest first; older ones are in ``records``."""
        wanted = follower.instrument_id(symbol)
        rows = [row for row in follower.whole().decisions if wanted in ("", row.instrument_id)]
        return answer(request, follower, _page(rows, follower, limit, before))

    @router.get("/orders", responses=described(answered.OrdersPage, 409, 410), response_class=Response)
    async def orders(
        request: Request,
        state: Annotated[Literal["open", "closed", "all"], Query(description="Which orders.")] = "all",
        symbol: Symbol = "",
        limit: PageSize = 50,
        before: Before = None,
    ) -> Response:
        """Open orders and the latest that came to an end; older ones are in ``records``."""
        whole = follower.whole()
        rows = [
            *((whole.open_orders or []) if state != "closed" else []),
            *(whole.closed_orders if state != "open" else []),
        ]
        wanted = follower.instrument_id(symbol)
        rows = [row for row in rows if wanted in ("", row.instrument_id)]
        return answer(request, follower, _page(rows, follower, limit, before))

    @router.get("/refusals", responses=described(answered.RefusalsPage, 409, 410), response_class=Response)
    async def refusals(request: Request, limit: PageSize = 50, before: Before = None) -> Response:
        """The latest orders that a limit stood against."""
        return answer(request, follower, _page(follower.whole().refusals, follower, limit, before))

    @router.get("/notices", responses=described(answered.NoticesPage, 409, 410), response_class=Response)
    async def notices(request: Request, limit: PageSize = 50, before: Before = None) -> Response:
        """What a person should see, newest first."""
        return answer(request, follower, _page(follower.whole().notices, follower, limit, before))


def _page(rows: list[R], follower: Follower, limit: int, before: int | None) -> Page:
    return page_of(rows, follower.view.seq, limit, before)
