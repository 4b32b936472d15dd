"""The second gate shares nothing with the first, and lets closing through."""

import ast
import inspect

import pytest
from risk_books import ALL, NOON, make_order

from tradewind.core.decisions import Refused
from tradewind.core.errors import ConfigError
from tradewind.core.orders import OrderType
from tradewind.core.timestamps import NS_PER_MINUTE
from tradewind.risk import last_look
from tradewind.risk.last_look import LastLook, LastLookSettings


def looker(**changes: object) -> LastLook:
    fields: dict[str, object] = {"max_order_notional": 20_000.0, "max_instrument_notional": 30_000.0}
    look = LastLook(ALL, LastLookSettings(**(fields | changes)))  # type: ignore[arg-type]
    look.saw_price("AAPL.SIM", 170.0, NOON)
    return look


def rule(verdict: object) -> str:
    return verdict.rule if isinstance(verdict, Refused) else "approved"


def test_size_price_rate_and_identity() -> None:
    look = looker(per_minute=2)
    assert rule(look.check(make_order("AAPL.SIM", 118, client_order_id="a"), NOON)) == "last_look_size"
    assert rule(look.check(make_order("AAPL.SIM", 117, client_order_id="a"), NOON)) == "approved"
    assert rule(look.check(make_order("AAPL.SIM", 1, client_order_id="a"), NOON)) == "last_look_duplicate"
    # 117 lots wait to be filled: 176 x 170 = 29,920 is the most.
    assert rule(look.check(make_order("AAPL.SIM", 60, client_order_id="b"), NOON)) == "last_look_position"
    assert rule(look.check(make_order("AAPL.SIM", 59, client_order_id="b"), NOON)) == "approved"
    assert rule(look.check(make_order("AAPL.SIM", -1, client_order_id="c"), NOON)) == "last_look_rate"
    later = NOON + NS_PER_MINUTE
    assert rule(look.check(make_order("AAPL.SIM", -1, client_order_id="c"), later)) == "approved"
    assert rule(look.check(make_order("SPY.SIM", 1, client_order_id="d"), later)) == "last_look_price"
    assert rule(look.check(make_order("XYZ", 1, client_order_id="d"), later)) == "last_look_instrument"


def test_ended_orders_make_room_again() -> None:
    look = looker()
    look.check(make_order("AAPL.SIM", 117, client_order_id="a"), NOON)
    look.saw_end("AAPL.SIM", 117)
    assert rule(look.check(make_order("AAPL.SIM", 117, client_order_id="b"), NOON)) == "approved"
    look.saw_fill("AAPL.SIM", 117)
    assert rule(look.check(make_order("AAPL.SIM", 60, client_order_id="c"), NOON)) == "last_look_position"


@pytest.mark.parametrize(("limit", "wanted"), [(18_700, "approved"), (18_701, "last_look_collar")])
def test_collar(limit: int, wanted: str) -> None:
    order = make_order("AAPL.SIM", 1, order_type=OrderType.LIMIT, limit_price_ticks=limit)
    assert rule(looker().check(order, NOON)) == wanted


def test_closing_at_the_market_always_passes() -> None:
    look = looker(per_minute=1, max_age_ns=0)
    look.saw_position("SPY.SIM", 1_000_000)
    assert rule(look.check(make_order("SPY.SIM", -1_000_000, client_order_id="a"), NOON)) == "approved"
    assert rule(look.check(make_order("SPY.SIM", -1_000_000, client_order_id="b"), NOON)) == "approved"
    assert rule(look.check(make_order("SPY.SIM", -1_000_001, client_order_id="c"), NOON)) != "approved"


def test_bounds_are_checked() -> None:
    with pytest.raises(ConfigError, match="-1"):
        looker(max_order_notional=-1.0)


def test_it_imports_nothing_of_the_first_gate() -> None:
    tree = ast.parse(inspect.getsource(last_look))
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not {m for m in modules if m and (m.startswith("tradewind.risk") or "kernels" in m)}
