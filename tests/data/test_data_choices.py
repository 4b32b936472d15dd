"""Repairs that a person accepts: made on reading, written down, taken back; what is stored never changes."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tradewind.core.panel import BarColumns
from tradewind.core.ports import BarRequest
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.data.adjustment import DIVIDEND, DOUBTFUL, CorporateAction, adjust
from tradewind.data.cases import Case
from tradewind.data.choices import (
    ACCEPTED,
    REJECTED,
    WITHDRAWN,
    Choice,
    read_cases,
    read_choices,
    save_choice,
)
from tradewind.data.describing import usual_instrument
from tradewind.data.history import LoadedSeries, load_history, read_history
from tradewind.data.raw import RawBars, bars_from_raw, raw_from_bars
from tradewind.store.bars import load_bars
from tradewind.store.parquet import ParquetTables

ACME = usual_instrument("ACME", calendar="24/7")
KEY = (ACME.id, "1d", "test")
FOREVER = 2**62


class Source:
    """Hands out the rows that it is given."""

    name = "test"

    def __init__(self, raw: RawBars) -> None:
        self.raw = raw

    def symbols(self) -> list[str]:
        return [ACME.symbol]

    def raw_bars(self, request: BarRequest) -> RawBars:
        return self.raw.between(request.start_ns, request.end_ns)

    def bars(self, request: BarRequest) -> BarColumns:
        return bars_from_raw(self.raw_bars(request))


@pytest.fixture
def tables(tmp_path: Path) -> ParquetTables:
    return ParquetTables(tmp_path / "store")


@pytest.fixture
def clean(make_bars: Callable[..., BarColumns]) -> RawBars:
    bars = make_bars(ACME.id, seed=11)
    raw = replace(raw_from_bars(bars, "24/7"), source="test", actions=())
    return replace(raw, actions=(dividend(raw, 120, 0.03 * raw.close[119]),))


def dividend(raw: RawBars, row: int, amount: float) -> CorporateAction:
    ex_ns = int(raw.ts_event[row]) // NS_PER_DAY * NS_PER_DAY
    factor = 1.0 - amount / float(raw.close[row - 1])
    kind = DIVIDEND if factor > 0.0 else DOUBTFUL
    return CorporateAction(ACME.id, ex_ns, kind, factor if factor > 0.0 else 1.0, amount)


def times(raw: RawBars, part: slice, factor: float) -> RawBars:
    columns: dict[str, Any] = {name: getattr(raw, name).copy() for name in ("open", "high", "low", "close")}
    for values in columns.values():
        values[part] *= factor
    return replace(raw, **columns)


def load(tables: ParquetTables, raw: RawBars) -> LoadedSeries:
    request = BarRequest(ACME.id, "1d", 0, FOREVER)
    return load_history(Source(raw), [request], {ACME.id: ACME}, tables)[ACME.id]


def case_of(tables: ParquetTables, rule: str) -> Case:
    return next(case for case in read_cases(tables, KEY) if case.rule == rule)


def choose(tables: ParquetTables, case: Case, choice: str, at_ns: int) -> None:
    save_choice(tables, KEY, Choice(at_ns, choice, "ann", case, "seen at the exchange"))


def test_a_stretch_in_pence_is_read_in_pounds_once_that_is_accepted(
    tables: ParquetTables, clean: RawBars
) -> None:
    broken = times(clean, slice(200, 215), 100.0)
    before = load(tables, broken)
    assert before.score.overall <= 50.0
    assert not before.bars.repaired
    case = case_of(tables, "price_unit")
    assert (case.rows, case.first_ns, case.last_ns) == (15, clean.ts_event[200], clean.ts_event[214])

    choose(tables, case, ACCEPTED, 1)
    after = load(tables, broken)
    assert after.bars.repaired
    np.testing.assert_allclose(after.as_stored.close, clean.close)
    np.testing.assert_array_equal(after.as_stored.volume, clean.volume)
    assert after.score.overall > before.score.overall
    assert "price_unit" not in {finding.rule for finding in after.findings}
    assert case_of(tables, "price_unit") == case  # still listed, as what was accepted
    read = read_history(tables, ACME.id, "1d", 0, FOREVER)
    assert read.repaired
    np.testing.assert_allclose(read.close, adjusted(clean).close)

    stored = load_bars(tables, ACME.id, "1d")
    np.testing.assert_array_equal(stored.close, broken.close)
    assert not stored.repaired

    choose(tables, case, WITHDRAWN, 2)
    again = load(tables, broken)
    np.testing.assert_array_equal(again.as_stored.close, broken.close)
    assert again.score.overall == before.score.overall


def adjusted(raw: RawBars) -> BarColumns:
    return adjust(bars_from_raw(raw), raw.actions or (), FOREVER)


@pytest.mark.parametrize("part", [0.003, 0.03])
def test_a_dividend_in_pence_is_paid_in_pounds_once_that_is_accepted(
    tables: ParquetTables, clean: RawBars, part: float
) -> None:
    amount = part * float(clean.close[119])
    true, stated = dividend(clean, 120, amount), dividend(clean, 120, 100.0 * amount)
    assert stated.kind == (DIVIDEND if part < 0.01 else DOUBTFUL)
    before = load(tables, replace(clean, actions=(stated,)))
    assert before.income[120] == pytest.approx(100.0 * amount if part < 0.01 else 0.0)
    case = case_of(tables, "dividend_unit")
    assert case.edit is not None
    assert (case.edit.old, case.edit.new) == (pytest.approx(100.0 * amount), pytest.approx(amount))
    choose(tables, case, ACCEPTED, 1)
    after = load(tables, replace(clean, actions=(stated,)))
    assert after.income[120] == pytest.approx(amount)
    assert after.actions is not None
    assert [(a.kind, a.source) for a in after.actions] == [(DIVIDEND, "accepted")]
    read = read_history(tables, ACME.id, "1d", 0, FOREVER)
    np.testing.assert_allclose(read.close, adjusted(replace(clean, actions=(true,))).close)


def test_a_finding_that_is_rejected_no_longer_counts(tables: ParquetTables, clean: RawBars) -> None:
    broken = times(clean, slice(0, 150), 2.0)
    assert load(tables, broken).score.overall <= 50.0
    choose(tables, case_of(tables, "suspected_split"), REJECTED, 1)
    after = load(tables, broken)
    assert after.score.overall > 70.0
    assert "suspected_split" not in {finding.rule for finding in after.findings}
    assert not after.bars.repaired


def test_a_suspected_split_that_is_accepted_takes_effect(tables: ParquetTables, clean: RawBars) -> None:
    broken = times(clean, slice(0, 150), 2.0)
    broken = replace(broken, volume=np.where(np.arange(300) < 150, clean.volume / 2.0, clean.volume))
    load(tables, broken)
    choose(tables, case_of(tables, "suspected_split"), ACCEPTED, 1)
    after = load(tables, broken)
    np.testing.assert_allclose(after.bars.close, clean.close)
    np.testing.assert_allclose(after.bars.volume, clean.volume)


def test_what_lies_before_another_companys_ticker_is_left_out(tables: ParquetTables, clean: RawBars) -> None:
    years = np.where(np.arange(300) < 100, 0, 1_000 * NS_PER_DAY)
    broken = replace(clean, ts_event=clean.ts_event + years, actions=())
    load(tables, broken)
    choose(tables, case_of(tables, "long_hole"), ACCEPTED, 1)
    assert len(load(tables, broken).bars) == 200
    assert len(load_bars(tables, ACME.id, "1d")) == 300


def test_choices_are_only_ever_added_to(tables: ParquetTables, clean: RawBars) -> None:
    load(tables, times(clean, slice(200, 215), 100.0))
    case = case_of(tables, "price_unit")
    for at_ns, choice in enumerate((ACCEPTED, WITHDRAWN, REJECTED, ACCEPTED), start=1):
        before = read_choices(tables, KEY)
        choose(tables, case, choice, at_ns)
        assert read_choices(tables, KEY)[:-1] == before
    last = read_choices(tables, KEY)[-1]
    assert (last.choice, last.by, last.note, last.case) == (ACCEPTED, "ann", "seen at the exchange", case)
    assert last.case.edit is not None
    assert last.case.edit.old == pytest.approx(100.0 * last.case.edit.new)


def test_loading_again_changes_no_case_and_no_choice(tables: ParquetTables, clean: RawBars) -> None:
    broken = times(clean, slice(200, 215), 100.0)
    load(tables, broken)
    cases = read_cases(tables, KEY)
    assert cases
    load(tables, broken)
    assert read_cases(tables, KEY) == cases
    load(tables, clean)
    assert "price_unit" not in {case.rule for case in read_cases(tables, KEY)}
