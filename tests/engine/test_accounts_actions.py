"""Corporate actions through the driver on real prices: dividends go both ways, splits earn nothing."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import msgspec
import numpy as np
import pytest
from engine_parts import CASH_E8, OpenGate, plain_planner

from tradewind.core import accounts
from tradewind.core.accounts import CashMoved, CorporateAction, PositionAdjusted
from tradewind.core.book import Book, Ledger, PositionKey
from tradewind.core.decisions import BreakerTripped, DecisionMade
from tradewind.core.events import AccountTerms, AnyEvent, SessionStarted, StrategyTerms
from tradewind.core.instruments import AssetClass, FeeSchedule, Instrument
from tradewind.core.market import Bar, Event
from tradewind.core.orders import OrderFilled, Side
from tradewind.core.panel import BarColumns
from tradewind.core.timestamps import NS_PER_DAY, parse_ns
from tradewind.core.trading_calendar import TradingCalendar
from tradewind.core.vocabulary import ActionKind, Outcome, SessionMode
from tradewind.data.action_events import action_events
from tradewind.data.adjustment import DIVIDEND, split
from tradewind.data.adjustment import CorporateAction as Known
from tradewind.data.alignment import merged_bars
from tradewind.data.calendars import stamp_days, trading_calendar
from tradewind.data.raw import bars_from_raw
from tradewind.data.vendors.sample.bokeh_stocks import load
from tradewind.engine.bookkeeping import book_fill
from tradewind.engine.corporate_actions import carry_out_action
from tradewind.engine.driver.loop import Driver
from tradewind.engine.driver.outbox import DirectOutbox
from tradewind.engine.driver.recorded import run_recorded
from tradewind.engine.driver.snapshots import SessionParts
from tradewind.engine.feeds import merge_feeds, recorded_feed
from tradewind.engine.reducer import Reducer
from tradewind.engine.replay import replay
from tradewind.execution.venue.settings import VenueSettings
from tradewind.execution.venue.simulated import SimulatedVenue
from tradewind.journal.memory import MemoryJournal
from tradewind.risk.board import BreakerBoard

DOLLAR_E8 = 10**8


def stock(symbol: str) -> Instrument:
    return Instrument(
        symbol=symbol, asset_class=AssetClass.EQUITY, venue="XNAS", quote_currency="USD", tick_size="0.01",
        lot_size="1", calendar="XNYS", shortable=True,
        fees=FeeSchedule(per_unit_e8=500_000, minimum_e8=DOLLAR_E8),
    )  # fmt: skip


def losses(lots: int) -> tuple[str, ...]:
    """Breakers that a split would trip if it were taken for a loss. Shorts of these days did lose some."""
    always = ("drawdown", "rapid_loss")
    return (*always, "daily_loss", "position_loss") if lots > 0 else always


class Holder:
    """Wants ``lots`` from its first bar on."""

    name = "holder"

    def __init__(self, lots: int) -> None:
        self.lots, self.asked = lots, False

    def on_event(self, event: AnyEvent, book: Book) -> Sequence[Event]:
        if not isinstance(event, Bar) or event.warmup or self.asked:
            return ()
        self.asked = True
        return (
            DecisionMade(
                ts_event=event.ts_event, decision_id="d1", strategy=self.name,
                instrument_id=event.instrument_id, outcome=Outcome.TRADE, reason="to hold",
                current_lots=0, target_lots=self.lots,
            ),
        )  # fmt: skip

    def snapshot(self) -> bytes:
        return bytes([self.asked])

    def restore(self, state: bytes) -> None:
        self.asked = bool(state[0])


def bars_of(symbol: str, rows: Sequence[tuple[str, float, float, float, float]]) -> BarColumns:
    """Daily bars as traded: day, open, high, low, close."""
    days = np.array([date.fromisoformat(row[0]).toordinal() - 719_163 for row in rows], dtype=np.int64)
    prices = np.array([row[1:] for row in rows])
    return BarColumns(
        instrument_id=f"{symbol}.XNAS", timeframe="1d", ts_event=stamp_days("XNYS", days),
        open=prices[:, 0], high=prices[:, 1], low=prices[:, 2], close=prices[:, 3],
        volume=np.full(len(rows), 1e7),
    )  # fmt: skip


def hold(
    bars: BarColumns, actions: Sequence[Known], lots: int, breakers: tuple[str, ...] = ()
) -> tuple[MemoryJournal, Book, TradingCalendar]:
    """Hold ``lots`` from the second bar's open on, at no spread and a commission of one dollar."""
    instrument = stock(bars.instrument_id.split(".")[0])
    first, last = int(bars.ts_event[0]), int(bars.ts_event[-1])
    calendar = trading_calendar("XNYS", first - 9 * NS_PER_DAY, last + 9 * NS_PER_DAY)
    calendars, by_id = {"XNYS": calendar}, {instrument.id: instrument}
    exact = VenueSettings(half_spread_bps=0.0, impact_coefficient=0.0)
    parts = SessionParts(
        Reducer(
            [Holder(lots)],
            OpenGate(),
            BreakerBoard(by_id, breakers=breakers or losses(lots), calendars=calendars),
            plain_planner,
        ),
        SimulatedVenue(by_id, exact, calendars=calendars),
    )
    start = SessionStarted(
        ts_event=first - 1, session_id="s", mode=SessionMode.PAPER, base_currency="USD",
        accounts=(AccountTerms(cash_e8={"USD": CASH_E8}),), instruments=(instrument,),
        strategies=(StrategyTerms(strategy="holder"),), calendars=(calendar,),
    )  # fmt: skip
    happened = action_events(actions, calendar, first, last)
    market = merge_feeds(happened, merged_bars([bars]))
    feed = list(recorded_feed(start, (), market, first - 1))
    journal = MemoryJournal()
    driver = Driver(parts, journal, DirectOutbox(parts.venue))  # type: ignore[arg-type]
    run_recorded(driver, feed)
    return journal, parts.reducer.state.book, calendar


APPLE_2012 = [
    ("2012-08-06", 617.29, 624.868, 615.26, 622.55),
    ("2012-08-07", 622.77, 625.0, 618.04, 620.91),
    ("2012-08-08", 619.39, 623.88, 617.10, 619.86),
    ("2012-08-09", 617.85, 621.73, 617.80, 620.73),
    ("2012-08-10", 618.71, 621.76, 618.70, 621.70),
    ("2012-08-13", 623.39, 630.00, 623.25, 630.00),
]
"""As traded on Nasdaq; 2.65 USD a share went ex on 9 August."""


@pytest.mark.parametrize(
    ("lots", "without", "with_dividend"), [(100, 722, 987), (-100, -724, -989)], ids=["long", "short"]
)
def test_a_dividend_is_received_by_longs_and_paid_by_shorts(
    lots: int, without: int, with_dividend: int
) -> None:
    bars = bars_of("AAPL", APPLE_2012)
    paid = Known("AAPL.XNAS", parse_ns("2012-08-09"), DIVIDEND, 0.99, 2.65)
    _, bare, _ = hold(bars, [], lots)
    journal, book, _ = hold(bars, [paid], lots)
    assert (bare.equity_e8 - CASH_E8) / DOLLAR_E8 == without
    assert (book.equity_e8 - CASH_E8) / DOLLAR_E8 == with_dividend
    (moved,) = [r.event for r in journal.read() if isinstance(r.event, CashMoved)]
    assert moved.amount_e8 == lots * 265_000_000
    assert moved.ts_event == parse_ns("2012-08-09T13:30:00+00:00")
    position = book.positions[PositionKey("main", "holder", "AAPL.XNAS")]
    assert (position.income_e8, position.trade_e8) == (moved.amount_e8, moved.amount_e8 - DOLLAR_E8)


LOSSES = {
    # Bought at 100 a share; 8 a share go ex on the third day. At 92 nothing is lost, at 87 it is 5 %.
    "long": (100, (92.0, 87.01), (92.0, 87.0)),
    # Sold short at 100, and the 8 are paid: at 92 nothing is lost, at 97 it is 5 %, though the price fell.
    "short": (-100, (92.0, 96.99), (92.0, 97.0)),
}


@pytest.mark.parametrize(("lots", "held", "lost"), LOSSES.values(), ids=list(LOSSES))
def test_a_position_s_loss_counts_its_dividend(
    lots: int, held: tuple[float, float], lost: tuple[float, float]
) -> None:
    def tripped(closes: tuple[float, float]) -> list[tuple[str, float]]:
        days = ("2012-08-06", "2012-08-07", "2012-08-08", "2012-08-09")
        bars = bars_of(
            "AAPL", [(day, c, c, c, c) for day, c in zip(days, (100.0, 100.0, *closes), strict=True)]
        )
        paid = Known("AAPL.XNAS", parse_ns("2012-08-08"), DIVIDEND, 0.92, 8.0)
        journal, _, _ = hold(bars, [paid], lots, breakers=("position_loss",))
        found = [r.event for r in journal.read() if isinstance(r.event, BreakerTripped)]
        return [(one.breaker, round(one.value, 6)) for one in found]

    assert tripped(held) == []
    assert tripped(lost) == [("position_loss", 0.05)]


def test_income_on_what_is_held_goes_with_what_is_sold() -> None:
    instrument = stock("AAPL")
    book = Book(
        base_currency="USD",
        instruments={instrument.id: instrument},
        accounts={"main": {"USD": Ledger(cash_e8=CASH_E8, paid_in_e8=CASH_E8)}},
    )
    key = PositionKey("main", "holder", instrument.id)

    def trade(side: Side, lots: int, ticks: int) -> int:
        fill = OrderFilled(
            ts_event=NS_PER_DAY, client_order_id="o", trade_id=f"{side}{lots}{ticks}",
            instrument_id=instrument.id, side=side, quantity_lots=lots, price_ticks=ticks, commission_e8=0,
        )  # fmt: skip
        book_fill(book, fill, key)
        return book.positions[key].held_income_e8

    assert trade(Side.BUY, 100, 10_000) == 0
    pays = accounts.CorporateAction(
        ts_event=2 * NS_PER_DAY, instrument_id=instrument.id, kind=ActionKind.DIVIDEND, amount="8"
    )
    carry_out_action(book, pays)
    assert book.positions[key].held_income_e8 == 800 * DOLLAR_E8
    assert trade(Side.SELL, 25, 9_200) == 600 * DOLLAR_E8
    assert trade(Side.BUY, 25, 9_200) == 600 * DOLLAR_E8  # what comes later has earned none
    carry_out_action(
        book, msgspec.structs.replace(pays, kind=ActionKind.SPLIT, numerator=1, denominator=8, amount="")
    )
    # 12.5 new lots: half a lot, a 25th part, was paid out, and its part of the income with it.
    assert book.positions[key].held_income_e8 == 576 * DOLLAR_E8
    assert trade(Side.SELL, 20, 80_000) == 0
    assert book.positions[key].income_e8 == 800 * DOLLAR_E8


@pytest.mark.parametrize("side", [Side.BUY, Side.SELL])
def test_a_delisting_pays_its_amount_to_the_cent_though_it_lies_between_two_ticks(side: Side) -> None:
    instrument = stock("AAPL")
    book = Book(
        base_currency="USD",
        instruments={instrument.id: instrument},
        accounts={"main": {"USD": Ledger(cash_e8=CASH_E8, paid_in_e8=CASH_E8)}},
    )
    fill = OrderFilled(
        ts_event=NS_PER_DAY, client_order_id="o", trade_id="t", instrument_id=instrument.id, side=side,
        quantity_lots=10_000, price_ticks=2_000, commission_e8=0,
    )  # fmt: skip
    book_fill(book, fill, PositionKey("main", "holder", instrument.id))
    cash_before = book.accounts["main"]["USD"].cash_e8
    ends = accounts.CorporateAction(
        ts_event=2 * NS_PER_DAY, instrument_id=instrument.id, kind=ActionKind.DELISTING, amount="26.125"
    )
    carry_out_action(book, ends)
    assert book.accounts["main"]["USD"].cash_e8 - cash_before == side.sign * 261_250 * DOLLAR_E8


def test_the_same_out_of_the_sample_that_is_shipped() -> None:
    raw = load("AAPL")
    bars = bars_from_raw(raw).between(parse_ns("2012-08-06"), parse_ns("2012-08-14"))
    named = {**vars(bars), "instrument_id": "AAPL.XNAS"}
    actions = [Known("AAPL.XNAS", a.ex_ns, a.kind, a.price_factor, a.value) for a in raw.actions or ()]
    _, book, _ = hold(BarColumns(**named), actions, 100)
    assert (book.equity_e8 - CASH_E8) / DOLLAR_E8 == 987


def test_who_buys_on_the_day_itself_has_no_part_in_the_dividend() -> None:
    paid = Known("AAPL.XNAS", parse_ns("2012-08-07"), DIVIDEND, 0.99, 2.65)
    journal, _, _ = hold(bars_of("AAPL", APPLE_2012), [paid], 100)
    assert not [r for r in journal.read() if isinstance(r.event, CashMoved)]


SPLITS = {
    "NFLX": (7, "2015-07-15", "2015-07-10", "2015-07-22"),
    "AAPL-2014": (7, "2014-06-09", "2014-06-04", "2014-06-16"),
    "AAPL-2020": (4, "2020-08-31", "2020-08-26", "2020-09-04"),
}


def shared_bars(shared_data: Path, symbol: str, start: str, end: str) -> BarColumns:
    pl = pytest.importorskip("polars")
    rows = pl.read_parquet(shared_data / "stocks_daily_av" / "sp500_daily.parquet")
    chosen = rows.filter(
        (pl.col("symbol") == symbol)
        & pl.col("date").dt.date().is_between(date.fromisoformat(start), date.fromisoformat(end))
    )
    prices = zip(*(chosen[name].to_list() for name in ("open", "high", "low", "close")), strict=True)
    days = [str(day) for day in chosen["date"].dt.date().to_list()]
    return bars_of(symbol, [(day, *four) for day, four in zip(days, prices, strict=True)])


@pytest.mark.parametrize("lots", [37, -37])
@pytest.mark.parametrize("name", SPLITS)
def test_a_split_changes_what_is_held_and_not_what_it_is_worth(
    shared_data: Path, name: str, lots: int
) -> None:
    ratio, day, start, end = SPLITS[name]
    symbol = name.split("-")[0]
    bars = shared_bars(shared_data, symbol, start, end)
    told = split(f"{symbol}.XNAS", parse_ns(day), 7.000007 if ratio == 7 else 4.0)  # the vendor's figure
    journal, book, calendar = hold(bars, [told], lots)
    records = list(journal.read())
    (adjusted,) = [r.event for r in records if isinstance(r.event, PositionAdjusted)]
    assert (adjusted.old_lots, adjusted.new_lots) == (lots, lots * ratio)
    assert adjusted.ts_event == calendar.session_bounds(parse_ns(day) + 20 * 3_600 * 10**9)[0]
    assert not [r.event for r in records if isinstance(r.event, BreakerTripped)]
    # The equity after the split alone, from a replay that stops there.
    instrument_id = bars.instrument_id
    at = next(i for i, r in enumerate(records) if isinstance(r.event, CorporateAction))
    before, after = (equity_after(records[:n], instrument_id, lots, calendar) for n in (at, at + 2))
    assert before == after
    # And its worth at the end by hand.
    opened = Decimal(str(bars.open[1]))
    worth = lots * ratio * Decimal(str(bars.close[-1])) - lots * opened - 1
    assert Decimal(book.equity_e8 - CASH_E8).scaleb(-8) == worth


def equity_after(records: Sequence[object], instrument_id: str, lots: int, calendar: TradingCalendar) -> int:
    by_id = {instrument_id: stock(instrument_id.split(".")[0])}
    board = BreakerBoard(by_id, breakers=losses(lots), calendars={"XNYS": calendar})
    reducer = Reducer([Holder(lots)], OpenGate(), board, plain_planner)
    replay(records, reducer)  # type: ignore[arg-type]
    return reducer.state.book.equity_e8
