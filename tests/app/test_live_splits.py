"""A live paper session over a weekend, after which a share is split and another pays."""

import json
import signal
import time
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import live_alpaca
import pytest
from live_alpaca import Alpaca, close_of, minutes_between
from live_desk import SPEED, Desk
from live_market import MINUTE_NS, FastClock, on_loopback
from test_live_vendors import desk_of, wait_for_bars

from tradewind.core.accounts import CashMoved, CorporateAction, PositionAdjusted
from tradewind.core.changes import UniverseChosen
from tradewind.core.decisions import AccountMarked
from tradewind.core.orders import OrderFilled
from tradewind.core.timestamps import parse_ns
from tradewind.core.vocabulary import CashReason
from tradewind.journal.audit import verify_file

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.timeout(600)]

MONDAY_NS = parse_ns("2026-03-09T13:30:00Z")
RATIO, PAID = 4, "0.75"
UNIVERSE = "  universe: {every: week, filters: {price: {least: 100.0}}}\n"
HOLDS = """
import tradewind as tw


class Holds(tw.Strategy):
    def on_bar(self, bar, now):
        return 0.3
"""


@dataclass
class SplittingAlpaca(Alpaca):
    """NVDA trades 4 for 1 and MSFT goes ex from Monday on; while ``silent`` it does not tell of the split."""

    silent: bool = False
    asked: int = 0

    def respond(self, path: str, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        if path != "/v1/corporate-actions":
            return super().respond(path, query)
        self.asked += 1
        kinds: dict[str, list[dict[str, object]]] = {}
        if query["start"] <= "2026-03-09" <= query["end"]:
            told = {"symbol": query["symbols"], "ex_date": "2026-03-09"}
            if query["symbols"] == "NVDA" and self.silent:
                kinds = {}
            elif query["symbols"] == "NVDA":
                kinds["forward_splits"] = [told | {"new_rate": RATIO, "old_rate": 1}]
            else:
                kinds["cash_dividends"] = [told | {"rate": float(PAID)}]
        return 200, {}, json.dumps({"corporate_actions": kinds, "next_page_token": None}).encode()


@pytest.fixture
def split_prices(monkeypatch: pytest.MonkeyPatch) -> None:
    """From Monday on a share of NVDA costs a quarter."""

    def after(symbol: str, minute: int) -> float:
        price = close_of(symbol, minute)
        split = symbol == "NVDA" and minute * MINUTE_NS >= MONDAY_NS
        return round(price / RATIO, 2) if split else price

    monkeypatch.setattr(live_alpaca, "close_of", after)


def test_a_split_and_a_dividend_over_a_weekend(tmp_path: Path, split_prices: None) -> None:
    clock = FastClock(time.time_ns(), SPEED, parse_ns("2026-03-06T20:00:00Z"))
    words = {"symbols": "MSFT, NVDA", "stream": "alpaca", "quotes": "true", "standby": "alpaca"}
    with on_loopback(SplittingAlpaca(clock)) as site, desk_of(tmp_path, site, UNIVERSE, **words) as desk:
        desk.config.with_name("mine.py").write_text(HOLDS, "utf-8")
        desk.keys = live_alpaca.KEYS
        desk.start()
        desk.wait_for(lambda: len(desk.holdings()) == 2)
        desk.stop(signal.SIGKILL)
        before = desk.holdings()
        assert set(before) == {"MSFT.XNAS", "NVDA.XNAS"}
        site.clock = FastClock(time.time_ns(), SPEED, parse_ns("2026-03-09T13:24:00Z"))
        asked, site.silent = site.asked, True  # it tells of the split a little later than of its price
        desk.start()
        desk.wait_for(lambda: any(bar.ts_event > MONDAY_NS for bar in desk.bars()))
        desk.wait_for(lambda: site.asked > asked + 3)
        assert {b.instrument_id for b in desk.bars() if b.ts_event > MONDAY_NS} == {"MSFT.XNAS"}
        site.silent = False
        desk.wait_for(lambda: bool(desk.events(PositionAdjusted)))
        wait_for_bars(desk, 6)
        desk.stop(signal.SIGKILL)
        desk.start()
        wait_for_bars(desk, 6)
        code, _, err = desk.stop(signal.SIGTERM)
        assert code == 0, err
        verify_file(desk.journal)
        assert "byte for byte" in desk.run("replay", "desk")
        check(desk, before)


def check(desk: Desk, before: dict[str, int]) -> None:
    actions = [a for a in desk.events(CorporateAction) if isinstance(a, CorporateAction)]
    assert sorted((a.instrument_id, a.kind, a.ts_event) for a in actions) == [
        ("MSFT.XNAS", "dividend", MONDAY_NS),
        ("NVDA.XNAS", "split", MONDAY_NS),
    ]
    (adjusted,) = desk.events(PositionAdjusted)
    assert isinstance(adjusted, PositionAdjusted)
    assert (adjusted.old_lots, adjusted.new_lots) == (before["NVDA.XNAS"], before["NVDA.XNAS"] * RATIO)
    paid = [e for e in desk.events(CashMoved) if isinstance(e, CashMoved) and e.reason is CashReason.DIVIDEND]
    assert [e.amount_e8 for e in paid] == [int(Fraction(PAID) * before["MSFT.XNAS"] * 10**8)]
    for symbol in ("MSFT", "NVDA"):
        own = [bar for bar in desk.bars() if bar.instrument_id == f"{symbol}.XNAS"]
        assert [b.ts_event // MINUTE_NS for b in own] == minutes_between(
            own[0].ts_event - MINUTE_NS, own[-1].ts_event
        ), symbol
    chosen = [c.instrument_ids for c in desk.events(UniverseChosen) if isinstance(c, UniverseChosen)]
    assert chosen == [("MSFT.XNAS", "NVDA.XNAS")] * 2, "on Friday, and in the new week"
    marks = [m.equity_e8 for m in desk.events(AccountMarked) if isinstance(m, AccountMarked)]
    assert max(marks) / min(marks) < 1.05, "a split is no gain and no loss"
    assert desk.events(OrderFilled)
