"""A timeframe that a provider lacks is made from what it has, whole bars alone, splits and all."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tradewind.core.errors import NoDataError, NoTimeframeError
from tradewind.core.panel import BarColumns
from tradewind.core.ports import BarRequest
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, parse_ns
from tradewind.data.adjustment import split
from tradewind.data.catalogue import sample_instruments
from tradewind.data.finer import fetch_raw, finer_timeframe
from tradewind.data.history import load_history, read_history
from tradewind.data.raw import RawBars
from tradewind.data.resample import resample
from tradewind.data.vendors.sample.history import SampleProvider
from tradewind.store.parquet import ParquetTables

START = parse_ns("2024-03-01")


class Minutes:
    """A provider of minutes alone, day and night; some rows are broken."""

    name = "minutes"

    def __init__(self, has: Sequence[str] = ("1m",)) -> None:
        self.has, self.asked = tuple(has), []  # type: tuple[str, ...], list[BarRequest]

    def symbols(self) -> Sequence[str]:
        return ("BTC/USD",)

    def raw_bars(self, request: BarRequest) -> RawBars:
        self.asked.append(request)
        if request.timeframe not in self.has:
            raise NoTimeframeError("It has minutes alone.", offers=self.has)
        first = -(-request.start_ns // NS_PER_MINUTE)
        minute = np.arange(first, -(-request.end_ns // NS_PER_MINUTE))
        close = 100.0 + np.sin(minute / 50.0)
        high = np.where(minute % 97 == 0, 0.5, close + 0.1)  # a high under the low, here and there
        return RawBars(
            instrument_id=request.instrument_id, timeframe="1m", ts_event=minute * NS_PER_MINUTE,
            open=close, high=high, low=close - 0.1, close=close, volume=np.ones(len(minute)),
            source="minutes", calendar="24/7",
        )  # fmt: skip

    def bars(self, request: BarRequest) -> BarColumns:
        raise NotImplementedError


@pytest.mark.parametrize(("timeframe", "length"), [("15m", 15), ("1h", 60), ("1d", 1_440)])
def test_longer_bars_are_made_of_minutes_loaded_judged_and_stored(
    tmp_path: Path, timeframe: str, length: int
) -> None:
    provider, known = Minutes(), sample_instruments()
    start, end = START + NS_PER_DAY, START + 3 * NS_PER_DAY + NS_PER_HOUR // 2
    request = BarRequest("BTC/USD.KRAKEN", timeframe, start, end)
    tables = ParquetTables(tmp_path)
    loaded = load_history(provider, [request], known, tables)["BTC/USD.KRAKEN"]
    bars = loaded.bars
    assert bars.timeframe == timeframe
    # Whole bars of the half-open span: the first ends where it starts.
    assert bars.ts_event.tolist() == list(range(start, end, length * NS_PER_MINUTE))
    assert set(bars.volume.tolist()) == {float(length)}
    last = bars.ts_event[-1] // NS_PER_MINUTE
    close = 100.0 + np.sin(np.arange(last - length + 1, last + 1) / 50.0)
    np.testing.assert_allclose(bars.high[-1], close.max() + 0.1, atol=0.11)
    assert bars.high.min() > 99.0, "a broken minute was repaired before it was hidden"
    stored = read_history(tables, "BTC/USD.KRAKEN", timeframe, start, end)
    np.testing.assert_array_equal(stored.close, bars.close)
    assert [asked.timeframe for asked in provider.asked] == [timeframe, "1m"]


def test_nothing_finer_is_the_providers_own_refusal() -> None:
    with pytest.raises(NoTimeframeError, match="minutes alone"):
        fetch_raw(
            Minutes(("4h", "1d")), BarRequest("BTC/USD.KRAKEN", "1h", START, START + NS_PER_DAY), "24/7"
        )
    with pytest.raises(NoDataError, match="no whole 1d bar"):
        fetch_raw(Minutes(), BarRequest("BTC/USD.KRAKEN", "1d", START + 1, START + NS_PER_HOUR), "24/7")


def test_the_longest_that_fits_is_taken() -> None:
    assert finer_timeframe("4h", ("1m", "15m", "1h", "1d")) == "1h"
    assert finer_timeframe("1w", ("1h", "1d")) == "1d"
    assert finer_timeframe("1m", ("1m", "5m")) == ""


def test_real_weeks_of_a_stock_that_was_split_inside_one() -> None:
    """Apple split 2 for 1 on Wednesday 2000-06-21: that week stands on the new shares, as its close does."""
    pytest.importorskip("bokeh_sampledata")
    begin, end = parse_ns("2000-05-27"), parse_ns("2000-07-15")
    made = fetch_raw(SampleProvider(), BarRequest("AAPL.XNAS", "1w", begin, end), "XNYS")
    days = SampleProvider().raw_bars(BarRequest("AAPL.XNAS", "1d", begin, end))
    new = np.where(days.ts_event < parse_ns("2000-06-21"), 0.5, 1.0)
    frame = pd.DataFrame(
        {"open": days.open, "high": days.high, "low": days.low, "close": days.close},
        index=pd.to_datetime(days.ts_event),
    )
    frame = frame.mul(np.where(frame.index >= "2000-06-19", new, 1.0), axis=0)
    weeks = frame.resample("W").agg({"open": "first", "high": "max", "low": "min", "close": "last"})
    assert len(made) == len(weeks)
    for name in ("open", "high", "low", "close"):
        np.testing.assert_allclose(getattr(made, name), weeks[name].to_numpy(), rtol=1e-12)
    assert [action.kind for action in made.actions or ()] == ["split"]
    split_week = made.ts_event.tolist().index(parse_ns("2000-06-23T20:00:00Z"))
    assert made.high[split_week] / made.low[split_week] < 1.5, "no jump by half inside the week"


def test_volume_is_counted_in_the_shares_after_the_split() -> None:
    times = START + NS_PER_HOUR * np.arange(1, 25)
    price = np.where(times < START + 12 * NS_PER_HOUR, 200.0, 100.0)
    day = BarColumns(
        instrument_id="X", timeframe="1h", ts_event=times, open=price, high=price, low=price, close=price,
        volume=np.where(price == 200.0, 10.0, 20.0), source="test",
    )  # fmt: skip
    whole = resample(day, "1d", "24/7", splits=[split("X", START + 12 * NS_PER_HOUR, 2.0)])
    assert (whole.open[0], whole.high[0], whole.volume[0]) == (100.0, 100.0, 24 * 20.0)
