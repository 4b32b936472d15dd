"""Bars come back from the store to the last bit, with all that is told of them."""

import csv
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tradewind.core.errors import CorruptFileError, StoreError
from tradewind.core.panel import BAR_COLUMNS, BarColumns
from tradewind.store.bars import BarSeries, load_bars, load_series, save_bars, stored_range, stored_series
from tradewind.store.export import export_csv, export_parquet
from tradewind.store.parquet import ParquetTables

MakeBars = Callable[..., BarColumns]


def same(left: BarColumns, right: BarColumns) -> bool:
    """Equal to the last bit, flags and types too."""
    arrays_equal = all(
        getattr(left, n).tobytes() == getattr(right, n).tobytes()
        and getattr(left, n).dtype == getattr(right, n).dtype
        for n in ("ts_event", *BAR_COLUMNS)
    )
    flags = ("instrument_id", "timeframe", "source", "synthetic", "has_ohlc", "has_volume", "adjusted")
    return arrays_equal and all(getattr(left, n) == getattr(right, n) for n in flags)


@st.composite
def drawn_bars(draw: st.DrawFn) -> BarColumns:
    times = draw(st.lists(st.integers(-(2**63), 2**63 - 1), unique=True, max_size=6).map(sorted))
    floats = arrays(np.float64, len(times), elements=st.floats())
    return BarColumns(
        draw(st.sampled_from(["BTC/USD", "^GSPC", "EURUSD=X", "a b", "日経"])),
        draw(st.sampled_from(["1m", "1d"])),
        np.array(times, dtype=np.int64),
        *(draw(floats) for _ in BAR_COLUMNS),
        source=draw(st.text(st.characters(codec="utf-8"), max_size=8)),
        synthetic=draw(st.booleans()),
        has_ohlc=draw(st.booleans()),
        has_volume=draw(st.booleans()),
        adjusted=draw(st.booleans()),
    )


@settings(deadline=None, max_examples=60)
@given(drawn_bars(), st.integers(-(2**63), 2**63 - 1))
def test_round_trip(bars: BarColumns, start: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = ParquetTables(Path(folder))
        save_bars(store, bars)
        assert not save_bars(store, bars).changed
        loaded = load_bars(store, bars.instrument_id, bars.timeframe)
        assert same(loaded, bars)
        assert loaded.close.flags.writeable
        assert same(
            load_bars(store, bars.instrument_id, bars.timeframe, start, 2**63 - 1),
            bars.between(start, 2**63 - 1),
        )
        assert stored_series(store) == [
            BarSeries(bars.instrument_id, bars.timeframe, bars.source, bars.adjusted)
        ]


def test_overlapping_fetches_grow_one_series(tmp_path: Path, make_bars: MakeBars) -> None:
    store = ParquetTables(tmp_path)
    whole = make_bars(length=200)
    (series,) = [BarSeries("AAPL", "1d", "synthetic", False)]
    assert stored_range(store, series) is None
    times = whole.ts_event
    for start, stop in ((100, 150), (0, 60), (140, 200), (50, 110), (20, 30)):
        save_bars(store, whole.between(int(times[start]), int(times[stop - 1]) + 1))
    assert same(load_bars(store, "AAPL", "1d"), whole)
    assert stored_range(store, series) == (times[0], times[-1])
    revised = replace(whole.between(int(times[7]), int(times[9])), close=np.array([1.0, 2.0]))
    save_bars(store, revised)
    loaded = load_bars(store, "AAPL", "1d", int(times[6]), int(times[10]))
    assert loaded.close.tolist() == [whole.close[6], 1.0, 2.0, whole.close[9]]


def test_sources_and_bases_are_never_spliced(tmp_path: Path, make_bars: MakeBars) -> None:
    store = ParquetTables(tmp_path)
    raw = make_bars(source="yahoo", synthetic=False)
    save_bars(store, raw)
    save_bars(store, replace(raw, adjusted=True, close=raw.close / 2))
    save_bars(store, replace(raw, source="stooq"))
    with pytest.raises(StoreError, match=r"3 stored series of AAPL 1d: .*stooq raw") as caught:
        load_bars(store, "AAPL", "1d")
    assert "source" in caught.value.next_step
    with pytest.raises(StoreError, match="2 stored series"):
        load_bars(store, "AAPL", "1d", source="yahoo")
    assert same(load_bars(store, "AAPL", "1d", source="yahoo", adjusted=False), raw)
    assert load_bars(store, "AAPL", "1d", adjusted=True).close[0] == raw.close[0] / 2
    with pytest.raises(StoreError, match="No bars of AAPL 1h are stored"):
        load_bars(store, "AAPL", "1h")


def test_made_up_prices_do_not_slip_among_real_ones(tmp_path: Path, make_bars: MakeBars) -> None:
    store = ParquetTables(tmp_path)
    real = make_bars(source="yahoo", synthetic=False)
    save_bars(store, real)
    with pytest.raises(StoreError, match=r'"synthetic": "false".*"synthetic": "true"'):
        save_bars(store, replace(real, synthetic=True))
    assert same(load_bars(store, "AAPL", "1d"), real)
    save_bars(store, replace(real, synthetic=True), replace=True)
    assert load_bars(store, "AAPL", "1d").synthetic


def test_bars_that_do_not_rise_are_refused(tmp_path: Path, make_bars: MakeBars) -> None:
    bars = make_bars(length=5)
    times = bars.ts_event.copy()
    times[3] = times[2]
    with pytest.raises(StoreError, match="Bar 3 of AAPL is not later"):
        save_bars(ParquetTables(tmp_path), replace(bars, ts_event=times))
    far_apart = np.array([-(2**63), -1, 0, 1, 2**63 - 1], dtype=np.int64)
    assert save_bars(ParquetTables(tmp_path), replace(bars, ts_event=far_apart)).rows == 5


def test_exports_are_read_back_by_others(tmp_path: Path, make_bars: MakeBars) -> None:
    store = ParquetTables(tmp_path / "store")
    bars = make_bars("^GSPC", length=30)
    save_bars(store, bars)
    rows = store.read("bars", stored_series(store)[0].partition())
    export_csv(rows, tmp_path / "out" / "bars.csv")
    export_parquet(rows, tmp_path / "out" / "bars.parquet")
    with (tmp_path / "out" / "bars.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert [int(line["ts_event"]) for line in lines] == bars.ts_event.tolist()
    assert [float(line["close"]) for line in lines] == bars.close.tolist()
    read = pl.read_parquet(tmp_path / "out" / "bars.parquet")
    assert read["volume"].to_list() == bars.volume.tolist()
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["bars.csv", "bars.parquet"]
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be read or written"):
        export_csv(rows, tmp_path / "file" / "below.csv")


def test_real_bars_round_trip(shared_data: Path, tmp_path: Path) -> None:
    columns = pl.read_parquet(shared_data / "stocks_daily_av" / "sp500_daily.parquet")
    instrument_id = columns["symbol"][0]
    one = columns.filter(pl.col("symbol") == instrument_id).sort("date")
    bars = BarColumns(
        instrument_id,
        "1d",
        one["date"].cast(pl.Datetime("ns")).to_physical().to_numpy(),
        *(one[name].cast(pl.Float64).to_numpy() for name in BAR_COLUMNS),
        source="alpha_vantage",
    )
    store = ParquetTables(tmp_path)
    save_bars(store, bars)
    assert len(bars) > 1_000
    assert same(load_bars(store, instrument_id, "1d"), bars)


@settings(deadline=None, max_examples=30)
@given(
    st.lists(drawn_bars(), min_size=1, max_size=12),
    st.none() | st.integers(-(2**63), 2**63 - 1),
    st.none() | st.integers(-(2**63), 2**63 - 1),
)
def test_many_series_at_once_are_what_each_is_by_itself(
    drawn: list[BarColumns], start: int | None, end: int | None
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = ParquetTables(Path(folder))
        for bars in drawn:
            save_bars(store, bars, replace=True)
        series = stored_series(store)
        for one, bars in zip(series, load_series(store, series, start, end), strict=True):
            key = (one.instrument_id, one.timeframe, start, end)
            alone = load_bars(store, *key, source=one.source, adjusted=one.adjusted)
            assert same(bars, alone)
            assert all(start is None or t >= start for t in bars.ts_event.tolist())
            assert all(end is None or t < end for t in bars.ts_event.tolist())


def test_one_that_is_damaged_or_absent_among_many_is_named(tmp_path: Path, make_bars: MakeBars) -> None:
    store = ParquetTables(tmp_path)
    for nth in range(6):
        save_bars(store, make_bars(instrument_id=f"S{nth}"))
    series = stored_series(store)
    (file,) = (path for path in tmp_path.rglob("*.parquet") if "S3" in str(path))
    file.write_bytes(file.read_bytes()[:-9] + b"123456789")
    with pytest.raises(CorruptFileError, match="S3"):
        load_series(store, series)
    with pytest.raises(StoreError, match="S9"):
        load_series(store, [*series[:3], replace(series[0], instrument_id="S9"), *series[4:]])
