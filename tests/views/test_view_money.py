"""A session's view against events that change orders, prices and capital without a fill."""

from decimal import Decimal

import msgspec
import pytest

from tradewind.core.accounts import CashMoved, CorporateAction, PositionAdjusted
from tradewind.core.decisions import AccountMarked, OrderRequested
from tradewind.core.events import AccountTerms, Record, SessionStarted, StrategyTerms
from tradewind.core.instruments import AssetClass, Instrument
from tradewind.core.market import Bar, Event, Quote
from tradewind.core.orders import (
    Order,
    OrderAccepted,
    OrderFilled,
    OrderReplaced,
    OrderType,
    Side,
    SubmissionUnknown,
)
from tradewind.core.timestamps import NS_PER_DAY, parse_ns
from tradewind.core.vocabulary import ActionKind, CashReason, SessionMode
from tradewind.views.rows import Changes
from tradewind.views.session.view import fold

E8 = 10**8
START = parse_ns("2024-03-11T00:00:00+00:00")
AAPL = Instrument(
    symbol="AAPL", asset_class=AssetClass.EQUITY, venue="XNAS", quote_currency="USD", tick_size="0.01",
    lot_size="1", calendar="XNYS",
)  # fmt: skip
BTC = Instrument(
    symbol="BTC/USD", asset_class=AssetClass.CRYPTO, venue="KRAKEN", quote_currency="USD", tick_size="0.01",
    lot_size="0.0001", calendar="24/7",
)  # fmt: skip
EURUSD = Instrument(
    symbol="EUR/USD", asset_class=AssetClass.FX, venue="IDEALPRO", quote_currency="USD", tick_size="0.0001",
    lot_size="1", calendar="24/5",
)  # fmt: skip


def started(cash: dict[str, int]) -> SessionStarted:
    blank = {field.name: "" for field in msgspec.structs.fields(SessionStarted) if field.required}
    given = blank | {
        "ts_event": START,
        "session_id": "s",
        "mode": SessionMode.PAPER,
        "base_currency": "USD",
        "accounts": (AccountTerms(account="main", cash_e8={c: n * E8 for c, n in cash.items()}),),
        "strategies": (
            StrategyTerms(strategy="a", account="main"),
            StrategyTerms(strategy="b", account="main"),
        ),
        "instruments": (AAPL, BTC, EURUSD),
    }
    return SessionStarted(**given)


def shown(*events: Event, cash: dict[str, int] | None = None) -> Changes:
    told = [started(cash or {"USD": 100_000}), *events]
    records = [
        Record(seq=seq, cause=0, version="2/0", event=event, hash=b"") for seq, event in enumerate(told, 1)
    ]
    return fold(records).changes()


def order(lots: int, strategy: str = "a", limit: int | None = None, one: Instrument = AAPL) -> OrderRequested:
    kind = OrderType.MARKET if limit is None else OrderType.LIMIT
    return OrderRequested(
        ts_event=START,
        order=Order(
            client_order_id=f"{strategy}-{one.id}", decision_id="d", strategy=strategy, instrument_id=one.id,
            side=Side.BUY, quantity_lots=lots, order_type=kind, limit_price_ticks=limit,
        ),
    )  # fmt: skip


def filled(lots: int, ticks: int, strategy: str = "a", one: Instrument = AAPL, **more: object) -> OrderFilled:
    own = f"{strategy}-{one.id}"
    return OrderFilled(
        ts_event=START, client_order_id=own, instrument_id=one.id, trade_id=f"{own}-{lots}-{ticks}",
        side=Side.BUY, quantity_lots=lots, price_ticks=ticks, **more,
    )  # fmt: skip


def bar(one: Instrument, price: float, days: int = 0) -> Bar:
    return Bar(
        ts_event=START + days * NS_PER_DAY, instrument_id=one.id, open=price, high=price, low=price,
        close=price,
    )  # fmt: skip


def marked(equity: int, drawdown_pct: float = 0.0) -> AccountMarked:
    return AccountMarked(
        ts_event=START, equity_e8=equity * E8, cash_e8=0, gross_e8=0, net_e8=0, drawdown_pct=drawdown_pct
    )


def test_an_order_that_the_venue_changed_is_shown_as_it_stands() -> None:
    own = {"ts_event": START, "client_order_id": "a-AAPL.XNAS", "instrument_id": AAPL.id}
    amended = OrderReplaced(**own, quantity_lots=80, limit_price_ticks=40_125)
    (row,) = shown(order(100, limit=40_000), OrderAccepted(**own), amended).open_orders or ()
    assert (row.quantity, row.limit_price, row.state) == ("80", "401.25", "working")


def test_a_split_of_a_partly_filled_order_keeps_what_its_fills_cost() -> None:
    """25 of 100 at 400.00 (4 bps), then 4:1, then 300 at 101.00 (8 bps): 100 at 100.00 and 300 at 101.00."""
    own = {"ts_event": START, "client_order_id": "a-AAPL.XNAS", "instrument_id": AAPL.id}
    split = OrderReplaced(**own, quantity_lots=400, limit_price_ticks=10_200, filled_lots=100)
    before, after = filled(25, 40_000, slippage_bps=4.0), filled(300, 10_100, slippage_bps=8.0)
    (row,) = shown(order(100, limit=40_800), OrderAccepted(**own), before, split, after).closed_orders
    assert (row.quantity, row.filled, row.state, row.average_price) == ("400", "400", "filled", "100.75")
    assert row.slippage_bps == pytest.approx((100 * 4.0 + 300 * 8.0) / 400)


def test_an_order_without_an_answer_says_so() -> None:
    silence = SubmissionUnknown(
        ts_event=START, client_order_id="a-AAPL.XNAS", instrument_id=AAPL.id, reason="timed out"
    )
    (row,) = shown(order(100), silence).open_orders or ()
    assert (row.state, row.reason) == ("unknown", "timed out")


def test_a_split_moves_the_shown_price_once_however_many_hold_it() -> None:
    action = CorporateAction(ts_event=START, instrument_id=AAPL.id, kind=ActionKind.SPLIT, numerator=4)
    adjusted = [
        PositionAdjusted(
            ts_event=START, account="main", strategy=name, instrument_id=AAPL.id, old_lots=10, new_lots=40,
            cost_e8=4_000 * E8, reason="",
        )
        for name in ("a", "b")
    ]  # fmt: skip
    bought = [event for name in "ab" for event in (order(10, name), filled(10, 40_000, name))]
    session = shown(bar(AAPL, 396.0), *bought, bar(AAPL, 400.0, 1), action, *adjusted)
    assert [(row.mark_price, row.unrealized_pnl) for row in session.positions] == [("100.00", "0.00")] * 2
    unheld = shown(bar(AAPL, 396.0), bar(AAPL, 400.0, 1), action, bar(AAPL, 100.98, 2))
    row = next(row for row in unheld.market if row.instrument_id == AAPL.id)
    assert (row.previous, row.change_pct) == ("100.00", pytest.approx(0.98))


def test_a_dividend_is_taken_off_the_shown_price_until_the_next_one() -> None:
    goes_ex = CorporateAction(ts_event=START, instrument_id=AAPL.id, kind=ActionKind.DIVIDEND, amount="0.125")
    before = (bar(AAPL, 400.0), order(100), filled(100, 40_000))
    session = shown(*before, goes_ex)
    (row,) = session.positions
    (market,) = [one for one in session.market if one.instrument_id == AAPL.id]
    assert Decimal(row.value) == Decimal("39987.5")  # 399.875 a share lies between two ticks
    assert Decimal(row.unrealized_pnl) == Decimal("-12.5")
    assert row.mark_price == market.price == "399.88"
    session = shown(*before, goes_ex, bar(AAPL, 399.0))
    assert Decimal(session.positions[0].value) == Decimal(39_900)
    in_euro = msgspec.structs.replace(goes_ex, currency="EUR")
    assert Decimal(shown(*before, in_euro).positions[0].value) == Decimal(40_000)  # no rate: as the loop
    session = shown(*before, bar(EURUSD, 1.25), in_euro)
    assert Decimal(session.positions[0].value) == Decimal("39984.375")
    for amount in ("0", "lots", "400", "-1"):
        session = shown(*before, msgspec.structs.replace(goes_ex, amount=amount))
        assert Decimal(session.positions[0].value) == Decimal(40_000)


def test_a_fee_in_coin_is_shown_in_the_quote_currency() -> None:
    """0.002 BTC at 60,000 are 120 USD, not 0.002 of anything else."""
    fill = filled(10_000, 6_000_000, one=BTC, commission_e8=200_000, fee_currency="BTC")
    session = shown(bar(BTC, 60_000.0), order(10_000, one=BTC), fill)
    assert Decimal(session.closed_orders[0].commission) == Decimal(session.positions[0].commission) == 120
    assert Decimal(session.closed_orders[0].fills[0].commission) == 120


def test_what_owners_pay_in_is_no_profit() -> None:
    """50,000 USD and 10,000 EUR come, 5,000 USD of EUR at 1.10 were there at the start: 1,000 were earned."""
    moved = [
        CashMoved(
            ts_event=START, account="main", currency=currency, amount_e8=amount * E8,
            reason=CashReason.DEPOSIT,
        )
        for currency, amount in (("USD", 50_000), ("EUR", 10_000))
    ]  # fmt: skip
    events = (bar(EURUSD, 1.10), *moved, marked(100_000 + 5_500 + 50_000 + 11_000 + 1_000))
    account = shown(*events, cash={"USD": 100_000, "EUR": 5_000}).account
    assert account is not None
    assert Decimal(account.profit) == 1_000
    assert account.profit_pct == pytest.approx(100 * 1_000 / 166_500)


def test_the_drawdown_shown_is_the_one_that_the_session_recorded() -> None:
    """A withdrawal of half the account is no drawdown; a peak between two marks counts."""
    taken = CashMoved(
        ts_event=START, account="main", currency="USD", amount_e8=-50_000 * E8, reason=CashReason.WITHDRAWAL
    )
    session = shown(marked(100_000), taken, marked(49_500, 1.5), marked(49_900, 0.7))
    assert session.account is not None
    assert (session.account.drawdown_pct, session.account.max_drawdown_pct) == (0.7, 1.5)
    assert max(point.drawdown_pct for point in session.curve) == 1.5


@pytest.mark.parametrize(("bid", "ask"), [(0.0, 300.0), (300.0, 0.0), (301.0, 300.0)])
def test_a_quote_with_one_side_or_crossed_says_nothing(bid: float, ask: float) -> None:
    session = shown(bar(AAPL, 400.0), Quote(ts_event=START, instrument_id=AAPL.id, bid=bid, ask=ask))
    assert next(row.price for row in session.market if row.instrument_id == AAPL.id) == "400.00"
