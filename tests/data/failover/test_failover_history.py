"""History of several sources: one answers whole, a broken one is passed over for a while."""

import numpy as np
import pytest

from tradewind.core.errors import (
    MissingKeyError,
    NetworkError,
    NoDataError,
    NoTimeframeError,
    TradewindError,
    UnknownSymbolError,
)
from tradewind.core.panel import BarColumns
from tradewind.core.ports import BarRequest
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.data.failover.history import FailoverHistory
from tradewind.data.finer import fetch_raw

DAYS = BarRequest("MSFT.XNAS", "1d", 10 * NS_PER_DAY, 20 * NS_PER_DAY)


class Shelf:
    """Has flat bars at a price of its own, or an error."""

    def __init__(self, name: str, price: float, error: TradewindError | None = None) -> None:
        self.name, self.price, self.error, self.asked, self.closed = name, price, error, 0, False

    def symbols(self) -> tuple[str, ...]:
        return (self.name.upper(),)

    def bars(self, request: BarRequest) -> BarColumns:
        self.asked += 1
        if self.error is not None:
            raise self.error
        step = NS_PER_DAY if request.timeframe == "1d" else NS_PER_DAY // 24
        ts = np.arange(request.start_ns, request.end_ns, step)
        price = np.full(len(ts), self.price)
        return BarColumns(
            instrument_id=request.instrument_id, timeframe=request.timeframe, ts_event=ts, open=price,
            high=price, low=price, close=price, volume=np.ones(len(ts)), source=self.name,
        )  # fmt: skip

    def close(self) -> None:
        self.closed = True


class Moment:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def row(*shelves: Shelf) -> tuple[FailoverHistory, Moment]:
    moment = Moment()
    return FailoverHistory([(s.name, lambda s=s: s) for s in shelves], moment), moment  # type: ignore[misc]


def test_an_answer_is_one_sources_and_says_whose() -> None:
    first, second = Shelf("first", 10.0), Shelf("second", 20.0)
    history, _ = row(first, second)
    assert history.bars(DAYS).source == "first"
    first.error = NetworkError("No route.", "Wait.")
    found = history.bars(DAYS)
    assert (found.source, set(found.close)) == ("second", {20.0})
    assert history.symbols() == ("FIRST", "SECOND")
    history.close()
    assert first.closed
    assert second.closed


def test_a_broken_source_is_asked_again_only_after_a_while_and_then_comes_first() -> None:
    first, second = Shelf("first", 10.0, NetworkError("No route.", "Wait.")), Shelf("second", 20.0)
    history, moment = row(first, second)
    assert history.bars(DAYS).source == "second"
    first.error = None
    moment.now_s = 29.0
    assert history.bars(DAYS).source == "second"
    assert first.asked == 1
    moment.now_s = 31.0
    assert history.bars(DAYS).source == "first"
    moment.now_s = 32.0
    first.error = NetworkError("No route.", "Wait.")
    second.error = NetworkError("No route either.", "Wait.")
    with pytest.raises(NetworkError):
        history.bars(DAYS)
    second.error = None
    assert history.bars(DAYS).source == "second", "where all are out, all are asked"


@pytest.mark.parametrize(
    "error",
    [UnknownSymbolError("Never heard.", ""), NoDataError("Nothing.", ""), MissingKeyError("No key.", "")],
)
def test_what_one_lacks_the_next_may_have(error: TradewindError) -> None:
    history, _ = row(Shelf("first", 10.0, error), Shelf("second", 20.0))
    assert history.bars(DAYS).source == "second"


def test_where_nobody_has_it_the_first_ones_error_stands_with_the_others_words() -> None:
    first = Shelf("first", 10.0, UnknownSymbolError("Never heard.", "Name another."))
    history, _ = row(first, Shelf("second", 20.0, NetworkError("No route.", "Wait.")))
    with pytest.raises(UnknownSymbolError, match=r"Never heard\. .* second: No route\. Name another\."):
        history.bars(DAYS)


def test_a_fault_of_ours_is_not_hidden_by_the_next_source() -> None:
    broken = Shelf("first", 10.0, ZeroDivisionError())  # type: ignore[arg-type]
    history, _ = row(broken, Shelf("second", 20.0))
    with pytest.raises(ZeroDivisionError):
        history.bars(DAYS)


def test_a_timeframe_that_all_lack_is_made_of_finer_bars() -> None:
    class Hourly(Shelf):
        def bars(self, request: BarRequest) -> BarColumns:
            if request.timeframe != "1h":
                raise NoTimeframeError("Hours alone.", "", offers=("1h",))
            return super().bars(request)

    history, _ = row(Hourly("first", 10.0), Hourly("second", 20.0))
    found = fetch_raw(history, BarRequest("BTC/USD.X", "4h", 10 * NS_PER_DAY, 12 * NS_PER_DAY), "24/7")
    assert (found.timeframe, found.source) == ("4h", "first")
