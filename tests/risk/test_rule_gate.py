"""The gate, rule by rule, and against an independent count of where an approved order could lead."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from risk_books import ALL, E8, MARKS, NOON, make_book, make_order, put_open

from tradewind.core.decisions import APPROVED, Refused
from tradewind.core.errors import ConfigError, RegistryError
from tradewind.core.orders import OrderType, Side
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.risk.gate import RuleGate
from tradewind.risk.registry import RULES


def rule_of(verdict: object) -> str:
    return verdict.rule if isinstance(verdict, Refused) else "approved"


@pytest.mark.parametrize(
    ("instrument_id", "lots", "rule"),
    [
        ("AAPL.SIM", 147, "approved"),  # 147 x 170 = 24,990 of 25,000
        ("AAPL.SIM", 148, "position_limit"),
        ("AAPL.SIM", -147, "approved"),
        ("AAPL.SIM", -148, "position_limit"),
        ("BTC/USD.COIN", 2857, "approved"),  # 0.2857 x 70,000 = 19,999 of 20,000
        ("BTC/USD.COIN", 2858, "position_limit"),
        ("EUR/USD.SIM", 23, "approved"),  # 23,000 x 1.085 = 24,955
        ("EUR/USD.SIM", 24, "position_limit"),
        ("USD/JPY.SIM", 25, "approved"),  # 25,000 x 148 / 148 = 25,000.00 exactly
        ("USD/JPY.SIM", 26, "position_limit"),
        ("MSFT.SIM", -1, "shorting"),
        ("^SPX.SIM", 1, "tradable"),
        ("NONE", 1, "known_instrument"),
        ("AAPL.SIM", 0, "valid_order"),
    ],
)
def test_limits_hold_to_the_lot(instrument_id: str, lots: int, rule: str) -> None:
    gate = RuleGate(ALL)
    assert rule_of(gate.check(make_order(instrument_id, lots), make_book())) == rule


def test_refusal_carries_the_figures() -> None:
    verdict = RuleGate(ALL).check(make_order("AAPL.SIM", 200), make_book())
    assert isinstance(verdict, Refused)
    assert verdict.figures == {"value": 34_000.0, "cap": 25_000.0, "equity": 100_000.0, "limit": 0.25}
    assert "34.00%" in verdict.reason


def test_open_orders_count_in_full() -> None:
    gate, book = RuleGate(ALL), make_book()
    put_open(book, make_order("AAPL.SIM", 100, client_order_id="a"), filled=10)
    assert gate.check(make_order("AAPL.SIM", 57), book) is APPROVED
    assert rule_of(gate.check(make_order("AAPL.SIM", 58), book)) == "position_limit"
    put_open(book, make_order("AAPL.SIM", -90, client_order_id="b"))
    assert rule_of(gate.check(make_order("AAPL.SIM", 58), book)) == "position_limit"


def test_open_sales_of_others_count_as_the_shorts_they_would_make() -> None:
    book = make_book()
    put_open(book, make_order("SPY.SIM", -40, client_order_id="p"))  # 20,400 short when it fills
    assert (
        RuleGate(ALL, {"gross_exposure": {"limit": 0.37}}).check(make_order("AAPL.SIM", 97), book) is APPROVED
    )
    verdict = RuleGate(ALL, {"gross_exposure": {"limit": 0.37}}).check(make_order("AAPL.SIM", 98), book)
    assert rule_of(verdict) == "gross_exposure"


def test_gross_net_class_venue_leverage_turnover_cash() -> None:
    held = {"AAPL.SIM": 100, "SPY.SIM": -40, "EUR/USD.SIM": 10}  # 17,000 long, 20,400 short, 10,850 long
    cases = {
        "gross_exposure": {"gross_exposure": {"limit": 0.499}},
        "net_exposure": {"net_exposure": {"limit": 0.08}},
        "class_exposure": {"class_exposure": {"equity": 0.38}},
        "venue_exposure": {"venue_exposure": {"by_venue": {"SIM": 0.499}}},
        "leverage": {"leverage": {"account": 0.499}},
        "turnover": {"turnover": {"limit": 0.01}},
        "order_size": {"order_size": {"notional": 1_000.0}},
    }
    order = make_order("AAPL.SIM", 10)
    assert RuleGate(ALL).check(order, make_book(held=held)) is APPROVED
    for rule, changed in cases.items():
        assert rule_of(RuleGate(ALL, changed).check(order, make_book(held=held))) == rule, rule
    poor = make_book(held=held)
    poor.accounts["main"]["USD"].cash_e8 = 1_699 * E8
    assert rule_of(RuleGate(ALL).check(order, poor)) == "cash"
    assert RuleGate(ALL, {"cash": {"borrow": 1.0}}).check(order, poor) is APPROVED


def test_a_limit_above_the_mark_needs_the_cash_of_the_limit() -> None:
    book = make_book()
    book.accounts["main"]["USD"].cash_e8 = 17_000 * E8
    at = {"order_type": OrderType.LIMIT, "limit_price_ticks": 17_001}
    assert RuleGate(ALL).check(make_order("AAPL.SIM", 100), book) is APPROVED
    assert rule_of(RuleGate(ALL).check(make_order("AAPL.SIM", 100, **at), book)) == "cash"


@pytest.mark.parametrize(
    ("signed", "limit", "kind", "rule"),
    [
        (10, 17_850, OrderType.LIMIT, "approved"),  # 5 % through
        (10, 17_851, OrderType.LIMIT, "price_collar"),
        (10, 8_500, OrderType.LIMIT, "approved"),  # 50 % away
        (10, 8_499, OrderType.LIMIT, "price_collar"),
        (-10, 16_150, OrderType.LIMIT, "approved"),
        (-10, 16_149, OrderType.LIMIT, "price_collar"),
        (10, 21_000, OrderType.STOP_LIMIT, "approved"),  # 5 % through its stop of 20,000
        (10, 21_001, OrderType.STOP_LIMIT, "price_collar"),
    ],
)
def test_price_collar(signed: int, limit: int, kind: OrderType, rule: str) -> None:
    stop = {"stop_price_ticks": 20_000} if kind is OrderType.STOP_LIMIT else {}
    order = make_order("AAPL.SIM", signed, order_type=kind, limit_price_ticks=limit, **stop)
    assert rule_of(RuleGate(ALL).check(order, make_book())) == rule


def test_stale_missing_and_unvalued() -> None:
    gate = RuleGate(ALL, {"stale_mark": {"max_age_ns": 60}})
    book = make_book(held={"SPY.SIM": 10})
    book.mark_ts["AAPL.SIM"] = NOON - 60
    assert gate.check(make_order("AAPL.SIM", 1), book) is APPROVED
    book.mark_ts["AAPL.SIM"] = NOON - 61
    assert rule_of(gate.check(make_order("AAPL.SIM", 1), book)) == "stale_mark"
    del book.mark_ticks["SPY.SIM"]
    book.mark_ts["AAPL.SIM"] = NOON
    verdict = gate.check(make_order("AAPL.SIM", 1), book)
    assert rule_of(verdict) == "valuation"
    assert "SPY.SIM has no price" in verdict.reason  # type: ignore[union-attr]
    book = make_book()
    book.rates.clear()
    verdict = gate.check(make_order("USD/JPY.SIM", 1), book)
    assert rule_of(verdict) == "valuation"


def test_rate_and_duplicates() -> None:
    gate, book = RuleGate(ALL, {"order_rate": {"per_minute": 2}}), make_book(held={"AAPL.SIM": 5})
    book.order_times_ns = [NOON - 60_000_000_001, NOON - 60_000_000_000, NOON - 1]
    assert gate.check(make_order("AAPL.SIM", 1), book) is APPROVED  # only one lies inside the last 60 s
    book.order_times_ns = [NOON - 59_999_999_999, NOON - 1]
    assert rule_of(gate.check(make_order("AAPL.SIM", 1), book)) == "order_rate"
    assert gate.check(make_order("AAPL.SIM", -5), book) is APPROVED
    put_open(book, make_order("SPY.SIM", 1, client_order_id="o1"))
    assert rule_of(gate.check(make_order("AAPL.SIM", -5), book)) == "duplicate_order"


def test_reduce_only_has_something_to_reduce() -> None:
    gate, book = RuleGate(ALL), make_book(held={"AAPL.SIM": 10})
    assert gate.check(make_order("AAPL.SIM", -10, reduce_only=True), book) is APPROVED
    put_open(book, make_order("AAPL.SIM", -10, reduce_only=True, client_order_id="stop"))
    assert (
        gate.check(make_order("AAPL.SIM", -10, reduce_only=True), book) is APPROVED
    )  # a bracket's other leg
    assert rule_of(gate.check(make_order("AAPL.SIM", -11, reduce_only=True), book)) == "reduce_only"
    assert rule_of(gate.check(make_order("AAPL.SIM", 1, reduce_only=True), book)) == "reduce_only"
    assert rule_of(gate.check(make_order("SPY.SIM", -1, reduce_only=True), book)) == "reduce_only"


def test_closing_is_never_blocked_whatever_has_gone_wrong() -> None:
    tight = {
        name: {"limit": 0.0} for name in ("gross_exposure", "net_exposure", "venue_exposure", "turnover")
    }
    tight |= {"order_size": {"limit": 0.0}, "order_rate": {"per_minute": 0}, "stale_mark": {"max_age_ns": 0}}
    tight |= {"tradable": {"blocked": ["AAPL.SIM"]}, "leverage": {"account": 0.0}}
    book = make_book(held={"AAPL.SIM": 300, "EUR/USD.SIM": -50})
    book.equity_e8 = -5 * E8
    book.mark_ts.clear()
    gate = RuleGate(ALL, tight)
    assert gate.check(make_order("AAPL.SIM", -300), book) is APPROVED
    assert gate.check(make_order("EUR/USD.SIM", 50), book) is APPROVED
    assert rule_of(gate.check(make_order("AAPL.SIM", -301), book)) != "approved"
    assert rule_of(gate.check(make_order("AAPL.SIM", 1), book)) != "approved"


def test_a_position_grown_past_its_limit_may_turn_round() -> None:
    book = make_book(held={"AAPL.SIM": 200})  # 34 % of equity
    gate = RuleGate(ALL)
    assert gate.check(make_order("AAPL.SIM", -290), book) is APPROVED  # to -90
    assert rule_of(gate.check(make_order("AAPL.SIM", -400), book)) in ("position_limit", "order_size")


def test_settings_are_checked() -> None:
    with pytest.raises(ConfigError, match="no setting 'limits'"):
        RuleGate(ALL, {"gross_exposure": {"limits": 1.0}})
    with pytest.raises(ConfigError, match="gross_exposure"):
        RuleGate(ALL, {"gross_exposure": {"limit": "much"}})
    with pytest.raises(RegistryError, match="grose"):
        RuleGate(ALL, {"grose": {}})
    gate = RuleGate(ALL, rules=["cash"])
    assert list(gate.rules()) == ["cash"]


def test_every_rule_is_held_by_default() -> None:
    assert set(RuleGate(ALL).rules()) == set(RULES.names())


# The invariant -------------------------------------------------------------------------------

TRADED = [s for s, i in ALL.items() if i.tradable]
LOTS = {
    "AAPL.SIM": 200,
    "MSFT.SIM": 90,
    "SPY.SIM": 80,
    "BTC/USD.COIN": 4_000,
    "EUR/USD.SIM": 30,
    "USD/JPY.SIM": 35,
}
side_lots = st.sampled_from(TRADED).flatmap(
    lambda s: st.tuples(st.just(s), st.integers(-LOTS[s], LOTS[s]).filter(bool), st.booleans())
)


def value(instrument_id: str, lots: int) -> Decimal:
    """Exact value in dollars, from the instrument's own decimals: no code of the package."""
    i = ALL[instrument_id]
    amount = MARKS[instrument_id] * Decimal(i.tick_size) * lots * Decimal(i.lot_size)
    return amount if i.quote_currency == "USD" else amount / 148


def outcomes(pos: int, orders: list[tuple[int, bool]]) -> tuple[int, int]:
    """Lowest and highest position over every order of filling any of the open orders."""
    seen = {pos}
    frontier = {(pos, tuple(range(len(orders))))}
    while frontier:
        at, left = frontier.pop()
        for k in left:
            signed, reduce_only = orders[k]
            to = at + signed
            if reduce_only:
                to = at if at * signed >= 0 else (max(to, 0) if at > 0 else min(to, 0))
            seen.add(to)
            frontier.add((to, tuple(j for j in left if j != k)))
    return min(seen), max(seen)


@settings(max_examples=300, deadline=None)
@given(
    held=st.dictionaries(st.sampled_from(TRADED), st.integers(-100, 100), max_size=4),
    pending=st.lists(side_lots, max_size=4),
    order=side_lots,
    gross_limit=st.sampled_from([0.2, 0.35, 0.5, 1.0]),
)
def test_an_approved_order_breaches_nothing_however_the_open_orders_fill(
    held: dict[str, int],
    pending: list[tuple[str, int, bool]],
    order: tuple[str, int, bool],
    gross_limit: float,
) -> None:
    held = {s: q for s, q in held.items() if q > 0 or ALL[s].shortable}
    book = make_book(cash=100_000, held={s: q for s, q in held.items() if q})
    for k, (instrument_id, signed, reduce_only) in enumerate(pending):
        put_open(book, make_order(instrument_id, signed, client_order_id=f"p{k}", reduce_only=reduce_only))
    instrument_id, signed, _ = order
    gate = RuleGate(ALL, {"gross_exposure": {"limit": gross_limit}})
    if gate.check(make_order(instrument_id, signed), book) is not APPROVED:
        return
    pos = held.get(instrument_id, 0)
    mine = [(q, r) for s, q, r in pending if s == instrument_id]
    low, high = outcomes(pos, [*mine, (signed, False)])
    reached = high if signed > 0 else low
    if reached * signed <= 0:
        return  # it only reduces
    equity = Decimal(100_000)
    slack = Decimal("0.01")  # the rate of the yen is rounded to 1e-8
    group = {"crypto": Decimal("0.20")}.get(ALL[instrument_id].asset_class.value, Decimal("0.25"))
    assert abs(value(instrument_id, reached)) <= group * equity + slack
    gross = abs(value(instrument_id, reached))
    for other in {*held, *(s for s, _, _ in pending)} - {instrument_id}:
        lo, hi = outcomes(held.get(other, 0), [(q, r) for s, q, r in pending if s == other])
        gross += max(abs(value(other, lo)), abs(value(other, hi)))
    assert gross <= Decimal(str(gross_limit)) * equity + slack
    if signed < 0 and not ALL[instrument_id].shortable:
        assert low >= 0


@settings(max_examples=100, deadline=None)
@given(order=side_lots, part=st.integers(1, 100), equity=st.integers(-100, 100_000))
def test_market_orders_towards_flat_always_pass(order: tuple[str, int, bool], part: int, equity: int) -> None:
    instrument_id, lots, _ = order
    if lots < 0 and not ALL[instrument_id].shortable:
        return
    book = make_book(held={instrument_id: lots})
    book.equity_e8 = equity * E8
    closing = max(1, abs(lots) * part // 100)
    side = Side.SELL if lots > 0 else Side.BUY
    order_made = make_order(instrument_id, 1, side=side, quantity_lots=closing)
    assert RuleGate(ALL).check(order_made, book) is APPROVED


def test_daily_marks_are_young_enough_by_default_over_a_long_weekend() -> None:
    book = make_book()
    book.mark_ts["AAPL.SIM"] = NOON - 4 * NS_PER_DAY
    assert RuleGate(ALL).check(make_order("AAPL.SIM", 1), book) is APPROVED
