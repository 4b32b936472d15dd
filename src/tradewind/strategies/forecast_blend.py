"""The product's own strategy: forecasts blended, held against conditions and filters, sized, and decided.

It lives inside the loop, so it reads nothing but events and book. What it composes is in the rooms:
``ensemble`` (blend, conditions, filters, regimes, weights) and ``portfolio`` (sizing).
"""

import math
import sys
from collections.abc import Callable, Collection, Mapping, Sequence

import msgspec

from tradewind.core.accounts import CorporateAction, price_factor
from tradewind.core.book import MAIN_ACCOUNT, Book, PositionKey, held_lots
from tradewind.core.changes import ParameterChanged
from tradewind.core.decisions import DecisionMade, FilterVerdict, InstrumentFailed
from tradewind.core.errors import ConfigError, TradewindError
from tradewind.core.events import AnyEvent, Command, ModelStatus, OverrideRecorded, Timer
from tradewind.core.forecasts import FactorRow, Forecast
from tradewind.core.instruments import Instrument, class_group
from tradewind.core.market import Bar, Event
from tradewind.core.vocabulary import ActionKind, Outcome, TimerName, Verb
from tradewind.ensemble.blend import Blend, Blender
from tradewind.ensemble.conditions import ScoreThreshold, all_hold, hard_conditions
from tradewind.ensemble.filtering import FilterSet
from tradewind.ensemble.regime import Regime, RegimeSettings, RegimeTracker
from tradewind.ensemble.timeframes import ContextTrend, aligned_confidence, context_of
from tradewind.ensemble.weights import ModelWeights
from tradewind.portfolio.sizing import SizingInputs
from tradewind.portfolio.targets import Target
from tradewind.strategies.costing import round_trip_bps
from tradewind.strategies.fitting import fitted_targets
from tradewind.strategies.memory import InstrumentMemory, StrategyMemory
from tradewind.strategies.outcomes import View, entry_words, first_failure, without_entry
from tradewind.strategies.settings import Pace, StrategySettings

EntryBlock = Callable[[str, str, Book], str]
"""Instrument, strategy and book to the reason why no new entry is allowed; empty when one is."""

KEY_FACTORS = ("rsi", "adx", "atr", "atr_norm", "bb_position", "vwap_z", "vol_ratio")
"""Factors that a decision keeps beside its verdicts, where the instrument has them."""


class _Snapshot(msgspec.Struct, kw_only=True):
    memory: StrategyMemory
    weights: bytes
    trackers: dict[str, bytes]
    scores: list[float]
    contexts: dict[str, bytes]


class ForecastStrategy:
    """Trades the blend of all its models that may trade.

    Parameters
    ----------
    factor_names
        Names that factor rows are aligned with.
    absent
        By instrument, the factors that the instrument lacks altogether; a filter on one is absent, not
        failed.
    entry_block
        What stands against new entries: the breaker board's word.
    paces
        By instrument, how many of its bars of ``timeframe`` a year and a day have.
    sources
        ``(model, horizon)`` of the forecasts that are its own; None takes all that it hears.
    risk_level
        Scales its targets, in (0, 1].
    """

    def __init__(
        self,
        instruments: Sequence[Instrument],
        factor_names: Sequence[str],
        absent: Mapping[str, frozenset[str]],
        entry_block: EntryBlock,
        settings: StrategySettings | None = None,
        *,
        paces: Mapping[str, Pace],
        name: str = "blend",
        account: str = MAIN_ACCOUNT,
        timeframe: str = "1d",
        sources: Collection[tuple[str, int]] | None = None,
        risk_level: float = 1.0,
    ) -> None:
        chosen = settings if settings is not None else StrategySettings()
        self.settings, self.name = chosen, name
        # Records leave out a default by identity: equal words must be one object for equal bytes.
        self._account, self._timeframe = sys.intern(account), sys.intern(timeframe)
        self._risk_level = risk_level
        self._sources = frozenset(sources) if sources is not None else None
        self._models = frozenset(model for model, _ in sources) if sources is not None else None
        self._instruments = {i.id: i for i in instruments if i.tradable}
        self._paces = paces
        self._names = tuple(factor_names)
        self._columns = {
            instrument_id: [
                (n, i) for i, n in enumerate(self._names) if n not in absent.get(instrument_id, frozenset())
            ]
            for instrument_id in self._instruments
        }
        self._entry_block = entry_block
        self._blender = Blender(chosen.blend, chosen.horizon_bars)
        self._filters = FilterSet(chosen.filters)
        self._weights = ModelWeights(chosen.weights)
        self._memory = StrategyMemory()
        self._scores = self._fresh_scores(())
        self._trackers = {
            group: RegimeTracker(self._regime_settings(instrument_id))
            for group, instrument_id in chosen.references.items()
        }
        self._contexts: dict[str, ContextTrend] = {}
        if chosen.context is not None:
            context = context_of(timeframe)
            self._contexts = {i: ContextTrend(context, chosen.context) for i in self._instruments}

    # Events ------------------------------------------------------------------------------------

    def on_event(self, event: AnyEvent, book: Book) -> Sequence[Event]:
        """Remember what happened; at the ``decide`` timer decide where there are fresh forecasts."""
        match event:
            case Bar():
                self._on_bar(event)
            case FactorRow():
                self._memory.rows[event.instrument_id] = event
            case Forecast() if self._is_own(event):
                self._memory.forecasts.setdefault(event.instrument_id, {})[event.model] = event
                self._weights.on_forecast(event)
            case CorporateAction(kind=ActionKind.SPLIT):
                self._on_split(event)
            case ModelStatus() if self._models is None or event.model in self._models:
                self._memory.verdicts[event.model] = event.verdict
                if event.weight != 1.0:
                    self._weights.set_multiplier(event.model, event.weight)
            case OverrideRecorded():
                self._memory.overridden[event.model] = event.reason
            case Command(verb=Verb.SET):
                return self._set(event)
            case Timer(name=TimerName.DECIDE):
                return self._decide_all(event, book)
            case _:
                pass
        return ()

    def snapshot(self) -> bytes:
        """The whole state; equal states give equal bytes."""
        return msgspec.msgpack.encode(
            _Snapshot(
                memory=self._memory,
                weights=self._weights.snapshot(),
                trackers={group: tracker.snapshot() for group, tracker in self._trackers.items()},
                scores=self._scores.scores(),
                contexts={instrument_id: trend.snapshot() for instrument_id, trend in self._contexts.items()},
            )
        )

    def restore(self, state: bytes) -> None:
        """Become what was snapshot."""
        kept = msgspec.msgpack.decode(state, type=_Snapshot)
        self._memory = kept.memory
        self._weights.restore(kept.weights)
        for group, tracker in self._trackers.items():
            tracker.restore(kept.trackers[group])
        for instrument_id, trend in self._contexts.items():
            trend.restore(kept.contexts[instrument_id])
        self._scores = self._fresh_scores(kept.scores)

    def _is_own(self, forecast: Forecast) -> bool:
        return self._sources is None or (forecast.model, forecast.horizon_bars) in self._sources

    def _on_bar(self, bar: Bar) -> None:
        if bar.instrument_id not in self._instruments:
            return
        self._weights.on_close(bar.instrument_id, bar.ts_event, bar.close)
        memory = self._memory.instruments.setdefault(bar.instrument_id, InstrumentMemory())
        simple_return = memory.take_bar(bar.close, bar.volume)
        group = class_group(self._instruments[bar.instrument_id].asset_class)
        if self.settings.references.get(group) == bar.instrument_id and not math.isnan(simple_return):
            self._trackers[group].update(simple_return)
        if bar.instrument_id in self._contexts:
            self._contexts[bar.instrument_id].on_bar(bar)

    def _on_split(self, action: CorporateAction) -> None:
        """What is remembered of the instrument goes to the prices after the split, so that none jumps."""
        factor = price_factor(action)
        memory = self._memory.instruments.get(action.instrument_id)
        if memory is not None:
            memory.rescale(factor)
        self._weights.rescale(action.instrument_id, factor)
        if action.instrument_id in self._contexts:
            self._contexts[action.instrument_id].rescale(factor)

    def _set(self, command: Command) -> Sequence[Event]:
        """A live weight: ``weight.MODEL``, of this strategy alone as ``NAME:weight.MODEL``; else nothing.

        Raises
        ------
        ConfigError
            The value is out of bounds; nothing was changed.
        """
        owner, _, argument = command.argument.rpartition(":")
        part, _, model = argument.partition(".")
        known = model in self._memory.verdicts or (self._models is not None and model in self._models)
        if owner not in ("", self.name) or part != "weight" or not known:
            return ()
        if isinstance(command.value, bool | str):
            message = f"The weight of {model} is {command.value!r}."
            raise ConfigError(message, "Give a number.")
        old = self._weights.multiplier(model)
        self._weights.set_multiplier(model, float(command.value))
        changed = ParameterChanged(
            ts_event=command.ts_event, name=argument, old=old, new=float(command.value), owner=self.name
        )
        return (changed,)

    # Decisions ---------------------------------------------------------------------------------

    def _decide_all(self, event: Timer, book: Book) -> list[Event]:
        """Judge every instrument with fresh forecasts, size all of them together, and conclude on each."""
        views, failed = self._views(book)
        wanted = {
            self._holder(instrument_id): self._sizing_inputs(self._instruments[instrument_id], view)
            for instrument_id, view in views.items()
            if view.passed
        }
        targets, unsized = fitted_targets(wanted, book, self.settings.sizing, self._risk_level)
        failed |= {holder.instrument_id: error for holder, error in unsized.items()}
        decided: list[Event] = []
        for instrument_id, instrument in self._instruments.items():
            if instrument_id in failed:
                error = failed[instrument_id]
                decided.append(
                    InstrumentFailed(ts_event=event.ts_event, instrument_id=instrument_id, error=error)
                )
            elif instrument_id in views:
                target = targets.get(self._holder(instrument_id))
                decided.append(self._conclude(instrument, views[instrument_id], target, event.ts_event, book))
        return decided

    def _views(self, book: Book) -> tuple[dict[str, View], dict[str, str]]:
        """Views by instrument, and why there is none; one instrument's failure never stops the rest."""
        fresh, self._memory.forecasts = self._memory.forecasts, {}
        views: dict[str, View] = {}
        failed: dict[str, str] = {}
        for instrument_id in self._instruments:
            row = self._memory.rows.get(instrument_id)
            # A forecast made from an earlier row came too late for its own decision; it serves no later one.
            forecasts = [
                f for f in fresh.get(instrument_id, {}).values() if row and f.ts_event == row.ts_event
            ]
            if forecasts:
                try:
                    views[instrument_id] = self._view(instrument_id, forecasts, book)
                except TradewindError as error:
                    failed[instrument_id] = str(error)
        return views, failed

    def _view(self, instrument_id: str, forecasts: list[Forecast], book: Book) -> View:
        instrument, settings = self._instruments[instrument_id], self.settings
        models = [forecast.model for forecast in forecasts]
        weights = self._weights.weights(models, settings.blend.weights)
        for model in models:
            if not self._memory.may_trade(model):
                weights[model] = 0.0
        blend = self._blender.blend(forecasts, weights)
        side = 1 if blend.edge_bps >= 0.0 else -1
        blend, heard = self._in_context(instrument_id, blend, side)
        score = blend.probability_up if side > 0 else 1.0 - blend.probability_up
        cost_bps = round_trip_bps(instrument, book)
        verdicts, passed = self._judge(instrument_id, blend, side, score, cost_bps, book)
        self._scores.add(score)
        return View(blend, side, cost_bps, (*verdicts, *heard), passed)

    def _in_context(
        self, instrument_id: str, blend: Blend, side: int
    ) -> tuple[Blend, tuple[FilterVerdict, ...]]:
        """The blend with its confidence raised or lowered by the slower timeframe's trend."""
        trend, settings = self._contexts.get(instrument_id), self.settings.context
        if trend is None or settings is None:
            return blend, ()
        alignment = trend.alignment(side)
        confidence = aligned_confidence(blend.confidence, alignment, settings)
        note = f"alignment with the {trend.context.value} trend; confidence {confidence:.3f}"
        said = FilterVerdict(
            name="context", passed=alignment >= 0.0, value=alignment, threshold=0.0, note=note
        )
        return msgspec.structs.replace(blend, confidence=confidence), (said,)

    def _judge(
        self, instrument_id: str, blend: Blend, side: int, score: float, cost_bps: float, book: Book
    ) -> tuple[tuple[FilterVerdict, ...], bool]:
        """Hard conditions, then the strategy's own filters; all verdicts are kept."""
        threshold = self._scores.value
        block = self._entry_block(instrument_id, self.name, book)
        hard = hard_conditions(
            side=side,
            edge_bps=blend.edge_bps,
            cost_bps=cost_bps,
            score=score,
            threshold=threshold,
            blocks=(block,) if block else (),
            settings=self.settings.conditions,
        )
        filtered = self._filters.run(self._values(instrument_id), blend.probability_up, side, threshold)
        verdicts = (*hard, filtered.summary(), *filtered.verdicts)
        return verdicts, all_hold(hard) and filtered.passed

    def _conclude(
        self, instrument: Instrument, view: View, sized: Target | None, now: int, book: Book
    ) -> DecisionMade:
        instrument_id, blend = instrument.id, view.blend
        memory = self._memory.instruments.setdefault(instrument_id, InstrumentMemory())
        held = held_lots(book, self._holder(instrument_id))
        memory.note_position(held)
        target = sized.lots if sized is not None else 0
        if target:
            outcome, memory.bars_since_signal = Outcome.TRADE, 0
            reason = entry_words(blend, view.side, view.cost_bps)
        else:
            small = "the size is under one lot"
            why = (sized.note or small) if sized is not None else first_failure(view.verdicts)
            longest = self.settings.hold_bars or self.settings.horizon_bars
            target, outcome, reason = without_entry(memory, held, view.side, why, longest)
        self._memory.decisions += 1
        return DecisionMade(
            ts_event=now,
            decision_id=f"{self.name}-{self._memory.decisions}",
            account=self._account,
            strategy=self.name,
            timeframe=self._timeframe,
            horizon_bars=blend.horizon_bars,
            instrument_id=instrument_id,
            outcome=outcome,
            reason=reason,
            votes=blend.votes,
            edge_bps=blend.edge_bps,
            cost_bps=view.cost_bps,
            probability_up=blend.probability_up,
            confidence=blend.confidence,
            verdicts=view.verdicts,
            sizing=sized.steps if sized is not None else {},
            factors={name: v for name, v in self._values(instrument_id).items() if name in KEY_FACTORS},
            regime=self._regime_words(instrument),
            current_lots=held,
            target_lots=target,
        )

    # Figures -----------------------------------------------------------------------------------

    def _values(self, instrument_id: str) -> dict[str, float]:
        """Factors that the instrument has, by name; with the mean volume ratio that the filters read."""
        row = self._memory.rows.get(instrument_id)
        if row is None:
            return {}
        values = {name: row.values[i] for name, i in self._columns[instrument_id]}
        if "vol_ratio" in values:
            memory = self._memory.instruments.setdefault(instrument_id, InstrumentMemory())
            values["vol_ratio_mean20"] = memory.mean_volume_ratio(row.ts_event, values["vol_ratio"])
        return values

    def _holder(self, instrument_id: str) -> PositionKey:
        return PositionKey(self._account, self.name, instrument_id)

    def _sizing_inputs(self, instrument: Instrument, view: View) -> SizingInputs:
        memory = self._memory.instruments.setdefault(instrument.id, InstrumentMemory())
        pace = self._paces[instrument.id]
        regime = self._regime(instrument)
        scale = self.settings.regime_scale.get(regime.volatility, 1.0) if regime is not None else 1.0
        return SizingInputs(
            edge_bps=view.blend.edge_bps,
            cost_bps=view.cost_bps,
            confidence=view.blend.confidence,
            horizon_bars=view.blend.horizon_bars,
            bars_per_year=pace.bars_per_year,
            volatility_annual=memory.volatility_annual(pace.bars_per_year),
            regime_scale=scale,
            daily_value=memory.daily_value(pace.bars_per_day),
        )

    def _regime(self, instrument: Instrument) -> Regime | None:
        tracker = self._trackers.get(class_group(instrument.asset_class))
        return tracker.current() if tracker is not None else None

    def _regime_words(self, instrument: Instrument) -> str:
        regime = self._regime(instrument)
        return regime.composite if regime is not None else ""

    def _fresh_scores(self, seed: Sequence[float]) -> ScoreThreshold:
        return ScoreThreshold(seed, quantile=self.settings.score_quantile, least=self.settings.least_scores)

    def _regime_settings(self, instrument_id: str) -> RegimeSettings:
        if instrument_id not in self._instruments:
            message = f"The regime reference {instrument_id!r} is not traded by {self.name}."
            raise ConfigError(message, f"Use one of {', '.join(self._instruments)}.")
        per_year = self._paces[instrument_id].bars_per_year
        return msgspec.structs.replace(self.settings.regime, bars_per_year=per_year)
