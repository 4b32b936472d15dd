"""The product's own strategy: forecasts blended, held against conditions and filters, sized, and decided.

It lives inside the loop, so it reads nothing but events and book. What it composes is in the rooms:
``ensemble`` (blend, conditions, filters, regimes, weights) and ``portfolio`` (sizing).
"""

import math
from collections.abc import Callable, Mapping, Sequence

import msgspec

from tradewind.core.book import MAIN_ACCOUNT, Book, PositionKey, held_lots
from tradewind.core.changes import ParameterChanged
from tradewind.core.decisions import DecisionMade, InstrumentFailed, Verdict
from tradewind.core.errors import ConfigError, TradewindError
from tradewind.core.events import AnyEvent, Command, ModelStatus, OverrideRecorded, Timer
from tradewind.core.forecasts import FactorRow, Forecast
from tradewind.core.instruments import Instrument, class_group
from tradewind.core.market import Bar, Event
from tradewind.core.settings import Bars, Count, Part, Settings
from tradewind.core.vocabulary import Outcome, TimerName, Verb
from tradewind.ensemble.blend import Blend, Blender
from tradewind.ensemble.conditions import ConditionSettings, ScoreThreshold, all_hold, hard_conditions
from tradewind.ensemble.filter_registry import FilterSettings
from tradewind.ensemble.filtering import FilterSet
from tradewind.ensemble.regime import Regime, RegimeSettings, RegimeTracker, VolatilityState
from tradewind.ensemble.registry import BlendSettings
from tradewind.ensemble.weights import ModelWeights, WeightSettings
from tradewind.portfolio.sizing import SizingInputs, SizingSettings, size_target
from tradewind.strategies.costing import round_trip_bps
from tradewind.strategies.memory import InstrumentMemory, StrategyMemory

EntryBlock = Callable[[str, str, Book], str]
"""Instrument, strategy and book to the reason why no new entry is allowed; empty when one is."""

KEY_FACTORS = ("rsi", "adx", "atr", "atr_norm", "bb_position", "vwap_z", "vol_ratio")
"""Factors that a decision keeps beside its verdicts, where the instrument has them."""


def _regime_scale() -> dict[VolatilityState, Part]:
    return {
        VolatilityState.LOW: 1.0,
        VolatilityState.NORMAL: 1.0,
        VolatilityState.HIGH: 0.75,
        VolatilityState.EXTREME: 0.5,
    }


class StrategySettings(Settings, frozen=True, kw_only=True):
    """Numbers of the strategy, by part.

    Estimation error is met once: the models' calibration shrinks their edges, so sizes are not multiplied by
    confidence as well. ``score_quantile`` is what share of its own past scores a score must pass.
    ``hold_bars`` is the longest that a position is kept without a fresh signal; 0 takes the horizon.
    ``regime_scale`` shrinks sizes by the volatility state of the class's reference instrument
    (``references``, by class group).
    """

    horizon_bars: Bars = 5
    blend: BlendSettings = BlendSettings(method="weighted")
    weights: WeightSettings = WeightSettings()
    conditions: ConditionSettings = ConditionSettings()
    filters: FilterSettings = FilterSettings()
    sizing: SizingSettings = SizingSettings(use_confidence=False)
    regime: RegimeSettings = RegimeSettings()
    references: dict[str, str] = msgspec.field(default_factory=dict)
    regime_scale: dict[VolatilityState, Part] = msgspec.field(default_factory=_regime_scale)
    score_quantile: Part = 0.6
    least_scores: Count = 50
    hold_bars: Count = 0


class _Snapshot(msgspec.Struct, kw_only=True):
    memory: StrategyMemory
    weights: bytes
    trackers: dict[str, bytes]
    scores: list[float]


class ForecastStrategy:
    """Trades the blend of all models that may trade.

    Parameters
    ----------
    factor_names
        Names that factor rows are aligned with.
    absent
        By instrument, the factors that the instrument lacks altogether; a filter on one is absent, not
        failed. entry_block
        What stands against new entries: the breaker board's word.
    """

    def __init__(
        self,
        instruments: Sequence[Instrument],
        factor_names: Sequence[str],
        absent: Mapping[str, frozenset[str]],
        entry_block: EntryBlock,
        settings: StrategySettings | None = None,
        *,
        name: str = "blend",
        account: str = MAIN_ACCOUNT,
        timeframe: str = "1d",
    ) -> None:
        chosen = settings if settings is not None else StrategySettings()
        self.settings, self.name, self._account, self._timeframe = chosen, name, account, timeframe
        self._instruments = {i.id: i for i in instruments if i.tradable}
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

    # Events ------------------------------------------------------------------------------------

    def on_event(self, event: AnyEvent, book: Book) -> Sequence[Event]:
        """Remember what happened; at the ``decide`` timer decide where there are fresh forecasts."""
        match event:
            case Bar():
                self._on_bar(event)
            case FactorRow():
                self._memory.rows[event.instrument_id] = event
            case Forecast():
                self._memory.forecasts.setdefault(event.instrument_id, {})[event.model] = event
                self._weights.on_forecast(event)
            case ModelStatus():
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
            )
        )

    def restore(self, state: bytes) -> None:
        """Become what was snapshot."""
        kept = msgspec.msgpack.decode(state, type=_Snapshot)
        self._memory = kept.memory
        self._weights.restore(kept.weights)
        for group, tracker in self._trackers.items():
            tracker.restore(kept.trackers[group])
        self._scores = self._fresh_scores(kept.scores)

    def _on_bar(self, bar: Bar) -> None:
        if bar.instrument_id not in self._instruments:
            return
        self._weights.on_close(bar.instrument_id, bar.ts_event, bar.close)
        memory = self._memory.instruments.setdefault(bar.instrument_id, InstrumentMemory())
        simple_return = memory.take_bar(bar.close, bar.volume)
        group = class_group(self._instruments[bar.instrument_id].asset_class)
        if self.settings.references.get(group) == bar.instrument_id and not math.isnan(simple_return):
            self._trackers[group].update(simple_return)

    def _set(self, command: Command) -> Sequence[Event]:
        """A live weight: ``weight.MODEL``, of this strategy alone as ``NAME:weight.MODEL``; else nothing.

        Raises
        ------
        ConfigError
            The value is out of bounds; nothing was changed.
        """
        owner, _, argument = command.argument.rpartition(":")
        part, _, model = argument.partition(".")
        if owner not in ("", self.name) or part != "weight" or model not in self._memory.verdicts:
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
        fresh, self._memory.forecasts = self._memory.forecasts, {}
        decided: list[Event] = []
        for instrument_id in self._instruments:
            row = self._memory.rows.get(instrument_id)
            # A forecast made from an earlier row came too late for its own decision; it serves no later one.
            forecasts = [
                f for f in fresh.get(instrument_id, {}).values() if row and f.ts_event == row.ts_event
            ]
            if not forecasts:
                continue
            try:
                decided.append(self._decide(instrument_id, forecasts, event.ts_event, book))
            except TradewindError as error:  # one instrument's failure never stops the rest
                decided.append(
                    InstrumentFailed(ts_event=event.ts_event, instrument_id=instrument_id, error=str(error))
                )
        return decided

    def _decide(self, instrument_id: str, forecasts: list[Forecast], now: int, book: Book) -> DecisionMade:
        instrument, settings = self._instruments[instrument_id], self.settings
        models = [forecast.model for forecast in forecasts]
        weights = self._weights.weights(models, settings.blend.weights)
        for model in models:
            if not self._memory.may_trade(model):
                weights[model] = 0.0
        blend = self._blender.blend(forecasts, weights)
        side = 1 if blend.edge_bps >= 0.0 else -1
        score = blend.probability_up if side > 0 else 1.0 - blend.probability_up
        cost_bps = round_trip_bps(instrument, book)
        verdicts, passed = self._judge(instrument_id, blend, side, score, cost_bps, book)
        self._scores.add(score)
        return self._conclude(instrument, blend, side, cost_bps, verdicts, passed, now, book)

    def _judge(
        self, instrument_id: str, blend: Blend, side: int, score: float, cost_bps: float, book: Book
    ) -> tuple[tuple[Verdict, ...], bool]:
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
        self,
        instrument: Instrument,
        blend: Blend,
        side: int,
        cost_bps: float,
        verdicts: tuple[Verdict, ...],
        passed: bool,
        now: int,
        book: Book,
    ) -> DecisionMade:
        instrument_id = instrument.id
        memory = self._memory.instruments.setdefault(instrument_id, InstrumentMemory())
        holder = PositionKey(self._account, self.name, instrument_id)
        held = held_lots(book, holder)
        memory.note_position(held)
        steps: dict[str, float] = {}
        target = 0
        if passed:
            sized = size_target(
                self._sizing_inputs(instrument, blend, cost_bps), holder, book, self.settings.sizing
            )
            target, steps = sized.target_lots, sized.steps
            reason = self._entry_words(blend, side, cost_bps)
        if target:
            outcome, memory.bars_since_signal = Outcome.TRADE, 0
        else:
            why = (sized.note or "the size is under one lot") if passed else _first_failure(verdicts)
            target, outcome, reason = self._manage(memory, held, side, why)
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
            cost_bps=cost_bps,
            probability_up=blend.probability_up,
            confidence=blend.confidence,
            verdicts=verdicts,
            sizing=steps,
            factors={name: v for name, v in self._values(instrument_id).items() if name in KEY_FACTORS},
            regime=self._regime_words(instrument),
            current_lots=held,
            target_lots=target,
        )

    def _manage(self, memory: InstrumentMemory, held: int, side: int, why: str) -> tuple[int, Outcome, str]:
        """What to do with a position when nothing new is entered: hold it for its time, or close it."""
        if held == 0:
            return 0, Outcome.BLOCKED, f"Nothing is held and nothing is opened: {why}."
        longest = self.settings.hold_bars or self.settings.horizon_bars
        if (held > 0) != (side > 0):
            return 0, Outcome.CLOSE, f"The blend now points the other way; the position is closed ({why})."
        if memory.bars_since_signal >= longest:
            return (
                0,
                Outcome.CLOSE,
                f"Held {memory.bars_since_signal} bars without a new signal; closed ({why}).",
            )
        return held, Outcome.HOLD, f"The position is kept within its horizon; nothing is added ({why})."

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

    def _sizing_inputs(self, instrument: Instrument, blend: Blend, cost_bps: float) -> SizingInputs:
        memory = self._memory.instruments[instrument.id]
        regime = self._regime(instrument)
        scale = self.settings.regime_scale.get(regime.volatility, 1.0) if regime is not None else 1.0
        return SizingInputs(
            edge_bps=blend.edge_bps,
            cost_bps=cost_bps,
            confidence=blend.confidence,
            horizon_bars=blend.horizon_bars,
            bars_per_year=float(instrument.bars_per_year),
            volatility_annual=memory.volatility_annual(instrument.bars_per_year),
            regime_scale=scale,
            daily_value=memory.daily_value(),
        )

    def _regime(self, instrument: Instrument) -> Regime | None:
        tracker = self._trackers.get(class_group(instrument.asset_class))
        return tracker.current() if tracker is not None else None

    def _regime_words(self, instrument: Instrument) -> str:
        regime = self._regime(instrument)
        return regime.composite if regime is not None else ""

    def _entry_words(self, blend: Blend, side: int, cost_bps: float) -> str:
        way = "up" if side > 0 else "down"
        counted = sum(vote.weight > 0.0 for vote in blend.votes)
        return (
            f"{counted} models expect {blend.edge_bps:+.1f} bps over {blend.horizon_bars} bars "
            f"({way}, probability {blend.probability_up:.3f}) against a round trip of {cost_bps:.1f} bps."
        )

    def _fresh_scores(self, seed: Sequence[float]) -> ScoreThreshold:
        return ScoreThreshold(seed, quantile=self.settings.score_quantile, least=self.settings.least_scores)

    def _regime_settings(self, instrument_id: str) -> RegimeSettings:
        instrument = self._instruments.get(instrument_id)
        if instrument is None:
            message = f"The regime reference {instrument_id!r} is not traded in this session."
            raise ConfigError(message, f"Use one of {', '.join(self._instruments)}.")
        return msgspec.structs.replace(self.settings.regime, bars_per_year=float(instrument.bars_per_year))


def _first_failure(verdicts: Sequence[Verdict]) -> str:
    failed = next((v for v in verdicts if v.hard and not v.passed), None)
    if failed is None:
        return "no entry"
    return f"{failed.name} failed: {failed.note}" if failed.note else f"{failed.name} failed"
