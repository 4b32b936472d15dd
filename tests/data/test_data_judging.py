"""The same rows are judged once, and any other rows, or another instrument, anew."""

from collections.abc import Callable
from dataclasses import replace

import msgspec
import pytest

from tradewind.core.panel import BarColumns
from tradewind.data import judging
from tradewind.data.describing import usual_instrument
from tradewind.data.judging import judge
from tradewind.data.raw import RawBars, raw_from_bars
from tradewind.data.repair import RepairPlan

ACME = usual_instrument("ACME", calendar="24/7")


@pytest.fixture
def raw(make_bars: Callable[..., BarColumns]) -> RawBars:
    return raw_from_bars(make_bars(ACME.id, seed=41))


def test_the_same_rows_are_judged_once(raw: RawBars, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    inspect = judging.inspect_bars

    def counted(*given: object, **named: object) -> object:
        asked.append(1)
        return inspect(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(judging, "inspect_bars", counted)
    first = judge(raw, ACME, RepairPlan(), None)
    assert judge(replace(raw, close=raw.close.copy()), ACME, RepairPlan(), None) is first
    assert len(asked) == 1
    worse = raw.close.copy()
    worse[100] *= 100.0
    changed = judge(replace(raw, close=worse), ACME, RepairPlan(), None)
    assert changed.score.overall < first.score.overall
    coin = msgspec.structs.replace(ACME, asset_class="crypto")
    assert judge(raw, coin, RepairPlan(), None) is not first
    assert len(asked) == 3


def test_what_is_remembered_is_bounded(raw: RawBars, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "MOST_ROWS_KEPT", 2 * len(raw))
    monkeypatch.setattr(judging, "_kept", type(judging._kept)())
    for shift in range(4):
        judge(replace(raw, ts_event=raw.ts_event + shift), ACME, RepairPlan(), None)
    assert len(judging._kept) == 2
