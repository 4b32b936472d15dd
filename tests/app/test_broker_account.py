"""What a live session takes over of an account, and what it asks for before it trades one."""

from dataclasses import replace

import pytest

from tradewind.app.config import TradewindConfig
from tradewind.app.environment import Option
from tradewind.app.session.asked import Asked, with_asked
from tradewind.app.session.broker_edge import _opening, with_account
from tradewind.app.session.opening_broker import require_broker, require_words, words_to_type
from tradewind.app.session.parts import make_gate
from tradewind.app.session.plan import SessionPlan
from tradewind.app.session.prepare import prepare_session
from tradewind.core.accounts import AccountSnapshot, PositionAdopted
from tradewind.core.decisions import Approved, Refused
from tradewind.core.errors import ConfigError, RegistryError
from tradewind.core.orders import Order, Side
from tradewind.core.vocabulary import SessionMode

E8 = 10**8
OWN = """
import tradewind as tw


class Holds(tw.Strategy):
    def on_bar(self, bar, now):
        return 0.1
"""


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> SessionPlan:
    folder = tmp_path_factory.mktemp("account")
    (folder / "mine.py").write_text(OWN, "utf-8")
    asked = Asked(symbols=("MSFT",), end="2020-03-01", strategy=str(folder / "mine.py"))
    config = with_asked(TradewindConfig(home=folder / "home"), asked)
    return replace(
        prepare_session(config, "desk", SessionMode.BACKTEST, lambda *given: None), mode=SessionMode.LIVE
    )


def at(plan: SessionPlan, **broker: object) -> SessionPlan:
    """The plan with other settings of the broker."""
    settings = plan.config.session.broker.model_copy(update={"name": "alpaca", **broker})
    session = plan.config.session.model_copy(update={"broker": settings})
    return replace(plan, config=plan.config.model_copy(update={"session": session}))


def account(
    cash_e8: dict[str, int] | None = None, positions: dict[str, int] | None = None
) -> AccountSnapshot:
    usual = {"USD": 50_000 * E8}
    return AccountSnapshot(ts_event=77, account="main", cash_e8=cash_e8 or usual, positions=positions or {})


def test_cash_is_the_account_s_and_not_the_configured_one(plan: SessionPlan) -> None:
    begun = with_account(at(plan), account())
    assert begun.accounts[0].cash_e8 == {"USD": 50_000 * E8}
    assert begun.accounts[0].broker == "alpaca"
    assert begun.strategies[0].capital_share == 1.0
    assert "Account paper at alpaca." in begun.notes


def test_a_bound_of_what_may_be_used_makes_the_strategies_parts_smaller(plan: SessionPlan) -> None:
    begun = with_account(at(plan, capital=5_000.0), account())
    assert begun.strategies[0].capital_share == pytest.approx(0.1)
    assert "The session uses 10 % of the account's equity." in begun.notes
    rich = with_account(at(plan, capital=500_000.0), account())
    assert rich.strategies[0].capital_share == 1.0


def test_an_account_without_cash_in_the_session_s_currency_is_refused(plan: SessionPlan) -> None:
    with pytest.raises(ConfigError, match="holds no USD; it has cash in: EUR, GBP"):
        with_account(at(plan), account(cash_e8={"GBP": E8, "EUR": E8, "JPY": 0}))


def test_what_is_held_is_fenced_adopted_or_a_reason_not_to_begin(plan: SessionPlan) -> None:
    held = account(positions={"MSFT.XNAS": 10, "XYZ.ALPACA": 5})
    fenced = with_account(at(plan), held)
    assert "The account also holds XYZ.ALPACA: not counted, and not touched." in fenced.notes
    adopted, word = _opening(fenced, held, 99)
    assert isinstance(adopted, PositionAdopted)
    assert (adopted.instrument_id, adopted.quantity_lots, adopted.strategy) == ("MSFT.XNAS", 10, "")
    close = float(plan.bars[0].close[-1])
    assert adopted.cost_e8 == round(10 * close * E8)
    assert isinstance(word, AccountSnapshot)
    assert (word.positions, word.told_ns, word.ts_event) == ({"MSFT.XNAS": 10}, 77, 99)
    given = at(plan, holdings="adopt")
    assert _opening(given, held, 99)[0].strategy == "mine"  # type: ignore[union-attr]
    with pytest.raises(ConfigError, match=r"holds MSFT\.XNAS already"):
        with_account(at(plan, holdings="refuse"), held)
    two = replace(given, strategies=(*given.strategies, given.strategies[0].model_copy(update={"name": "b"})))
    with pytest.raises(ConfigError, match="2 strategies trade it"):
        _opening(two, held, 99)


def test_real_money_wants_its_own_account_a_bound_and_the_words_letter_by_letter(plan: SessionPlan) -> None:
    with pytest.raises(ConfigError, match="No broker is named"):
        require_broker(plan.config, real_money=False)
    with pytest.raises(RegistryError):
        require_broker(at(plan, name="nobody").config, real_money=False)
    require_broker(at(plan).config, real_money=False)
    real = at(plan, account="live", capital=1_000.0)
    with pytest.raises(ConfigError, match="holds real money"):
        require_broker(real.config, real_money=False)
    with pytest.raises(ConfigError, match="the account is paper"):
        require_broker(at(plan).config, real_money=True)
    with pytest.raises(ConfigError, match="needs a bound"):
        require_broker(at(plan, account="live").config, real_money=True)
    require_broker(real.config, real_money=True)
    assert words_to_type(real) == "desk trades up to 1000 USD at alpaca"
    for typed in ("", "yes", "desk trades up to 10000 USD at alpaca"):
        with pytest.raises(ConfigError, match="was not confirmed"):
            require_words(real, typed)
    require_words(real, " desk trades up to 1000 USD  at alpaca\n")
    require_words(at(plan), "")


def test_a_broker_s_own_stream_drives_the_session_where_nobody_names_another() -> None:
    config = with_asked(TradewindConfig(), Asked(live=True, broker="alpaca"))
    assert (config.session.broker.name, config.session.live.stream) == ("alpaca", "alpaca")
    said = TradewindConfig().changed_by([Option("--stream", ("session", "live", "stream"), "coinbase")])
    assert with_asked(said, Asked(live=True, broker="alpaca")).session.live.stream == "coinbase"


def test_no_order_is_worth_more_than_what_the_session_may_use(plan: SessionPlan) -> None:
    begun = with_account(at(plan, capital=5_000.0), account())
    gate, ns = make_gate(begun), int(plan.bars[0].ts_event[-1])
    gate.saw_price("MSFT.XNAS", 100.0, ns)

    def asked(name: str, lots: int) -> object:
        order = Order(client_order_id=name, decision_id="d", strategy="mine", instrument_id="MSFT.XNAS",
                      side=Side.BUY, quantity_lots=lots, ts_decided=ns)  # fmt: skip
        return gate.check(order, ns)

    assert isinstance(asked("small", 50), Approved)
    refused = asked("large", 51)
    assert isinstance(refused, Refused)
    assert "5100.00 of 5000.00" in refused.reason
