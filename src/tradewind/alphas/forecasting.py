"""From predictions to forecast events: one conversion, used in batch for backtests and live by the host."""

from collections.abc import Sequence

import numpy as np

from tradewind.core.errors import ModelError
from tradewind.core.events import content_hash
from tradewind.core.forecasts import Forecast
from tradewind.core.panel import Floats, Predictions, Samples
from tradewind.core.ports import Model


def forecasts_from(
    predictions: Predictions,
    rows: Samples,
    model: Model,
    *,
    timeframe: str = "1d",
    hashes: Sequence[str] | None = None,
) -> list[Forecast]:
    """One forecast a row, in the rows' order; a row with a NaN anywhere in its prediction gives none.

    ``ts_event`` and ``ts_recv`` are when the row was known; the horizon is the rows', in bars of
    ``timeframe``. ``hashes`` are the rows' data hashes, where
    they are known already; else they are taken over the factor values.

    Raises
    ------
    ModelError
        There are not as many predictions, or hashes, as rows.
    """
    if len(predictions) != len(rows) or (hashes is not None and len(hashes) != len(rows)):
        given = "none" if hashes is None else str(len(hashes))
        message = (
            f"{len(rows)} rows have {len(predictions)} predictions of {model.name!r} and {given} hashes."
        )
        raise ModelError(message, "Predict on the same rows.")
    table = np.column_stack(
        [
            predictions.expected_return_bps,
            predictions.probability_up,
            predictions.confidence,
            predictions.lower_bps,
            predictions.upper_bps,
        ]
    )
    said = np.flatnonzero(np.isfinite(table).all(axis=1))
    named = row_hashes(rows.take(said)) if hashes is None else [hashes[r] for r in said.tolist()]
    forecasts = []
    for r, data_hash in zip(said.tolist(), named, strict=True):
        edge, probability, confidence, lower, upper = table[r].tolist()
        ts = int(rows.ts_event[r])
        forecasts.append(
            Forecast(
                ts_event=ts,
                ts_recv=ts,
                instrument_id=rows.instrument_ids[rows.i[r]],
                model=model.name,
                model_version=model.version,
                horizon_bars=rows.horizon_bars,
                expected_return_bps=edge,
                probability_up=probability,
                confidence=confidence,
                lower_bps=lower,
                upper_bps=upper,
                timeframe=timeframe,
                data_hash=data_hash,
            )
        )
    return forecasts


def row_hashes(rows: Samples) -> list[str]:
    """The data hash of each row: what a FactorRow of the same values carries."""
    return [row_hash(values) for values in rows.features()]


def row_hash(values: Floats) -> str:
    """SHA-256 prefix of float64 values in native order, every NaN written the same way."""
    plain = np.where(np.isnan(values), np.nan, values)
    return content_hash(np.ascontiguousarray(plain, dtype=np.float64).tobytes())
