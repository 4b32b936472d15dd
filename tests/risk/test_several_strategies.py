"""Several strategies and accounts over one book: nobody touches, or is stopped by, what another holds."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from risk_books import ALL, E8, NOON, hold, make_board, make_book, make_order, own, put_open, write

from tradewind.core.book import Book, Ledger, StrategyResult, exposure_e8, note_results
from tradewind.core.decisions import APPROVED, BreakerRearmed, BreakerTripped, Refused
from tradewind.core.ports import BreakerBoard
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.core.vocabulary import BreakerScope
from tradewind.portfolio.sizing import ClassLimits, SizingInputs, SizingSettings, size_target
from tradewind.portfolio.targets import forecasts_to_targets
from tradewind.risk.gate import RuleGate
from tradewind.risk.registry import BREAKERS

AAPL, SPY = "AAPL.SIM", "SPY.SIM"
VIEW = SizingInputs(
    edge_bps=200.0, cost_bps=10.0, confidence=1.0, horizon_bars=5, bars_per_year=252.0, volatility_annual=0.3
)


def rule(verdict: object) -> str:
    return verdict.rule if isinstance(verdict, Refused) else "approved"


def long_and_short() -> Book:
    """A is long 100 AAPL, B short 60: net 40, gross 160."""
    book = make_book()
    hold(book, AAPL, 100, "a")
    hold(book, AAPL, -60, "b")
    return book


def test_gross_counts_both_sides_of_one_instrument_and_net_their_difference() -> None:
    book = long_and_short()
    assert exposure_e8(book) == (160 * 170 * E8, 40 * 170 * E8)
    gate = RuleGate(ALL, {"gross_exposure": {"limit": 0.30}, "position_limit": {"equity": 1.0}})
    order = make_order(SPY, 5, strategy="c")  # 27.2 % is taken; 2,550 more are 29.75 %
    assert gate.check(order, book) is APPROVED
    assert rule(gate.check(make_order(SPY, 6, strategy="c"), book)) == "gross_exposure"


def test_each_may_leave_whatever_the_limits_say() -> None:
    book = long_and_short()
    tight = {name: {"limit": 0.0} for name in ("gross_exposure", "net_exposure", "order_size", "turnover")}
    gate = RuleGate(ALL, tight | {"value_at_risk": {"limit": 1e-9}})
    assert gate.check(make_order(AAPL, -100, strategy="a"), book) is APPROVED
    assert gate.check(make_order(AAPL, 60, strategy="b"), book) is APPROVED
    assert gate.check(make_order(AAPL, -100, strategy="a", reduce_only=True), book) is APPROVED
    # B has nothing to sell, though the net is long; what it sells is an opening.
    assert rule(gate.check(make_order(AAPL, -10, strategy="b", reduce_only=True), book)) == "reduce_only"
    assert gate.check(make_order(AAPL, -1, strategy="b"), book) is not APPROVED


def test_a_short_that_may_not_be_is_refused_although_another_holds_shares() -> None:
    book = make_book()
    hold(book, "MSFT.SIM", 50, "a")
    gate = RuleGate(ALL)
    assert rule(gate.check(make_order("MSFT.SIM", -1, strategy="b"), book)) == "shorting"
    assert gate.check(make_order("MSFT.SIM", -50, strategy="a"), book) is APPROVED


def test_the_position_limit_is_the_instrument_s_over_all_holders() -> None:
    book = make_book()
    hold(book, AAPL, 100, "a")  # 17 %
    put_open(book, make_order(AAPL, 20, strategy="c", client_order_id="w"))
    gate = RuleGate(ALL)
    assert gate.check(make_order(AAPL, 27, strategy="b"), book) is APPROVED  # 147 lots: 24.99 %
    assert rule(gate.check(make_order(AAPL, 28, strategy="b"), book)) == "position_limit"


def test_a_buy_takes_the_cash_of_its_own_account() -> None:
    book = make_book()
    book.accounts["second"] = {"USD": Ledger(cash_e8=1_000 * E8, paid_in_e8=1_000 * E8)}
    gate = RuleGate(ALL)
    order = make_order(AAPL, 6, strategy="b", account="second")  # 1,020.00
    assert rule(gate.check(order, book)) == "cash"
    assert gate.check(make_order(AAPL, 5, strategy="b", account="second"), book) is APPROVED
    assert gate.check(make_order(AAPL, 6, strategy="b"), book) is APPROVED


def test_b_is_sized_by_its_own_holding_and_its_own_share() -> None:
    book = make_book()
    hold(book, AAPL, 100, "a")
    book.shares = {"a": 0.75, "b": 0.25}
    settings = SizingSettings()
    of_a = size_target(VIEW, own(AAPL, "a"), book, settings)
    of_b = size_target(VIEW, own(AAPL, "b"), book, settings)
    # 25 % of each one's capital: 18,750 and 6,250, in lots of 170.
    assert (of_a.target_lots, of_b.target_lots) == (110, 36)
    targets = forecasts_to_targets({own(AAPL, "b"): VIEW}, book, settings)
    assert [(t.holder.strategy, t.lots) for t in targets] == [("b", 36)]


def test_targets_of_one_cycle_fit_together_through_the_gate() -> None:
    """One after the other, each in an order of its own: none of them is refused."""
    book = make_book()
    hold(book, SPY, 40, "c")  # 20.4 % that no view speaks of
    views = {own(i, s): VIEW for i in (AAPL, "MSFT.SIM", "EUR/USD.SIM") for s in ("a", "b")}
    gate = RuleGate(ALL, {"position_limit": {"equity": 0.5, "fx": 0.5}, "order_size": {"limit": 1.0}})
    targets = forecasts_to_targets(views, book, SizingSettings())
    assert all("scaled_together" in target.steps for target in targets)
    for number, target in enumerate(targets):
        order = make_order(
            target.holder.instrument_id, target.lots, strategy=target.holder.strategy,
            client_order_id=f"o{number}",
        )  # fmt: skip
        assert gate.check(order, book) is APPROVED, target
        put_open(book, order)
    assert len(targets) == 6


@settings(max_examples=80, deadline=None)
@given(
    held=st.dictionaries(
        st.tuples(st.sampled_from("abc"), st.sampled_from(sorted(ALL))), st.integers(-60, 60), max_size=5
    ),
    edges=st.dictionaries(
        st.tuples(st.sampled_from("ab"), st.sampled_from(sorted(ALL))), st.integers(-300, 300), max_size=8
    ),
    waiting=st.integers(0, 40),
    order=st.randoms(use_true_random=False),
)
def test_whatever_is_held_no_order_of_a_cycle_stands_in_the_way_of_another(
    held: dict[tuple[str, str], int], edges: dict[tuple[str, str], int], waiting: int, order: Random
) -> None:
    book = make_book()
    for (strategy, instrument_id), lots in held.items():
        if ALL[instrument_id].tradable and (lots > 0 or ALL[instrument_id].shortable):
            hold(book, instrument_id, lots, strategy)
    if waiting:
        put_open(book, make_order(SPY, waiting, strategy="c", client_order_id="w"))
    book.shares = {"a": 0.5, "b": 0.5}
    sizes = SizingSettings(class_limits=ClassLimits(crypto=0.2, equity=0.6, fx=0.3), gross_limit=0.8)
    views = {own(i, s): VIEW._replace(edge_bps=float(edge)) for (s, i), edge in edges.items()}
    limits = {"gross_exposure": {"limit": 0.8}, "class_exposure": {"crypto": 0.2, "equity": 0.6, "fx": 0.3}}
    gate = RuleGate(ALL, limits, ["gross_exposure", "class_exposure"])
    targets = forecasts_to_targets(views, book, sizes)
    order.shuffle(targets)
    for number, target in enumerate(targets):
        lots = book.positions[target.holder].quantity_lots if target.holder in book.positions else 0
        # What closes goes first and may fill late; what opens is an order of its own.
        for part in [-lots, target.lots] if lots * target.lots < 0 else [target.lots - lots]:
            if not part:
                continue
            made = make_order(
                target.holder.instrument_id, part, strategy=target.holder.strategy,
                client_order_id=f"o{number}{part}", reduce_only=part == -lots,
            )  # fmt: skip
            if abs(target.lots) > abs(lots) and lots * target.lots >= 0:
                assert gate.check(made, book) is APPROVED, target
            put_open(book, made)


# Breakers ------------------------------------------------------------------------------------


def test_a_position_s_loss_is_each_holder_s_own() -> None:
    board, book = make_board(breakers=["position_loss"]), long_and_short()
    book.mark_ticks[AAPL] = 17_850  # B's short has lost 5 %, A's long has won
    trips = list(board.observe(book))
    assert [(t.scope_key, t.action) for t in trips] == [(AAPL, "close")]  # type: ignore[union-attr]


def test_a_strategy_that_lost_its_capital_halts_alone_and_starts_over_when_armed() -> None:
    board, book = make_board(breakers=["strategy_drawdown"]), make_book()
    book.shares = {"a": 0.5, "b": 0.5}
    hold(book, AAPL, 200, "a")
    hold(book, SPY, 100, "b")
    book.mark_ticks[AAPL] += 2_000  # A earns 4,000: its capital is 54,000 at most
    note_results(book)
    assert list(board.observe(book)) == []
    book.mark_ticks[AAPL] -= 5_400
    note_results(book)
    trips = write(book, board.observe(book))
    assert [(t.scope, t.scope_key, t.action) for t in trips] == [("strategy", "a", "halt")]  # type: ignore[union-attr]
    assert trips[0].value == pytest.approx(10_800 / 54_000)  # type: ignore[union-attr]
    assert board.entry_block(SPY, "a", book)
    assert board.entry_block(AAPL, "b", book) == ""
    rearmed = board.rearm("strategy_drawdown:a", "person", book)
    write(book, [rearmed])
    board.reset(book, rearmed)
    assert book.results["a"] == StrategyResult(profit_e8=-6_800 * E8, peak_e8=-6_800 * E8)
    assert list(board.observe(book)) == []


def test_a_strategy_may_have_a_limit_of_its_own() -> None:
    settings: dict[str, object] = {"strategy_drawdown": {"by_strategy": {"b": 0.01}}}
    board, book = make_board(settings, ["strategy_drawdown"]), long_and_short()
    book.mark_ticks[AAPL] += 1_700  # B loses 1,020 of 100,000
    note_results(book)
    assert [t.scope_key for t in board.observe(book)] == ["b"]


@pytest.mark.parametrize(
    ("name", "key", "by", "begins_anew"),
    [
        ("drawdown", "", "person", True),
        ("drawdown", "", "next_day", False),
        ("daily_loss", "", "person", True),
        ("rapid_loss", "", "person", True),
        ("losing_trades", "a", "person", True),
        ("losing_trades", "a", "next_day", True),
        ("kill_switch", "", "person", False),
        ("vix_missing", "equity", "person", False),
    ],
)
def test_a_breaker_that_is_armed_again_starts_over_by_its_own_word(
    name: str, key: str, by: str, begins_anew: bool
) -> None:
    board, book = make_board(), make_book()
    book.equity_e8 = 80_000 * E8
    book.equity_trail = [(NOON, 100_000 * E8)]
    book.losses_in_row = {"a": 3, "b": 3}
    before = (book.high_water_e8, book.day_start_equity_e8, list(book.equity_trail), dict(book.losses_in_row))
    scope = BreakerScope.STRATEGY if key == "a" else BreakerScope.ACCOUNT
    board.reset(book, BreakerRearmed(ts_event=NOON, breaker=name, scope=scope, scope_key=key, by=by))
    after = (book.high_water_e8, book.day_start_equity_e8, list(book.equity_trail), dict(book.losses_in_row))
    assert (after != before) == begins_anew
    assert book.losses_in_row["b"] == 3


def test_a_new_breaker_with_a_reset_is_one_registration(monkeypatch: pytest.MonkeyPatch) -> None:
    made = replace(
        BREAKERS.get("drawdown"), name="own", reset=lambda book, key: book.gauges.pop(key, None) and None
    )
    board, book = make_board(breakers=["drawdown"]), make_book()
    monkeypatch.setitem(board._by_name, "own", made)
    monkeypatch.setitem(board._severity, "own", 1)
    book.gauges = {"x": None}  # type: ignore[dict-item]
    port: BreakerBoard = board
    port.reset(
        book,
        BreakerRearmed(ts_event=NOON, breaker="own", scope=BreakerScope.CLASS, scope_key="x", by="person"),
    )
    assert book.gauges == {}


def test_a_losing_streak_halts_its_strategy_alone_until_the_next_day() -> None:
    board, book = make_board(breakers=["losing_trades"]), make_book()
    book.losses_in_row = {"a": 3, "b": 1}
    book.fills_seen = 1
    trips = write(book, board.observe(book))
    assert [t.scope_key for t in trips if isinstance(t, BreakerTripped)] == ["a"]
    assert board.entry_block(AAPL, "b", book) == ""
    book.now_ns += NS_PER_DAY
    rearmed = [e for e in board.observe(book) if isinstance(e, BreakerRearmed)]
    board.reset(book, rearmed[0])
    assert book.losses_in_row == {"a": 0, "b": 1}
