"""What models say: one forecast for one instrument, with its uncertainty and its origin."""

from tradewind.core.market import Event


class Forecast(Event, frozen=True, kw_only=True, gc=False, tag="forecast"):
    """One model's view, as of ``ts_event``, of the return over the next ``horizon_bars`` bars.

    ``expected_return_bps`` is the edge before costs; ``probability_up`` and ``confidence`` lie in [0, 1];
    the interval is in bps. ``data_hash`` names the factor row that it was made from.
    """

    instrument_id: str
    model: str
    model_version: str
    horizon_bars: int
    expected_return_bps: float
    probability_up: float
    confidence: float
    lower_bps: float
    upper_bps: float
    data_hash: str = ""
    ts_recv: int = 0


class ForecastFailed(Event, frozen=True, kw_only=True, gc=False, tag="forecast_failed"):
    """A model could not answer; it drops out of this cycle's blend."""

    model: str
    instrument_id: str
    reason: str


class FactorRow(Event, frozen=True, kw_only=True, gc=False, tag="factor_row"):
    """The factors of one instrument at one moment, aligned with the session's factor names.

    A value that is not there yet is NaN. ``data_hash`` is the SHA-256 prefix of the values' bytes.
    """

    instrument_id: str
    values: tuple[float, ...]
    data_hash: str = ""
