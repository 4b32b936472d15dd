"""``tw.backtest``: a strategy over some data, as a session with costs, limits, breakers and a journal."""

import re
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeGuard

from tradewind.app.config import DateWindow, SessionConfig, TradewindConfig
from tradewind.app.config_check import check_config
from tradewind.app.face.loading import Data, load
from tradewind.app.face.result import Result
from tradewind.app.home import SUFFIX, Home
from tradewind.app.market.workspace import open_workspace
from tradewind.app.research.training import SessionModels
from tradewind.app.session.blocked import last_word, too_small, what_stopped
from tradewind.app.session.own_code import hand_over, kept_in_module
from tradewind.app.session.plan import plan_session
from tradewind.app.session.prepare import prepare_session
from tradewind.app.session.running import run_backtest
from tradewind.app.session.settings import StrategyConfig, name_of
from tradewind.app.session.strategies import own_factors, strategies_of
from tradewind.app.stage import no_stage
from tradewind.core.errors import ConfigError
from tradewind.core.market import Bar
from tradewind.core.vocabulary import SessionMode
from tradewind.journal.opening import open_reader
from tradewind.strategies.own.moment import Moment
from tradewind.strategies.own.strategy import OfFunction, Strategy, Wanted

Settings = Mapping[str, Any]


def backtest(
    strategy: Strategy | Callable[[Bar, Moment], Wanted] | str | Path,
    data: Any,
    *,
    cash: float = 100_000.0,
    currency: str = "",
    start: str | None = None,
    end: str | None = None,
    parameters: Settings | None = None,
    risk: Mapping[str, Settings] | None = None,
    planner: Settings | None = None,
    venue: Settings | None = None,
    sizing: Settings | None = None,
    name: str = "",
    seed: int = 7,
) -> Result:
    """Trade ``strategy`` on ``data``, bar by bar: nothing fills on the bar that it was decided on.

    Parameters
    ----------
    strategy
        A :class:`tw.Strategy` or :class:`tw.Signals` that was made; a function of ``(bar, now)`` that gives
        back a weight; or a file: ``"mine.py:SmaCross"`` (with ``parameters``), ``"signals.csv"``.
    data
        What :func:`tw.load` gave, or anything that it takes.
    cash, currency
        What the account begins with; empty takes the quote currency of the first instrument.
    start, end
        Days between which is traded; history before the start is there to look back on.
    risk, planner, venue, sizing
        Settings that differ from the defaults, as in the configuration: limits and breakers by name, how
        targets become orders, the simulated venue, ceilings on sizes.
    name
        Of the session and its journal in the data's home; empty takes the strategy's with a number.

    Warns
    -----
    UserWarning
        What kept the strategy from trading, and what it changes outside of itself, so that a second run is
        another one; the same words are in ``Result.notes``.

    Raises
    ------
    ConfigError
        A setting is wrong, or a session of that name was run before.
    StrategyError
        The strategy failed; names its file and line.
    """
    loaded = data if isinstance(data, Data) else load(data)
    whole = OfFunction(strategy) if _is_function(strategy) else strategy
    made = StrategyConfig(
        use=_use(whole),
        name=_strategy_name(whole),
        symbols=loaded.symbols,
        timeframe=loaded.timeframe,
        parameters=dict(parameters or {}),
        decision={"sizing": dict(sizing)} if sizing else {},
    )
    session = SessionConfig(
        symbols=loaded.symbols,
        gauges=(),
        window=DateWindow.of(start or loaded.start, end or loaded.end),
        cash=cash,
        base_currency=currency or _currency(loaded),
        strategies=(made,),
    )
    config = loaded.config.model_copy(
        update={
            "session": session,
            "risk": TradewindConfig.model_validate({"risk": dict(risk or {})}).risk,
            "planner": TradewindConfig.model_validate({"planner": dict(planner or {})}).planner,
            "venue": dict(venue or {}),
            "seed": seed,
        }
    )
    said = kept_in_module(whole) if isinstance(whole, Strategy) else ()
    return _run(config, name or _next_name(Home(config.home), made.name), said)


def _run(config: TradewindConfig, name: str, said: tuple[str, ...]) -> Result:
    check_config(config)
    strategies = strategies_of(config)
    if Home(config.home).journal(name).exists():
        message = f"A session called {name!r} was run before; its journal is kept."
        raise ConfigError(message, "Give another name, or none.")
    if any(strategy.models for strategy in strategies):
        plan = prepare_session(config, name, SessionMode.BACKTEST, no_stage)
    else:
        Home(config.home).make()
        models = SessionModels((), own_factors(strategies), (), 0.0)
        plan = plan_session(config, models, (), name, SessionMode.BACKTEST)
    ran = run_backtest(plan)
    with open_reader(ran.journal) as reader:
        stopped = what_stopped(ran.book, last_word(reader) if ran.book.orders_sent == 0 else "")
        stopped += too_small(reader)
    for line in (*said, *stopped):
        warnings.warn(line, stacklevel=3)
    return Result(ran.journal, config, (*plan.notes, *said, *stopped))


def _is_function(strategy: object) -> TypeGuard[Callable[[Bar, Moment], Wanted]]:
    return callable(strategy) and not isinstance(strategy, Strategy | type)


def _use(strategy: object) -> str:
    if isinstance(strategy, Strategy):
        return hand_over(strategy)
    if isinstance(strategy, type):
        message = f"{strategy.__name__} is a class."
        raise ConfigError(message, f"Make one: {strategy.__name__}().")
    if not isinstance(strategy, str | Path):
        message = f"{strategy!r} is no strategy."
        raise ConfigError(message, "Give an object of tw.Strategy or tw.Signals, or a file: 'mine.py:CLASS'.")
    head, colon, name = str(strategy).rpartition(":")
    if colon and head and name.isidentifier():
        return f"{Path(head).resolve()}:{name}"
    return str(Path(strategy).resolve())


def _strategy_name(strategy: object) -> str:
    if isinstance(strategy, OfFunction):
        return name_of(strategy.asks.__name__)  # of a lambda: lambda
    return name_of(type(strategy).__name__ if isinstance(strategy, Strategy) else str(strategy))


def _currency(data: Data) -> str:
    known = open_workspace(data.config).instruments.named(data.symbols[:1])
    return next(iter(known.values())).quote_currency


def _next_name(home: Home, strategy: str) -> str:
    """``sma_cross-3`` where two were run before."""
    pattern = re.compile(rf"{re.escape(strategy)}-(\d+){re.escape(SUFFIX)}")
    numbers = [
        int(m[1])
        for path in home.journals.glob(f"{strategy}-*{SUFFIX}")
        if (m := pattern.fullmatch(path.name))
    ]
    return f"{strategy}-{max(numbers, default=0) + 1}"
