"""What happened on one instrument, and what the trades brought: bars with fills, and closed trades."""

from contextlib import closing
from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from tradewind.api import answered
from tradewind.api.answers import fresh_answer
from tradewind.api.follower import Follower
from tradewind.api.problems import ProblemError
from tradewind.api.schemas import described
from tradewind.api.session_routes import PageSize, Symbol, as_it_stands
from tradewind.api.workers import Workers
from tradewind.app.session.trades_so_far import TradesFollower, TradesSoFar
from tradewind.views.session.price_history import PriceHistory, price_history

MOST_BARS = 2_000
Instrument = Annotated[str, Path(max_length=64, description="The instrument, as AAPL or AAPL.XNAS.")]
BarCount = Annotated[int, Query(ge=1, le=MOST_BARS, description="Most bars of the answer.")]
TimeframeName = Annotated[
    str, Query(max_length=16, description="Bars of this timeframe; empty for that of the strategy.")
]


def history_routes(follower: Follower, workers: Workers) -> APIRouter:
    """Routes that read bars, fills and closed trades from the journal, bounded."""
    router = APIRouter(dependencies=[as_it_stands(follower)])
    _add_bars(router, follower, workers)
    _add_trades(router, follower, workers)
    return router


def _add_bars(router: APIRouter, follower: Follower, workers: Workers) -> None:
    @router.get(
        "/bars/{instrument_id:path}",
        responses=described(answered.BarsBody, 404, 409, 410),
        response_class=Response,
    )
    async def bars(
        instrument_id: Instrument, limit: BarCount = 300, timeframe: TimeframeName = ""
    ) -> Response:
        """The latest bars of an instrument, oldest first, with the fills on them: entries and exits."""
        view = follower.view
        if not view.instruments:
            message = "There is no session yet, and so no instrument."
            raise ProblemError(404, message, "Ask again once it has started.")
        instrument = view.instruments[follower.instrument_id(instrument_id)]
        # Together, before anything else is read: what is held belongs to the very record that is read up to.
        seq, held_lots = view.seq, view.held_lots(instrument.id)

        def read() -> PriceHistory:
            with closing(follower.open_reader()) as reader:
                return price_history(reader, instrument, timeframe, limit, seq + 1, held_lots)

        found = await workers.reads.run(read)
        body = answered.BarsBody(
            seq=seq,
            instrument_id=instrument.id,
            timeframe=found.timeframe,
            timeframes=found.timeframes,
            bars=found.bars,
            marks=found.marks,
        )
        return fresh_answer(body)


def _add_trades(router: APIRouter, follower: Follower, workers: Workers) -> None:
    trades = TradesFollower()

    def look() -> TradesSoFar:
        with closing(follower.open_reader()) as reader:
            return trades.up_to(reader, follower.view.seq)

    shared = workers.shared("look at the closed trades", look)

    @router.get("/trades", responses=described(answered.TradesBody, 404, 409, 410), response_class=Response)
    async def closed_trades(symbol: Symbol = "", limit: PageSize = 50) -> Response:
        """Closed trades, latest exit first, and profit by instrument over all of them."""
        wanted = follower.instrument_id(symbol)
        found = await shared.result()
        items = [row for row in found.latest if wanted in ("", row.instrument_id)]
        by_symbol = [row for row in found.by_symbol if wanted in ("", row.instrument_id)]
        body = answered.TradesBody(
            seq=found.seq, items=items[:limit], by_symbol=by_symbol, closed=found.closed, open=found.open
        )
        return fresh_answer(body)
