"""Bars that a source missed, asked of it and then of the others, in a thread."""

import asyncio
from collections.abc import Sequence

from tradewind.core.errors import DataError, NoDataError, TradewindError
from tradewind.core.market import Bar
from tradewind.core.ports import BarRequest
from tradewind.data.failover.sources import Source
from tradewind.data.streams.bar_events import bars_as_events


async def fetch_hole(
    row: Sequence[Source], instrument_id: str, timeframe: str, hole: tuple[int, int], now_ns: int
) -> list[Bar]:
    """Closed bars with ``first <= ts_event < end``; none where the first source that answers has none.

    Raises
    ------
    TradewindError
        No source answered; the last one's word.
    """
    request = BarRequest(instrument_id, timeframe, *hole)
    last: TradewindError | None = None
    for source in row:
        try:
            found = await asyncio.to_thread(source.fetch_bars, request)
        except NoDataError:
            return []
        except TradewindError as error:
            last = error
        else:
            return bars_as_events(found, now_ns)
    raise last or DataError(f"Nobody is there to be asked for bars of {instrument_id}.")
