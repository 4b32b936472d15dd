"""A live paper session over a weekend, after which one of its shares has become the other."""

import signal
import time
from pathlib import Path

import live_alpaca
import pytest
from live_alpaca import Alpaca
from live_desk import SPEED
from live_market import FastClock, on_loopback
from test_live_vendors import desk_of, wait_for_bars

from tradewind.core.accounts import CashMoved, CorporateAction, PositionAdjusted
from tradewind.core.decisions import AccountMarked
from tradewind.core.timestamps import parse_ns
from tradewind.core.vocabulary import ActionKind, CashReason
from tradewind.journal.audit import verify_file

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.timeout(600)]

HOLDS = """
import tradewind as tw


class Holds(tw.Strategy):
    \"\"\"Holds for good what it bought first.\"\"\"

    def on_start(self):
        self.bought = []

    def on_bar(self, bar, now):
        if bar.instrument_id in self.bought:
            return None
        self.bought.append(bar.instrument_id)
        return 0.3
"""
FACTS = """instrument,kind,value,effective,known
MSFT,merged,0.45 NVDA + 12.50,2026-03-09,2026-03-02
"""


def test_a_merger_over_a_weekend_is_carried_out_once(tmp_path: Path) -> None:
    clock = FastClock(time.time_ns(), SPEED, parse_ns("2026-03-06T20:00:00Z"))
    words = {"symbols": "MSFT, NVDA", "stream": "alpaca", "quotes": "true", "standby": "alpaca"}
    with on_loopback(Alpaca(clock)) as site, desk_of(tmp_path, site, **words) as desk:
        desk.config.with_name("mine.py").write_text(HOLDS, "utf-8")
        desk.config.with_name("facts.csv").write_text(FACTS, "utf-8")
        desk.keys = live_alpaca.KEYS
        desk.run("data", "reference", str(desk.config.with_name("facts.csv")))
        desk.start()
        desk.wait_for(lambda: len(desk.holdings()) == 2)
        desk.stop(signal.SIGKILL)
        before = desk.holdings()
        site.clock = FastClock(time.time_ns(), SPEED, parse_ns("2026-03-09T13:28:00Z"))
        for _ in range(2):
            desk.start()
            desk.wait_for(lambda: bool(desk.events(PositionAdjusted)))
            wait_for_bars(desk, 6)
            desk.stop(signal.SIGKILL)
        desk.start()
        wait_for_bars(desk, 2)
        code, _, err = desk.stop(signal.SIGTERM)
        assert code == 0, err
        verify_file(desk.journal)
        assert "byte for byte" in desk.run("replay", "desk")
        actions = [a for a in desk.events(CorporateAction) if isinstance(a, CorporateAction)]
        assert [(a.kind, a.instrument_id, a.into) for a in actions] == [
            (ActionKind.MERGER, "MSFT.XNAS", "NVDA.XNAS")
        ]
        whole, rest = divmod(before["MSFT.XNAS"] * 9, 20)
        adjusted = [e for e in desk.events(PositionAdjusted) if isinstance(e, PositionAdjusted)]
        assert [(e.instrument_id, e.old_lots, e.new_lots) for e in adjusted] == [
            ("MSFT.XNAS", before["MSFT.XNAS"], 0),
            ("NVDA.XNAS", before["NVDA.XNAS"], before["NVDA.XNAS"] + whole),
        ]
        moved = [e for e in desk.events(CashMoved) if isinstance(e, CashMoved)]
        paid = [e.amount_e8 for e in moved if e.reason is CashReason.REORGANISATION]
        assert paid[0] == before["MSFT.XNAS"] * 1_250_000_000
        assert len(paid) == (2 if rest else 1)
        marks = [m.equity_e8 for m in desk.events(AccountMarked) if isinstance(m, AccountMarked)]
        assert max(marks) / min(marks) < 1.05, "0.45 of the one and 12.50 are worth about the other"
