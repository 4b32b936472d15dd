"""The second gate shares nothing with the first, and lets closing through."""

import ast
import inspect

import msgspec
import pytest

from tradewind.core.accounts import CashMoved, CorporateAction
from tradewind.core.book import PositionKey
from tradewind.core.decisions import Refused
from tradewind.core.errors import ConfigError
from tradewind.core.instruments import AssetClass, Instrument
from tradewind.core.market import Bar, Quote
from tradewind.core.orders import Order, OrderCanceled, OrderFilled, OrderReplaced, OrderType, Side
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_MINUTE, parse_ns
from tradewind.core.vocabulary import ActionKind, CashReason
from tradewind.risk import last_look
from tradewind.risk.last_look import LastLook, LastLookSettings
from tradewind.risk.own_account import OwnAccount

NOON = parse_ns("2024-03-12T16:00:00+00:00")


def instrument(symbol: str, quote: str = "USD", **changes: object) -> Instrument:
    fields: dict[str, object] = {
        "symbol": symbol,
        "asset_class": AssetClass.FX if "/" in symbol else AssetClass.EQUITY,
        "venue": "SIM",
        "quote_currency": quote,
        "tick_size": "0.01",
        "lot_size": "1",
        "calendar": "24/7",
    }
    return Instrument(**(fields | changes))  # type: ignore[arg-type]


ALL = {
    one.id: one
    for one in (
        instrument("AAPL"),
        instrument("SPY"),
        instrument("OIL", negative_prices=True),
        instrument("USD/JPY", "JPY"),
        instrument("SONY", "JPY"),
    )
}


def make_order(symbol: str, signed: int, **changes: object) -> Order:
    fields: dict[str, object] = {
        "client_order_id": "o1",
        "decision_id": "d1",
        "strategy": "s",
        "instrument_id": f"{symbol}.SIM",
        "side": Side.BUY if signed > 0 else Side.SELL,
        "quantity_lots": abs(signed),
    }
    return Order(**(fields | changes))  # type: ignore[arg-type]


def fill(client_order_id: str, symbol: str, signed: int, ticks: int, **changes: object) -> OrderFilled:
    return OrderFilled(
        ts_event=NOON,
        client_order_id=client_order_id,
        instrument_id=f"{symbol}.SIM",
        trade_id=f"{client_order_id}-1",
        side=Side.BUY if signed > 0 else Side.SELL,
        quantity_lots=abs(signed),
        price_ticks=ticks,
        **changes,  # type: ignore[arg-type]
    )


def end(client_order_id: str) -> OrderCanceled:
    return OrderCanceled(ts_event=NOON, client_order_id=client_order_id, instrument_id="AAPL.SIM")


def looker(**changes: object) -> LastLook:
    fields: dict[str, object] = {"max_order_notional": 20_000.0, "max_instrument_notional": 30_000.0}
    look = LastLook(ALL, LastLookSettings(**(fields | changes)))  # type: ignore[arg-type]
    look.saw_price("AAPL.SIM", 170.0, NOON)
    return look


def rule(verdict: object) -> str:
    return verdict.rule if isinstance(verdict, Refused) else "approved"


def test_size_price_rate_and_identity() -> None:
    look = looker(per_minute=2)
    assert rule(look.check(make_order("AAPL", 118, client_order_id="a"), NOON)) == "last_look_size"
    assert rule(look.check(make_order("AAPL", 117, client_order_id="a"), NOON)) == "approved"
    assert rule(look.check(make_order("AAPL", 1, client_order_id="a"), NOON)) == "last_look_duplicate"
    # 117 lots wait to be filled: 176 x 170 = 29,920 is the most.
    assert rule(look.check(make_order("AAPL", 60, client_order_id="b"), NOON)) == "last_look_position"
    assert rule(look.check(make_order("AAPL", 59, client_order_id="b"), NOON)) == "approved"
    assert rule(look.check(make_order("AAPL", -1, client_order_id="c"), NOON)) == "last_look_rate"
    later = NOON + NS_PER_MINUTE
    assert rule(look.check(make_order("AAPL", -1, client_order_id="c"), later)) == "approved"
    assert rule(look.check(make_order("SPY", 1, client_order_id="d"), later)) == "last_look_price"
    assert rule(look.check(make_order("XYZ", 1, client_order_id="d"), later)) == "last_look_instrument"


def test_ended_orders_make_room_again() -> None:
    look = looker()
    look.check(make_order("AAPL", 117, client_order_id="a"), NOON)
    look.saw_report(end("a"))
    assert rule(look.check(make_order("AAPL", 117, client_order_id="b"), NOON)) == "approved"
    look.saw_report(fill("b", "AAPL", 117, 17_000))
    assert rule(look.check(make_order("AAPL", 60, client_order_id="c"), NOON)) == "last_look_position"


@pytest.mark.parametrize(("limit", "wanted"), [(18_700, "approved"), (18_701, "last_look_collar")])
def test_collar(limit: int, wanted: str) -> None:
    order = make_order("AAPL", 1, order_type=OrderType.LIMIT, limit_price_ticks=limit)
    assert rule(looker().check(order, NOON)) == wanted


def test_closing_at_the_market_always_passes() -> None:
    look = looker(per_minute=1, max_age_ns=0)
    look.saw_position("SPY.SIM", 1_000_000)
    assert rule(look.check(make_order("SPY", -1_000_000, client_order_id="a"), NOON)) == "approved"
    assert rule(look.check(make_order("SPY", -1_000_000, client_order_id="b"), NOON)) == "approved"
    assert rule(look.check(make_order("SPY", -1_000_001, client_order_id="c"), NOON)) != "approved"


def test_bounds_are_checked() -> None:
    with pytest.raises(ConfigError, match="-1"):
        looker(max_order_notional=-1.0)


def test_it_imports_nothing_of_the_first_gate() -> None:
    tree = ast.parse(inspect.getsource(last_look))
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    mine = {"tradewind.risk.own_account"}
    assert not {m for m in modules - mine if m and (m.startswith("tradewind.risk") or "kernels" in m)}


def own_equity(**changes: object) -> LastLook:
    look = LastLook(ALL, LastLookSettings(), cash={"USD": 100_000.0}, base_currency="USD")
    for symbol, price in {"AAPL": 170.0, "USD/JPY": 150.0, "SONY": 13_000.0}.items():
        look.saw_price(f"{symbol}.SIM", price, NOON)
    return look


def bar(symbol: str, price: float, ts: int) -> Bar:
    return Bar(ts_event=ts, instrument_id=f"{symbol}.SIM", open=price, high=price, low=price, close=price)


def test_by_default_an_order_may_be_worth_the_equity_and_a_position_twice() -> None:
    look = own_equity()
    # 588 x 170 = 99,960; 1,153 x 13,000 yen at 150 = 99,927 dollars.
    assert rule(look.check(make_order("AAPL", 589, client_order_id="a"), NOON)) == "last_look_size"
    assert rule(look.check(make_order("SONY", 1_154, client_order_id="a"), NOON)) == "last_look_size"
    assert rule(look.check(make_order("SONY", 1_153, client_order_id="a"), NOON)) == "approved"
    assert rule(look.check(make_order("AAPL", 588, client_order_id="b"), NOON)) == "approved"
    assert rule(look.check(make_order("AAPL", 588, client_order_id="c"), NOON)) == "approved"
    assert rule(look.check(make_order("AAPL", 1, client_order_id="d"), NOON)) == "last_look_position"


def test_the_bound_follows_the_equity_that_the_gate_reckons_itself() -> None:
    look = own_equity()
    look.check(make_order("AAPL", 500, client_order_id="a"), NOON)
    look.saw_report(fill("a", "AAPL", 500, 17_000, commission_e8=10**8))
    look.saw_market(bar("AAPL", 85.0, NOON + 1))  # half of 85,000 lost: 57,499 are left
    assert rule(look.check(make_order("AAPL", 677, client_order_id="b"), NOON)) == "last_look_size"
    assert rule(look.check(make_order("AAPL", 676, client_order_id="b"), NOON)) == "approved"
    moved = CashMoved(
        ts_event=NOON, account="main", currency="USD", amount_e8=-(10**13), reason=CashReason.WITHDRAWAL
    )
    look.saw_market(moved)
    assert rule(look.check(make_order("AAPL", 1, client_order_id="c"), NOON)) == "last_look_size"
    assert rule(look.check(make_order("AAPL", -500, client_order_id="d"), NOON)) == "approved"


def test_a_split_changes_nothing_of_what_it_lets_through() -> None:
    look = own_equity()
    look.check(make_order("AAPL", 500, client_order_id="a"), NOON)
    look.saw_report(fill("a", "AAPL", 500, 17_000))
    split = CorporateAction(
        ts_event=NOON + 1, instrument_id="AAPL.SIM", kind=ActionKind.SPLIT, numerator=4, denominator=1
    )
    look.saw_market(split)
    assert rule(look.check(make_order("AAPL", -2_000, client_order_id="b"), NOON)) == "approved"
    assert rule(look.check(make_order("AAPL", 2_353, client_order_id="c"), NOON)) == "last_look_size"


def test_a_merger_moves_what_it_holds_and_takes_the_cash() -> None:
    look = own_equity()
    look.check(make_order("AAPL", 500, client_order_id="a"), NOON)
    look.saw_report(fill("a", "AAPL", 500, 17_000))  # 15,000 are left in cash, and 85,000 in shares
    merger = CorporateAction(
        ts_event=NOON + 1, instrument_id="AAPL.SIM", kind=ActionKind.MERGER, amount="200"
    )
    look.saw_market(merger)
    assert look._account.equity() == 115_000.0
    assert look._account.net("AAPL.SIM") == 0


def test_shares_of_a_merger_and_a_spin_off_are_held_beside_their_cash() -> None:
    names = {name: msgspec.structs.replace(ALL["AAPL.SIM"], symbol=name) for name in ("OLD", "NEW")}
    own = OwnAccount({f"{name}.SIM": one for name, one in names.items()}, {"USD": 0.0}, "USD")
    own.add(PositionKey("main", "s", "OLD.SIM"), -101)
    terms = {"ts_event": NOON, "instrument_id": "OLD.SIM", "into": "NEW.SIM", "into_price": "8"}
    spun = CorporateAction(kind=ActionKind.SPIN_OFF, denominator=2, **terms)  # type: ignore[arg-type]
    own.take_action(spun)  # half a share for each: 50 go short, and half of one is paid
    assert (own.net("OLD.SIM"), own.net("NEW.SIM")) == (-101, -50)
    assert own.equity() == pytest.approx(-4.0 - 50 * 8.0)
    merged = CorporateAction(kind=ActionKind.MERGER, numerator=3, amount="1.5", **terms)  # type: ignore[arg-type]
    own.take_action(merged)
    assert (own.net("OLD.SIM"), own.net("NEW.SIM")) == (0, -353)
    assert own.equity() == pytest.approx(-4.0 - 101 * 1.5 - 353 * 8.0)


def test_an_order_that_the_venue_made_smaller_waits_for_less() -> None:
    look = looker()
    look.check(make_order("AAPL", 117, client_order_id="a"), NOON)
    replaced = OrderReplaced(ts_event=NOON, client_order_id="a", instrument_id="AAPL.SIM", quantity_lots=10)
    look.saw_report(replaced)
    assert rule(look.check(make_order("AAPL", 117, client_order_id="b"), NOON)) == "approved"


def test_one_strategy_closes_although_another_holds_the_other_way() -> None:
    look = own_equity()
    look.check(make_order("AAPL", 100, client_order_id="a"), NOON)
    look.check(make_order("AAPL", -50, client_order_id="b", strategy="other"), NOON)
    look.saw_report(fill("a", "AAPL", 100, 17_000))
    look.saw_report(fill("b", "AAPL", -50, 17_000))
    later = NOON + 30 * NS_PER_DAY  # the price is stale: only what closes leaves
    assert (
        rule(look.check(make_order("AAPL", 50, client_order_id="c", strategy="other"), later)) == "approved"
    )
    assert rule(look.check(make_order("AAPL", 50, client_order_id="d"), later)) == "last_look_price"


def test_prices_of_less_than_nothing_where_the_instrument_has_them() -> None:
    look = own_equity()
    look.saw_market(bar("OIL", -37.63, NOON))
    assert rule(look.check(make_order("OIL", -2_657, client_order_id="a"), NOON)) == "approved"
    assert rule(look.check(make_order("OIL", -2_658, client_order_id="b"), NOON)) == "last_look_size"


def test_a_snapshot_gives_back_all_that_it_has_seen() -> None:
    look = own_equity()
    look.check(make_order("AAPL", 500, client_order_id="a"), NOON)
    look.saw_report(fill("a", "AAPL", 200, 17_000))
    again = LastLook(ALL, LastLookSettings(), cash={"USD": 5.0}, base_currency="USD")
    again.restore(look.snapshot())
    assert again.snapshot() == look.snapshot()
    assert rule(again.check(make_order("AAPL", 1, client_order_id="a"), NOON)) == "last_look_duplicate"


@pytest.mark.parametrize(("bid", "ask"), [(100.0, 1.0), (0.0, 100.0), (100.0, 0.0)])
def test_a_quote_that_is_no_market_is_no_price(bid: float, ask: float) -> None:
    gate = LastLook(ALL)
    gate.saw_market(Quote(ts_event=NOON, instrument_id="AAPL.SIM", bid=bid, ask=ask))
    refused = gate.check(make_order("AAPL", 1), NOON)
    assert isinstance(refused, Refused)
    assert "no fresh price of AAPL.SIM" in refused.reason
    gate.saw_market(Quote(ts_event=NOON, instrument_id="AAPL.SIM", bid=99.9, ask=100.1))
    assert not isinstance(gate.check(make_order("AAPL", 1), NOON), Refused)
