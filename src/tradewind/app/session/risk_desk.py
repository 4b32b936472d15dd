"""The risk of a session's book and who earned what, from its journal alone."""

from collections.abc import Iterable
from itertools import chain

import msgspec
import numpy as np

from tradewind.app.session.daily_equity import DailyEquity
from tradewind.app.session.last_session import last_start, with_books
from tradewind.app.session.risk_tail import TailFit, tail_of
from tradewind.core.book import MAIN_ACCOUNT, Book, PositionKey, lots_value_e8
from tradewind.core.errors import TradewindError
from tradewind.core.instruments import class_group
from tradewind.core.journal_ports import JournalReader
from tradewind.core.panel import Floats
from tradewind.engine.rebuilt_book import KINDS as BOOK_KINDS
from tradewind.portfolio.attribution import KINDS as FLOW_KINDS
from tradewind.portfolio.attribution import UNATTRIBUTED, Attribution, attribute
from tradewind.risk.book_var import (
    LEAST_DAYS,
    BookReturns,
    VarMethod,
    book_returns,
    shortfall,
    value_at_risk,
)
from tradewind.risk.components import component_var
from tradewind.risk.concentration import herfindahl
from tradewind.risk.stress import SCENARIOS, stress_all
from tradewind.risk.var import bootstrap_var, historical_var
from tradewind.risk.var_backtest import christoffersen, kupiec, traffic_light
from tradewind.views.amounts import cash_text, percent
from tradewind.views.report.inputs import RiskFigures, VarBacktest, VarFigure

LEVELS = (0.95, 0.99)
WINDOW = 252
_BACKTEST_WINDOW = 60


class Exposure(msgspec.Struct, frozen=True, kw_only=True):
    """What one class, venue, account or strategy holds, in the base currency and percent of equity."""

    by: str
    name: str
    gross: str
    net: str
    gross_pct: float


class Concentration(msgspec.Struct, frozen=True, kw_only=True):
    """Herfindahl's index of gross exposure, and how many equal holdings it is worth."""

    by: str
    herfindahl: float
    effective: float


class VarPart(msgspec.Struct, frozen=True, kw_only=True):
    """An instrument's part of the normal value at risk at 99 %, in percent of equity; parts add up."""

    instrument_id: str
    weight_pct: float
    component_pct: float
    standalone_pct: float


class Stressed(msgspec.Struct, frozen=True, kw_only=True):
    """What a named scenario would do to the book."""

    scenario: str
    description: str
    change: str
    change_pct: float
    worst: str
    """The instrument that would lose most."""


class Earned(msgspec.Struct, frozen=True, kw_only=True):
    """Who earned what, in the base currency; each kind adds up to the whole."""

    by: str
    name: str
    profit: str


class RiskReport(msgspec.Struct, frozen=True, kw_only=True):
    """A session's book, measured. ``notes`` say what could not be, and why."""

    session_id: str
    base_currency: str
    equity: str
    capital: str
    profit: str
    income: str
    commission: str
    exposures: tuple[Exposure, ...]
    concentration: tuple[Concentration, ...]
    var_days: int
    var: tuple[VarFigure, ...]
    components: tuple[VarPart, ...]
    diversification_pct: float
    tail: TailFit | None
    stress: tuple[Stressed, ...]
    backtest: tuple[VarBacktest, ...]
    attribution: tuple[Earned, ...]
    notes: tuple[str, ...]


def risk_of(reader: JournalReader) -> RiskReport:
    """Measure the last session of a journal as it stands at its last record.

    Raises
    ------
    JournalError
        The journal holds no session.
    """
    _, start = last_start(reader)
    records = with_books(reader, BOOK_KINDS)
    _, book = next(records)
    curve = DailyEquity()
    for record, after in records:
        book = after
        curve.take(record, after)
    found = attribute(reader.read_kind(*FLOW_KINDS, start=start), book)
    return measured(book, found, curve.account().returns[1:])


def measured(book: Book, found: Attribution, daily: Floats) -> RiskReport:
    """The report of a book, its attribution and its daily returns."""
    notes: list[str] = []
    returns = book_returns(book, book.net_lots, WINDOW)
    figures, parts, saved = _value_at_risk(returns, notes)
    return RiskReport(
        session_id=book.session_id,
        base_currency=book.base_currency,
        equity=cash_text(book.equity_e8),
        capital=cash_text(found.capital_e8),
        profit=cash_text(found.total_e8),
        income=cash_text(found.income_e8),
        commission=cash_text(found.commission_e8),
        exposures=tuple(_exposures(book)),
        concentration=tuple(_concentrations(book)),
        var_days=len(returns.table),
        var=figures,
        components=parts,
        diversification_pct=saved,
        tail=tail_of(returns, notes) if figures else None,
        stress=tuple(_stressed(book)),
        backtest=tuple(_backtests(daily, notes)),
        attribution=tuple(_earned(found)),
        notes=tuple(notes),
    )


def risk_figures(found: RiskReport) -> RiskFigures:
    """What a report page shows of it."""
    return RiskFigures(days=found.var_days, var=found.var, backtest=found.backtest, notes=found.notes)


def _exposures(book: Book) -> Iterable[Exposure]:
    sums: dict[tuple[str, str], list[int]] = {}
    for key, position in book.positions.items():
        value = lots_value_e8(book, key.instrument_id, position.quantity_lots)
        for group in _groups(book, key):
            gross_net = sums.setdefault(group, [0, 0])
            gross_net[0] += abs(value)
            gross_net[1] += value
    for (by, name), (gross, net) in sorted(sums.items()):
        yield Exposure(
            by=by,
            name=name,
            gross=cash_text(gross),
            net=cash_text(net),
            gross_pct=percent(gross, book.equity_e8),
        )


def _concentrations(book: Book) -> Iterable[Concentration]:
    sums: dict[str, dict[str, int]] = {}
    for key, position in book.positions.items():
        value = abs(lots_value_e8(book, key.instrument_id, position.quantity_lots))
        for by, name in (("instrument", key.instrument_id), *_groups(book, key)):
            amounts = sums.setdefault(by, {})
            amounts[name] = amounts.get(name, 0) + value
    for by, amounts in sorted(sums.items()):
        index = herfindahl(amounts.values())
        if index:
            yield Concentration(by=by, herfindahl=index, effective=1.0 / index)


def _groups(book: Book, key: PositionKey) -> Iterable[tuple[str, str]]:
    instrument = book.instruments[key.instrument_id]
    yield "class", class_group(instrument.asset_class)
    yield "venue", instrument.venue
    yield "strategy", key.strategy or UNATTRIBUTED
    if len(book.accounts) > 1 or key.account != MAIN_ACCOUNT:
        yield "account", key.account


def _value_at_risk(
    returns: BookReturns, notes: list[str]
) -> tuple[tuple[VarFigure, ...], tuple[VarPart, ...], float]:
    if returns.problem:
        notes.append(f"Value at risk is unknown: {returns.problem}.")
        return (), (), 0.0
    if not returns.instrument_ids:
        notes.append("Nothing is held, so nothing is at risk.")
        return (), (), 0.0
    covariance = np.atleast_2d(np.cov(returns.table, rowvar=False))
    parts = component_var(covariance, returns.weights, LEVELS[-1])
    rows = tuple(
        VarPart(
            instrument_id=instrument_id,
            weight_pct=100.0 * float(returns.weights[i]),
            component_pct=100.0 * float(parts.component[i]),
            standalone_pct=100.0 * float(parts.standalone[i]),
        )
        for i, instrument_id in enumerate(returns.instrument_ids)
    )
    return tuple(_figures(returns, notes)), rows, 100.0 * parts.diversification


def _figures(returns: BookReturns, notes: list[str]) -> Iterable[VarFigure]:
    """By each method, and by 10,000 dates drawn jointly for all that is held."""
    for method in VarMethod:
        for level in LEVELS:
            try:
                risk, beyond = value_at_risk(returns, level, method), shortfall(returns, level, method)
            except TradewindError as error:
                notes.append(f"The {method} value at risk cannot be taken: {error}")
                break
            yield VarFigure(method=method, level=level, var_pct=100.0 * risk, shortfall_pct=100.0 * beyond)
    for level in LEVELS:
        risk, beyond = bootstrap_var(returns.table, returns.weights, level)
        yield VarFigure(
            method="joint_bootstrap", level=level, var_pct=100.0 * risk, shortfall_pct=100.0 * beyond
        )


def _stressed(book: Book) -> Iterable[Stressed]:
    told = {scenario.name: scenario.description for scenario in SCENARIOS}
    for result in stress_all(book):
        worst = min(result.by_id, key=lambda i: result.by_id[i], default="")
        yield Stressed(
            scenario=result.scenario,
            description=told[result.scenario],
            change=cash_text(result.change_e8),
            change_pct=100.0 * result.fraction,
            worst=worst if worst and result.by_id[worst] < 0 else "",
        )


def _backtests(daily: Floats, notes: list[str]) -> Iterable[VarBacktest]:
    """Each day's historical value at risk of up to 60 days before it against that day's own return."""
    if len(daily) < LEAST_DAYS + 2:
        notes.append(f"The account has {len(daily)} daily returns, too few to hold a value at risk against.")
        return
    for level in LEVELS:
        hits = [
            bool(-daily[t] > historical_var(daily[max(t - _BACKTEST_WINDOW, 0) : t], level))
            for t in range(LEAST_DAYS, len(daily))
        ]
        yield VarBacktest(
            level=level,
            window=_BACKTEST_WINDOW,
            days=len(hits),
            exceptions=sum(hits),
            expected=(1.0 - level) * len(hits),
            kupiec_p=kupiec(sum(hits), len(hits), level).p_value,
            christoffersen_p=christoffersen(hits, level).p_value,
            light=traffic_light(sum(hits), len(hits), level),
        )


def _earned(found: Attribution) -> Iterable[Earned]:
    tables = (("strategy", found.by_strategy), ("model", found.by_model), ("instrument", found.by_id))
    return chain.from_iterable(
        (Earned(by=by, name=name, profit=cash_text(amount)) for name, amount in sorted(table.items()))
        for by, table in tables
    )
