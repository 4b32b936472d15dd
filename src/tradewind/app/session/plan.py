"""A session planned: what it will see, the models that judge it, and what is fixed about it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tradewind.alphas.versions import ModelVersions
from tradewind.app.config import TradewindConfig
from tradewind.app.home import Home
from tradewind.app.market.calendars import releases_by_instrument
from tradewind.app.market.survivors import survivor_notes
from tradewind.app.market.workspace import open_workspace
from tradewind.app.research.training import SessionModels
from tradewind.app.session.loading import SeriesKey, SessionData, load_session_data
from tradewind.app.session.reorganisations import spin_offs_of
from tradewind.app.session.settings import StrategyConfig
from tradewind.app.session.strategies import strategies_of
from tradewind.app.session.universe import by_instrument, universe_events, with_endings
from tradewind.core.accounts import CorporateAction
from tradewind.core.changes import UniverseChosen
from tradewind.core.errors import ConfigError
from tradewind.core.events import AccountTerms
from tradewind.core.instruments import Instrument
from tradewind.core.market import GaugeRead
from tradewind.core.panel import BarColumns
from tradewind.core.trading_calendar import TradingCalendar
from tradewind.core.vocabulary import PromotionOutcome, SessionMode
from tradewind.data.history import LoadedSeries
from tradewind.data.reference.facts import read_facts


@dataclass(frozen=True)
class PromotionWord:
    """What the promotion gate said of one model, for the journal."""

    model: str
    verdict: PromotionOutcome
    reasons: tuple[str, ...] = ()
    figures: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class SessionPlan:
    """Everything fixed about a session before its first event; the same plan gives the same session."""

    session_id: str
    mode: SessionMode
    config: TradewindConfig
    strategies: tuple[StrategyConfig, ...]
    """Every default filled in, symbols as instrument ids."""
    instruments: dict[str, Instrument]
    bars: tuple[BarColumns, ...]
    """One series an instrument and timeframe, with enough before the session to warm factors."""
    actions: tuple[CorporateAction, ...]
    """Splits, dividends, delistings, mergers and spin-offs inside the session, in time order."""
    gauges: tuple[GaugeRead, ...]
    models: SessionModels
    model_hashes: dict[tuple[str, str], str]
    """SHA-256 of the files of each model and version."""
    words: tuple[PromotionWord, ...]
    notes: tuple[str, ...]
    series: dict[SeriesKey, LoadedSeries]
    """The histories as loaded, with score, findings and repairs."""
    calendars: dict[str, TradingCalendar]
    """Trading days of the instruments' calendars and of their series', over the session and its warm-up."""
    universe: tuple[UniverseChosen, ...] = ()
    """What each strategy may enter from each date on, in time order; none where nothing is screened."""
    accounts: tuple[AccountTerms, ...] = ()
    """The account as a broker outside told of it when the session began; empty: the configured cash."""
    active: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Plug-ins by kind, as the session's first record has them; empty for one that begins now."""

    def traded(self, strategy: StrategyConfig) -> tuple[str, ...]:
        """Instruments of a strategy that have bars of its timeframe."""
        return tuple(i for i in strategy.symbols if (i, strategy.timeframe) in self.series)


def plan_session(
    config: TradewindConfig,
    models: SessionModels,
    words: Sequence[PromotionWord],
    session_id: str,
    mode: SessionMode = SessionMode.PAPER,
    data: SessionData | None = None,
) -> SessionPlan:
    """Load what the session will see, unless it is given, and tie it to the models that judge it.

    Raises
    ------
    ConfigError
        A strategy is left with nothing to trade.
    """
    workspace, strategies = open_workspace(config), strategies_of(config)
    if data is None:
        data = load_session_data(config.session, strategies, workspace)
        check_traded(strategies, data)
    facts = {name: read_facts(workspace.tables, name) for name in data.instruments}
    actions = with_endings(data, facts, config.session.window)
    screened = config.session.universe is not None
    end_ns = config.session.window.end_ns
    return SessionPlan(
        session_id=session_id,
        mode=mode,
        config=config,
        strategies=strategies,
        instruments=data.instruments,
        bars=data.bars,
        actions=actions,
        universe=tuple(
            universe_events(
                config.session,
                strategies,
                data.series,
                data.instruments,
                facts,
                workspace.quality,
                releases_by_instrument(
                    workspace.tables,
                    config.calendars,
                    {name: one.symbol for name, one in data.instruments.items()},
                ),
            )
        ),
        gauges=data.gauges,
        models=models,
        model_hashes=hashes_of(models, workspace.home),
        words=tuple(words),
        notes=(
            *models.notes,
            *data.notes,
            *(note for name in facts for note in spin_offs_of(facts[name])[1]),
            *survivor_notes(by_instrument(data.series), data.instruments, end_ns, facts, screened=screened),
        ),
        series=data.series,
        calendars=data.calendars,
    )


def check_traded(strategies: Sequence[StrategyConfig], data: SessionData) -> None:
    """ConfigError for a strategy that is left with nothing to trade."""
    for strategy in strategies:
        if not any((symbol, strategy.timeframe) in data.series for symbol in strategy.symbols):
            message = f"The strategy {strategy.name} has no {strategy.timeframe} bars of what it trades."
            raise ConfigError(message, f"Give it other symbols: {'; '.join(data.notes) or 'none are left'}")


def hashes_of(models: SessionModels, home: Home) -> dict[tuple[str, str], str]:
    """SHA-256 of the files of each model and version that the home folder keeps."""
    versions = ModelVersions(home.models)
    return {
        (model.name, model.version): versions.record(model.name, model.version).manifest_sha256
        for model in models.models
        if versions.has(model.name, model.version)
    }
