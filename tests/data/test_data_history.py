"""From a provider to the store and back, twice."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tradewind.core.errors import ConfigError, NoDataError, UnknownSymbolError
from tradewind.core.panel import BarColumns
from tradewind.core.ports import BarRequest
from tradewind.core.timestamps import iso, parse_ns
from tradewind.data.catalogue import sample_instruments
from tradewind.data.history import load_history, read_history
from tradewind.data.keeping import read_actions, read_repairs, read_score, worst_scores
from tradewind.data.vendors.sample.history import SampleProvider
from tradewind.store.parquet import ParquetTables

INSTRUMENTS = sample_instruments()
START, END = parse_ns("2000-01-01"), parse_ns("2014-01-01")


def ask(*instrument_ids: str, end: int = END) -> list[BarRequest]:
    return [BarRequest(instrument_id, "1d", START, end) for instrument_id in instrument_ids]


def files_of(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*.parquet"))}


def test_loading_twice_changes_nothing(tmp_path: Path) -> None:
    tables, heard = ParquetTables(tmp_path), []
    first = load_history(
        SampleProvider(), ask("AAPL", "EUR/USD"), INSTRUMENTS, tables, lambda *told: heard.append(told)
    )
    assert heard == [(1, 2, "AAPL.XNAS"), (2, 2, "EUR/USD.IDEALPRO")]
    stored = files_of(tmp_path)
    assert stored
    second = load_history(SampleProvider(), ask("AAPL", "EUR/USD"), INSTRUMENTS, tables)
    assert files_of(tmp_path) == stored
    for instrument_id in first:
        assert first[instrument_id].findings == second[instrument_id].findings
        np.testing.assert_array_equal(first[instrument_id].bars.close, second[instrument_id].bars.close)


def test_both_bases_are_kept_and_read_back(tmp_path: Path) -> None:
    tables = ParquetTables(tmp_path)
    apple = load_history(SampleProvider(), ask("AAPL"), INSTRUMENTS, tables)["AAPL.XNAS"]
    assert apple.bars.adjusted
    assert not apple.as_stored.adjusted
    assert apple.as_stored.close[0] == 130.31
    assert apple.bars.close[0] == pytest.approx(130.31 / 4, rel=0.02)
    # Computed from: split-adjusted, with each dividend's gap in the prices and its amount beside them.
    day = apple.bars.ts_event // (86_400 * 10**9)
    split_days = [parse_ns(text) // (86_400 * 10**9) for text in ("2000-06-21", "2005-02-28")]
    shares = np.prod([np.where(day < split_day, 2.0, 1.0) for split_day in split_days], axis=0)
    for name in ("open", "high", "low", "close"):
        np.testing.assert_allclose(getattr(apple.bars, name), getattr(apple.as_stored, name) / shares)
    np.testing.assert_allclose(apple.bars.volume, apple.as_stored.volume * shares)
    assert np.flatnonzero(apple.income).tolist() == [
        int(np.searchsorted(apple.bars.ts_event, parse_ns(text)))
        for text in ("2012-08-09", "2012-11-07", "2013-02-07")
    ]
    assert apple.income.sum() == pytest.approx(3 * 2.65)
    assert apple.total_return
    early = read_history(tables, "AAPL.XNAS", "1d", START, END, as_of_ns=parse_ns("2001-01-01"))
    assert early.close[0] == pytest.approx(130.31 / 2)
    assert read_actions(tables, "AAPL.XNAS", apple.bars.source) == apple.actions


def test_reading_up_to_a_day_knows_no_later_split(tmp_path: Path) -> None:
    tables = ParquetTables(tmp_path)
    load_history(SampleProvider(), ask("AAPL"), INSTRUMENTS, tables)
    past = read_history(tables, "AAPL.XNAS", "1d", START, parse_ns("2005-02-28"))
    assert past.close[-1] == 88.99  # as it was quoted on 2005-02-25
    alone = load_history(
        SampleProvider(), ask("AAPL", end=parse_ns("2005-02-28")), INSTRUMENTS, ParquetTables(tmp_path / "b")
    )["AAPL.XNAS"].bars
    np.testing.assert_array_equal(past.close, alone.close)


def test_score_and_repairs_are_stored(tmp_path: Path) -> None:
    tables = ParquetTables(tmp_path)
    request = BarRequest("BTC/USD", "15m", parse_ns("2021-01-01"), parse_ns("2022-01-01"))
    loaded = load_history(SampleProvider(), [request], INSTRUMENTS, tables)["BTC/USD.KRAKEN"]
    source = loaded.bars.source
    score = read_score(tables, "BTC/USD.KRAKEN", "15m", source)
    assert score.overall == pytest.approx(loaded.score.overall)
    assert 98.5 < score.overall < 100
    worst = score.day[np.argmin(score.by_day["completeness"])]
    assert iso(int(worst) * 86_400 * 10**9)[:10] == "2021-11-28"  # the longest hole of the file
    kept = read_repairs(tables, "BTC/USD.KRAKEN", "15m", source)
    assert {r.what for r in kept} == {"drop_partial", "drop_duplicate", "sort"}
    assert len(kept) == len(loaded.repairs) == 66
    assert [s.instrument_id for s in worst_scores(tables)] == ["BTC/USD.KRAKEN"]


class PlainProvider:
    """Hands over columns alone, as a provider without raw rows does."""

    name = "plain"

    def __init__(self, bars: BarColumns) -> None:
        self._bars = bars

    def symbols(self) -> Sequence[str]:
        return [self._bars.instrument_id]

    def bars(self, request: BarRequest) -> BarColumns:
        return self._bars.between(request.start_ns, request.end_ns)


def test_a_provider_without_raw_rows(tmp_path: Path, make_bars: Callable[..., BarColumns]) -> None:
    made = make_bars(length=200, adjusted=True)
    request = [BarRequest("AAPL", "1d", 0, 2**62)]
    loaded = load_history(PlainProvider(made), request, INSTRUMENTS, ParquetTables(tmp_path))["AAPL.XNAS"]
    assert loaded.bars.adjusted
    assert loaded.bars.synthetic
    assert loaded.actions is None
    assert loaded.total_return  # its prices are adjusted already
    assert not loaded.income.any()
    np.testing.assert_array_equal(loaded.bars.close, made.close)


def test_two_changes_of_one_row_are_both_kept(tmp_path: Path, make_bars: Callable[..., BarColumns]) -> None:
    made = make_bars(length=20)
    wrong = replace(made, high=np.where(np.arange(20) == 7, 1.0, made.high))
    wrong = replace(wrong, low=np.where(np.arange(20) == 7, 1e3, wrong.low))
    tables = ParquetTables(tmp_path)
    request = [BarRequest("AAPL", "1d", 0, 2**62)]
    load_history(PlainProvider(wrong), request, INSTRUMENTS, tables)
    kept = read_repairs(tables, "AAPL.XNAS", "1d", "synthetic")
    assert {(r.column, r.old) for r in kept} == {("high", 1.0), ("low", 1e3)}


def test_nothing_usable_is_an_error(tmp_path: Path, make_bars: Callable[..., BarColumns]) -> None:
    made = make_bars(length=5)
    empty = replace(made, close=np.full(5, np.nan))
    with pytest.raises(NoDataError, match=r"None of the 5 rows of AAPL\.XNAS"):
        load_history(
            PlainProvider(empty), [BarRequest("AAPL", "1d", 0, 2**62)], INSTRUMENTS, ParquetTables(tmp_path)
        )


def test_requests_that_cannot_be_meant(tmp_path: Path) -> None:
    tables = ParquetTables(tmp_path)
    with pytest.raises(ConfigError, match=r"AAPL\.XNAS is asked for more than once"):
        load_history(SampleProvider(), ask("AAPL.XNAS", "aapl"), INSTRUMENTS, tables)
    with pytest.raises(UnknownSymbolError, match="TSLA"):
        load_history(SampleProvider(), ask("TSLA"), INSTRUMENTS, tables)
