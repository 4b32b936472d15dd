"""Many forecasts of one instrument to one blend, with every model's vote kept."""

from collections.abc import Mapping, Sequence

import msgspec

from tradewind.core.decisions import ModelVote
from tradewind.core.errors import ConfigError
from tradewind.core.forecasts import Forecast
from tradewind.ensemble.horizon import horizon_share
from tradewind.ensemble.registry import BLENDS, BlendSettings, Views


class Blend(msgspec.Struct, frozen=True, kw_only=True):
    """What the ensemble says of one instrument over ``horizon_bars`` bars.

    ``votes`` are in the order of the forecasts; ``weight`` of each is its share in the blend and its edge is
    the one brought to the common horizon. Models that answered without a view follow with weight 0.
    ``dropped`` says which models did not count, and why.
    """

    edge_bps: float
    probability_up: float
    confidence: float
    votes: tuple[ModelVote, ...] = ()
    horizon_bars: int = 1
    dropped: tuple[str, ...] = ()


class Blender:
    """Blends forecasts by the settings.

    Parameters
    ----------
    horizon_bars
        The one horizon to which all edges are brought.
    max_age_ns
        A forecast older than this is late and does not count; 0 keeps all.

    Raises
    ------
    ConfigError, RegistryError
        A horizon under one bar, a negative prior, or no way of blending of that name.
    """

    def __init__(self, settings: BlendSettings, horizon_bars: int, max_age_ns: int = 0) -> None:
        if horizon_bars < 1:
            message = f"The horizon of a blend is {horizon_bars} bars."
            raise ConfigError(message, "Use at least 1.")
        if settings.prior_strength < 0.0 or settings.half_life_bars < 0.0:
            message = (
                f"A prior of {settings.prior_strength} and a half-life of {settings.half_life_bars} bars."
            )
            raise ConfigError(message, "Neither may be negative.")
        self.settings = settings
        self.horizon_bars = horizon_bars
        self.max_age_ns = max_age_ns
        self._combine = BLENDS.get(settings.method)

    def blend(
        self, forecasts: Sequence[Forecast], weights: Mapping[str, float] | None = None, now_ns: int = 0
    ) -> Blend:
        """One view of ``forecasts`` of one instrument.

        Parameters
        ----------
        weights
            Weight by model; a model that is not in it has weight 1, None gives all the same. They are scaled
            to mean 1 over the models that answered, so a model that drops out leaves its weight to the rest.
        now_ns
            The loop's time, against which late forecasts are told.

        A forecast with a NaN or infinite figure, a late one, one of weight 0 or less, and one that is no view
        (an edge of exactly 0 without any confidence: a rule that did not work in its window) drop out, so
        that silence does not dilute what the others say. With none left the blend is no view: edge 0,
        probability 0.5, confidence 0.
        """
        edges: list[float] = []
        probabilities: list[float] = []
        confidences: list[float] = []
        raw: list[float] = []
        taken: list[Forecast] = []
        dropped: list[str] = []
        silent: list[Forecast] = []
        shares: dict[int, float] = {}
        oldest_ns = now_ns - self.max_age_ns if self.max_age_ns else 0
        for forecast in forecasts:
            weight = 1.0 if weights is None else weights.get(forecast.model, 1.0)
            edge, probability = forecast.expected_return_bps, forecast.probability_up
            confidence = forecast.confidence
            total = edge + probability + confidence
            late = oldest_ns and forecast.ts_event < oldest_ns
            if total - total != 0.0 or late or not weight > 0.0:
                dropped.append(f"{forecast.model}: {_problem(total, bool(late))}")
                continue
            if edge == 0.0 and confidence == 0.0:
                dropped.append(f"{forecast.model}: it has no view")
                silent.append(forecast)
                continue
            bars = forecast.horizon_bars
            if bars not in shares:
                shares[bars] = horizon_share(bars, self.horizon_bars, self.settings.half_life_bars)
            taken.append(forecast)
            edges.append(edge * shares[bars])
            probabilities.append(probability)
            confidences.append(confidence)
            raw.append(weight)
        if not taken:
            return self._no_view(dropped, _votes(silent, [0.0] * len(silent), [0.0] * len(silent)))
        scale = len(raw) / sum(raw)
        views = Views(edges, probabilities, confidences, [weight * scale for weight in raw])
        combined = self._combine(views, self.settings)
        votes = _votes(taken, edges, combined.shares)
        if silent:
            votes += _votes(silent, [0.0] * len(silent), [0.0] * len(silent))
        return Blend(
            edge_bps=combined.edge_bps,
            probability_up=combined.probability_up,
            confidence=combined.confidence,
            votes=votes,
            horizon_bars=self.horizon_bars,
            dropped=tuple(dropped),
        )

    def _no_view(self, dropped: Sequence[str], votes: tuple[ModelVote, ...]) -> Blend:
        return Blend(
            edge_bps=0.0,
            probability_up=0.5,
            confidence=0.0,
            votes=votes,
            horizon_bars=self.horizon_bars,
            dropped=tuple(dropped),
        )


def _votes(
    forecasts: Sequence[Forecast], edges: Sequence[float], shares: Sequence[float]
) -> tuple[ModelVote, ...]:
    # A list first: a tuple built from a generator is twice as slow.
    return tuple(
        [
            ModelVote(
                model=forecast.model,
                version=forecast.model_version,
                weight=share,
                edge_bps=edge,
                probability_up=forecast.probability_up,
                confidence=forecast.confidence,
            )
            for forecast, share, edge in zip(forecasts, shares, edges, strict=True)
        ]
    )


def _problem(total: float, late: bool) -> str:
    """Why a forecast does not count; ``total`` of its figures is NaN or infinite when one of them is."""
    if total - total != 0.0:
        return "it has no finite figures"
    return "it is late" if late else "it has no weight"
