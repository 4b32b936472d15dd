"""Sessions across mergers and spin-offs that facts tell of: the money by hand from fills and terms."""

from pathlib import Path

import pytest

from tradewind.app.config import DateWindow, SessionConfig, TradewindConfig
from tradewind.app.market.reference import import_facts
from tradewind.app.market.workspace import open_workspace
from tradewind.app.research.training import SessionModels
from tradewind.app.session.closed_trades import closed_trades
from tradewind.app.session.last_session import with_books
from tradewind.app.session.plan import SessionPlan, plan_session
from tradewind.app.session.price_lines import PriceLines
from tradewind.app.session.running import replay_journal, run_backtest
from tradewind.app.session.settings import StrategyConfig
from tradewind.core.accounts import CashMoved, CorporateAction, PositionAdjusted, TradeClosed
from tradewind.core.book import Book, PositionKey
from tradewind.core.errors import BarFileError, ConfigError
from tradewind.core.events import SessionStarted
from tradewind.core.market import Bar
from tradewind.core.orders import OrderCanceled, OrderFilled
from tradewind.core.timestamps import parse_ns
from tradewind.core.vocabulary import ActionKind, SessionMode
from tradewind.engine.rebuilt_book import KINDS
from tradewind.journal.opening import open_reader
from tradewind.portfolio.attribution import attribute
from tradewind.views.session.view import fold

DAY = "2005-03-10"
OWN = """
import tradewind as tw


class Holds(tw.Strategy):
    \"\"\"Holds for good what it bought first.\"\"\"

    def __init__(self):
        self.bought = []

    def on_bar(self, bar, now):
        weight = WEIGHTS.get(bar.instrument_id)
        if weight and bar.instrument_id not in self.bought:
            self.bought.append(bar.instrument_id)
            return weight
"""


def plan_of(home: Path, fact: str, held: dict[str, float] | None = None, **more: object) -> SessionPlan:
    home.mkdir(parents=True, exist_ok=True)
    words = OWN.replace("WEIGHTS", repr(held or {"IBM.XNYS": 0.3}))
    (home / "holds.py").write_text(words, "utf-8")
    chosen = SessionConfig(
        symbols=("IBM", "MSFT"),  gauges=(), warmup_bars=60,
        window=DateWindow(start="2005-02-01", end="2005-04-15"),
        strategies=(StrategyConfig(use=str(home / "holds.py")),),  # type: ignore[call-arg]
    )  # fmt: skip
    config = TradewindConfig(home=home, session=chosen, compute="serial", **more)
    (home / "facts.csv").write_text(f"instrument,kind,value,effective,known\n{fact}\n", "utf-8")
    import_facts(open_workspace(config), home / "facts.csv")
    return plan_session(config, SessionModels((), (), (), 0.0), [], "s", SessionMode.BACKTEST)


def events(path: Path, *kinds: type) -> list:
    with open_reader(path) as reader:
        return [record.event for record in reader.read_kind(*kinds)]


def last_close(path: Path, name: str, until_ns: int) -> float:
    return [b for b in events(path, Bar) if b.instrument_id == name and b.ts_event < until_ns][-1].close


def last_book(path: Path) -> Book:
    with open_reader(path) as reader:
        return list(with_books(reader, KINDS))[-1][1]


@pytest.mark.parametrize("weight", [0.3, -0.3], ids=["long", "short"])
def test_a_mixed_merger_divides_the_cost_by_worth_and_everybody_agrees(tmp_path: Path, weight: float) -> None:
    plan = plan_of(tmp_path, f"IBM,merged,1.3 MSFT + 60.50,{DAY},2005-03-01", {"IBM.XNYS": weight})
    ran = run_backtest(plan)
    (merger,) = [a for a in events(ran.journal, CorporateAction) if a.kind is ActionKind.MERGER]
    assert (merger.ts_event, merger.into, merger.numerator, merger.denominator) == (
        parse_ns(DAY), "MSFT.XNAS", 13, 10,
    )  # fmt: skip
    bought = [f for f in events(ran.journal, OrderFilled) if f.instrument_id == "IBM.XNYS"]
    bought = [f for f in bought if f.ts_event < merger.ts_event]
    lots = sum(f.side.sign * f.quantity_lots for f in bought)
    cost = sum(f.side.sign * f.quantity_lots * f.price_ticks for f in bought) * 10**6
    assert lots * weight > 0
    price = round(last_close(ran.journal, "MSFT.XNAS", merger.ts_event) * 100)
    whole, rest = divmod(abs(lots) * 13, 10)
    sign = 1 if lots > 0 else -1
    paid, in_lieu = lots * 6050 * 10**6, sign * rest * price * 10**5
    worth = sign * whole * price * 10**6
    carried = round(cost * worth / (worth + in_lieu + paid))
    gone, came = [a for a in events(ran.journal, PositionAdjusted) if a.ts_event == merger.ts_event]
    assert (gone.instrument_id, gone.old_lots, gone.new_lots, gone.cost_e8) == ("IBM.XNYS", lots, 0, 0)
    assert (came.instrument_id, came.old_lots, came.new_lots) == ("MSFT.XNAS", 0, sign * whole)
    assert came.cost_e8 == pytest.approx(carried, abs=2)
    assert gone.realized_e8 == paid + in_lieu - (cost - came.cost_e8)
    moved = [c.amount_e8 for c in events(ran.journal, CashMoved) if c.ts_event == merger.ts_event]
    assert moved == [paid, in_lieu]
    _agree(plan, ran.journal)
    assert replay_journal(plan, ran.journal).decisions


def _agree(plan: SessionPlan, journal: Path) -> None:
    """Book, view, trades and attribution say the same."""
    book = last_book(journal)
    with open_reader(journal) as reader:
        records = [record for record in reader.read() if record.seq]
        rows = closed_trades(reader)
    view = {row.instrument_id: row for row in fold(records).changes().positions}
    for key, position in book.positions.items():
        row = view[key.instrument_id]
        assert float(row.quantity.replace(",", "")) == position.quantity_lots
        assert round(float(row.realized_pnl.replace(",", "")) * 100) == round(position.realized_e8 / 10**6)
    closed = events(journal, TradeClosed)
    assert [round(float(r.profit.replace(",", "")) * 100) for r in rows] == [
        round(c.profit_e8 / 10**6) for c in closed
    ]
    found = attribute(records, book)
    assert found.total_e8 + found.capital_e8 == book.equity_e8
    assert sum(found.by_model.values()) == sum(found.by_strategy.values()) == found.total_e8
    assert plan.actions


def test_a_merger_for_shares_alone_realises_nothing_and_its_trade_goes_on(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, f"IBM,merged,4:1 MSFT,{DAY},2005-03-01")
    ran = run_backtest(plan)
    book = last_book(ran.journal)
    old, new = (book.positions[PositionKey("main", "holds", i)] for i in ("IBM.XNYS", "MSFT.XNAS"))
    (bought,) = [f for f in events(ran.journal, OrderFilled) if f.ts_event < parse_ns(DAY)]
    assert (old.quantity_lots, old.realized_e8, new.realized_e8) == (0, 0, 0)
    assert new.quantity_lots == 4 * bought.quantity_lots
    assert new.cost_e8 == bought.quantity_lots * bought.price_ticks * 10**6
    assert new.opened_ts == bought.ts_event
    assert not events(ran.journal, TradeClosed)
    _agree(plan, ran.journal)


@pytest.mark.parametrize("weight", [-0.2, -0.03], ids=["more", "less"])
def test_a_short_of_the_acquirer_ends_with_its_target(tmp_path: Path, weight: float) -> None:
    """What is long of the one is first set against what is short of the other."""
    plan = plan_of(tmp_path, f"IBM,merged,1 MSFT,{DAY},2005-03-01", {"IBM.XNYS": 0.3, "MSFT.XNAS": weight})
    ran = run_backtest(plan)
    held = {
        name: sum(
            f.side.sign * f.quantity_lots
            for f in events(ran.journal, OrderFilled)
            if f.instrument_id == name and f.ts_event < parse_ns(DAY)
        )
        for name in ("IBM.XNYS", "MSFT.XNAS")
    }
    assert held["IBM.XNYS"] > 0 > held["MSFT.XNAS"]
    assert (sum(held.values()) > 0) is (weight > -0.1)
    came = next(a for a in events(ran.journal, PositionAdjusted) if a.instrument_id == "MSFT.XNAS")
    assert (came.old_lots, came.new_lots) == (held["MSFT.XNAS"], sum(held.values()))
    _agree(plan, ran.journal)
    assert replay_journal(plan, ran.journal).decisions


def test_a_spin_off_keeps_the_equity_and_divides_the_cost(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, f"IBM,spun_off,0.7 MSFT,{DAY},2005-03-01")
    ran = run_backtest(plan)
    before, cost = [0], 0
    with open_reader(ran.journal) as reader:
        for record, book in with_books(reader, KINDS):
            if isinstance(record.event, CorporateAction) and record.event.kind is ActionKind.SPIN_OFF:
                assert abs(book.equity_e8 - before[-1]) <= 2, "to 1e-8, whatever is rounded"
                assert sum(p.cost_e8 for p in book.positions.values()) == cost - lieu_of(ran.journal, book)
            before.append(book.equity_e8)
            cost = sum(p.cost_e8 for p in book.positions.values())
    _agree(plan, ran.journal)
    assert replay_journal(plan, ran.journal).decisions


def lieu_of(journal: Path, book: Book) -> int:
    """Cost that went with the fraction of a share: what was paid for it less what that realised."""
    paid = sum(c.amount_e8 for c in events(journal, CashMoved) if c.ts_event == parse_ns(DAY))
    return paid - sum(position.realized_e8 for position in book.positions.values())


def test_orders_of_the_target_leave_the_book_with_the_reason(tmp_path: Path) -> None:
    plan = plan_of(
        tmp_path,
        f"IBM,merged,1 MSFT,{DAY},2005-03-01",
        planner={"protection": {"stop_pct": 50.0, "target_pct": 90.0}},
    )
    ran = run_backtest(plan)
    gone = [c for c in events(ran.journal, OrderCanceled) if c.ts_event == parse_ns(DAY)]
    assert gone
    assert all(c.instrument_id == "IBM.XNYS" and "was merged into MSFT.XNAS" in c.reason for c in gone)
    later = [f for f in events(ran.journal, OrderFilled) if f.ts_event > parse_ns(DAY)]
    assert not [f for f in later if f.instrument_id == "IBM.XNYS"]
    assert replay_journal(plan, ran.journal).decisions


def test_shares_that_the_session_does_not_have_are_cash_at_the_price_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"AAPL\.XNAS.*not an instrument of the session"):
        plan_of(tmp_path / "a", f"IBM,merged,2 AAPL,{DAY},2005-03-01")
    plan = plan_of(tmp_path / "b", f"IBM,merged,2 AAPL at 40.25 + 11,{DAY},2005-03-01")
    (merger,) = [a for a in plan.actions if a.kind is ActionKind.MERGER]
    assert (merger.into, merger.amount) == ("", "91.5")
    ran = run_backtest(plan)
    (end,) = [a for a in events(ran.journal, PositionAdjusted) if a.ts_event == parse_ns(DAY)]
    cost = sum(
        f.side.sign * f.quantity_lots * f.price_ticks
        for f in events(ran.journal, OrderFilled)
        if f.ts_event < parse_ns(DAY)
    )
    assert end.realized_e8 == (end.old_lots * 9150 - cost) * 10**6
    assert len(events(ran.journal, TradeClosed)) == 1
    _agree(plan, ran.journal)


def test_what_is_told_of_late_is_carried_out_when_it_is_known_or_not_at_all(tmp_path: Path) -> None:
    late = plan_of(tmp_path / "a", f"IBM,merged,1 MSFT,{DAY},2005-03-22")
    assert [a.ts_event for a in late.actions if a.kind is ActionKind.MERGER] == [parse_ns("2005-03-22")]
    spun = plan_of(tmp_path / "b", f"IBM,spun_off,1 MSFT,{DAY},2005-03-22")
    assert not [a for a in spun.actions if a.kind is ActionKind.SPIN_OFF]
    assert any("spin-off of IBM.XNYS" in note and "not booked" in note for note in spun.notes)
    ran = run_backtest(spun)
    assert any("not booked" in note for note in events(ran.journal, SessionStarted)[0].notes)


def test_buying_and_holding_ends_at_what_a_merger_gave(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, f"IBM,merged,1.3 MSFT + 60.50,{DAY},2005-03-01")
    ran, lines = run_backtest(plan), PriceLines()
    with open_reader(ran.journal) as reader:
        for record, book in with_books(reader, KINDS):
            lines.take(record, book)
            if isinstance(record.event, CorporateAction) and record.event.kind is ActionKind.MERGER:
                worth = 60.5 + 1.3 * last_close(ran.journal, "MSFT.XNAS", record.event.ts_event)
                line = lines.lines["IBM.XNYS"]
                assert list(line.grown.values())[-1] == pytest.approx(worth * line.units)


@pytest.mark.parametrize(
    ("fact", "words"),
    [
        ("IBM,merged,one MSFT,2005-03-10,", "no ratio"),
        ("IBM,merged,1 MSFT for 3,2005-03-10,", "is no terms"),
        ("IBM,merged,1 MSFT + ten,2005-03-10,", "no amount"),
        ("IBM,merged,1 ZZZZ,2005-03-10,", "ZZZZ"),
        ("IBM,spun_off,20.5,2005-03-10,", "shares and no cash"),
        ("IBM,spun_off,1 MSFT + 3,2005-03-10,", "shares and no cash"),
    ],
)
def test_terms_that_are_none_are_refused_by_their_line(tmp_path: Path, fact: str, words: str) -> None:
    with pytest.raises(BarFileError, match=words):
        plan_of(tmp_path, fact)
