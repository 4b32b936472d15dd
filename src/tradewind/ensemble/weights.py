"""Model weights learned while trading: each forecast is judged when its horizon has passed, never before.

Two kinds of weight are kept side by side. *Score* weights follow a decayed skill: 1 - Brier score / 0.25, so
that 0 is a coin and 1 is perfect. *Averaging* weights are the model probabilities of dynamic model averaging
with forgetting. Several instruments judged at one time are one step of it: their log likelihoods are
averaged, since they are far from independent, and divided by the horizon, since forecasts of h bars overlap.

Sources: Brier (1950); Raftery, Karny and Ettler (2010), equations 9 and 10; Koop and Korobilis (2012) for
forgetting factors near 0.99.
"""

import math
from collections.abc import Mapping, Sequence

import msgspec

from tradewind.core.errors import ConfigError
from tradewind.core.forecasts import Forecast
from tradewind.core.settings import Count, Factor, Length, Part, Settings, Share

_LOG_2_PI = math.log(2.0 * math.pi)
_BPS = 1e4


class WeightSettings(Settings, frozen=True, kw_only=True):
    """Numbers of online weights.

    Attributes
    ----------
    half_life
        Judged forecasts after which one counts half.
    sharpness
        How strongly skill moves a score weight: it is exp(sharpness x skill), so 50 turns a skill of 0.01
        above another into 1.65 times the weight.
    forgetting
        Of dynamic model averaging, 0 to 1; 1 never forgets.
    least
        Judged forecasts before a model's own record counts in full; until then it is mixed with equal weight.
    floor, ceiling
        Bounds of a weight relative to the mean weight; live multipliers are held to them too.
    first_deviation_bps
        Spread of forecast errors that averaging assumes before any is known.
    """

    half_life: Factor = 200.0
    sharpness: Length = 50.0
    forgetting: Share = 0.99
    least: Count = 50
    floor: Part = 0.1
    ceiling: Factor = 5.0
    first_deviation_bps: Factor = 200.0


class ModelRecord(msgspec.Struct, kw_only=True):
    """What is known of one model."""

    skill: float = 0.0
    skill_weight: float = 0.0
    judged: int = 0
    log_probability: float = 0.0
    step_likelihood: float = 0.0
    step_count: int = 0
    error_variance: float = 0.0
    error_weight: float = 0.0
    multiplier: float = 1.0


class _Waiting(msgspec.Struct, kw_only=True):
    """A forecast whose label is not known yet; due when ``bars_left`` reaches zero."""

    model: str
    base_close: float
    horizon_bars: int
    bars_left: int
    edge_bps: float
    probability_up: float


class _State(msgspec.Struct, kw_only=True):
    records: dict[str, ModelRecord] = msgspec.field(default_factory=dict)
    waiting: dict[str, list[_Waiting]] = msgspec.field(default_factory=dict)
    closes: dict[str, tuple[int, float]] = msgspec.field(default_factory=dict)
    step_ts: int = 0


class ModelWeights:
    """Weights of models from their own forecasts and the closes that came after.

    Hand over every bar's close with :meth:`on_close` *before* the forecasts made from that bar with
    :meth:`on_forecast`. A forecast is judged at the close of its last bar; a late one, made from a bar that
    is no longer the newest, is not judged at all.
    """

    def __init__(self, settings: WeightSettings | None = None) -> None:
        self.settings = settings if settings is not None else WeightSettings()
        if not 0.0 < self.settings.forgetting <= 1.0 or self.settings.half_life <= 0.0:
            message = (
                f"Weights cannot forget at {self.settings.forgetting} with a half-life of "
                f"{self.settings.half_life}."
            )
            raise ConfigError(message, "Use a forgetting factor in (0, 1] and a positive half-life.")
        self._decay = 0.5 ** (1.0 / self.settings.half_life)
        self._state = _State()

    def on_close(self, instrument_id: str, ts_ns: int, close: float) -> int:
        """A bar of ``instrument_id`` closed; how many forecasts were judged by it. NaN closes are left
        out.
        """
        if close != close or close <= 0.0:
            return 0
        known = self._state.closes.get(instrument_id)
        if known is not None and ts_ns <= known[0]:
            return 0
        self._state.closes[instrument_id] = (ts_ns, close)
        waiting = self._state.waiting.get(instrument_id)
        if not waiting:
            return 0
        due: list[_Waiting] = []
        still: list[_Waiting] = []
        for forecast in waiting:
            forecast.bars_left -= 1
            (due if forecast.bars_left <= 0 else still).append(forecast)
        self._state.waiting[instrument_id] = still
        if due and ts_ns > self._state.step_ts:
            self._finish_step()
            self._state.step_ts = ts_ns
        for forecast in due:
            self._judge(forecast, (close / forecast.base_close - 1.0) * _BPS)
        return len(due)

    def on_forecast(self, forecast: Forecast) -> None:
        """Keep a forecast until its label is known."""
        known = self._state.closes.get(forecast.instrument_id)
        total = forecast.expected_return_bps + forecast.probability_up
        if known is None or known[0] != forecast.ts_event or total - total != 0.0:
            return
        self._record(forecast.model)
        self._state.waiting.setdefault(forecast.instrument_id, []).append(
            _Waiting(
                model=forecast.model,
                base_close=known[1],
                horizon_bars=forecast.horizon_bars,
                bars_left=forecast.horizon_bars,
                edge_bps=forecast.expected_return_bps,
                probability_up=forecast.probability_up,
            )
        )

    def rescale(self, instrument_id: str, factor: float) -> None:
        """Bring what is remembered of an instrument to the prices after a split: times ``factor``."""
        known = self._state.closes.get(instrument_id)
        if known is not None:
            self._state.closes[instrument_id] = (known[0], known[1] * factor)
        for forecast in self._state.waiting.get(instrument_id, ()):
            forecast.base_close *= factor

    def weights(self, models: Sequence[str], kind: str = "score") -> dict[str, float]:
        """Weight of each of ``models``, mean 1 before live multipliers.

        ``kind`` is ``equal``, ``score`` or ``averaging``; a model without a record has weight 1.
        """
        if kind not in ("equal", "score", "averaging"):
            message = f"There is no kind of weight called {kind!r}."
            raise ConfigError(message, "Use equal, score or averaging.")
        if not models:
            return {}
        records = [self._state.records.get(model) or ModelRecord() for model in models]
        if kind == "equal":
            raw = [1.0] * len(models)
        elif kind == "score":
            raw = [math.exp(self.settings.sharpness * _mean_skill(record)) for record in records]
        else:
            # The softmax of log probabilities, against the largest so that none overflows.
            largest = max(record.log_probability for record in records)
            raw = [math.exp(record.log_probability - largest) for record in records]
        scaled = _mean_one(raw)
        least = self.settings.least
        mixed = [
            1.0 + (weight - 1.0) * min(record.judged / least, 1.0) if least > 0 else weight
            for weight, record in zip(scaled, records, strict=True)
        ]
        bounded = _mean_one([min(max(w, self.settings.floor), self.settings.ceiling) for w in mixed])
        return {
            model: weight * record.multiplier
            for model, weight, record in zip(models, bounded, records, strict=True)
        }

    def multiplier(self, model: str) -> float:
        """The live multiplier of a model's weight, 1 until somebody sets it."""
        return self._record(model).multiplier

    def set_multiplier(self, model: str, multiplier: float) -> None:
        """A person's word on a model: its weight times this, 0 to leave it out.

        Raises
        ------
        ConfigError
            The multiplier is negative, NaN or above the ceiling.
        """
        if not 0.0 <= multiplier <= self.settings.ceiling:
            message = f"The multiplier {multiplier} of {model} is out of bounds."
            raise ConfigError(message, f"Use 0 to {self.settings.ceiling:g}.")
        self._record(model).multiplier = multiplier

    def records(self) -> Mapping[str, ModelRecord]:
        """What is known of each model, for display; not to be changed."""
        return self._state.records

    def snapshot(self) -> bytes:
        """The whole state; equal states give equal bytes."""
        return msgspec.msgpack.encode(self._state)

    def restore(self, state: bytes) -> None:
        """Become what was snapshot."""
        self._state = msgspec.msgpack.decode(state, type=_State)

    def _record(self, model: str) -> ModelRecord:
        record = self._state.records.get(model)
        if record is None:
            record = self._state.records[model] = ModelRecord()
        return record

    def _finish_step(self) -> None:
        """One step of model averaging with all that was judged at the last time: forget, then learn.

        A model that was not judged gets the mean of the others, which tells nothing for or against it.
        """
        records = self._state.records.values()
        judged = {
            model: record.step_likelihood / record.step_count
            for model, record in self._state.records.items()
            if record.step_count
        }
        if not judged:
            return
        usual = sum(judged.values()) / len(judged)
        for model, record in self._state.records.items():
            record.log_probability *= self.settings.forgetting
            record.log_probability += judged.get(model, usual) - usual
            record.step_likelihood, record.step_count = 0.0, 0
        largest = max(record.log_probability for record in records)
        for record in records:
            record.log_probability -= largest  # only differences mean anything

    def _judge(self, forecast: _Waiting, realised_bps: float) -> None:
        record = self._record(forecast.model)
        settings, decay = self.settings, self._decay
        outcome = 1.0 if realised_bps > 0.0 else 0.0
        brier = (forecast.probability_up - outcome) ** 2
        record.skill = decay * record.skill + (1.0 - brier / 0.25)
        record.skill_weight = decay * record.skill_weight + 1.0
        # The likelihood uses the errors known before this one, so that it is a true prediction.
        variance = settings.first_deviation_bps**2
        if record.error_weight > 0.0:
            variance = (variance + record.error_variance) / (1.0 + record.error_weight)
        error = realised_bps - forecast.edge_bps
        likelihood = -0.5 * (_LOG_2_PI + math.log(variance) + error * error / variance)
        record.step_likelihood += likelihood / forecast.horizon_bars
        record.step_count += 1
        record.error_variance = decay * record.error_variance + error * error
        record.error_weight = decay * record.error_weight + 1.0
        record.judged += 1


def _mean_skill(record: ModelRecord) -> float:
    return record.skill / record.skill_weight if record.skill_weight > 0.0 else 0.0


def _mean_one(values: Sequence[float]) -> list[float]:
    scale = len(values) / sum(values)
    return [value * scale for value in values]
