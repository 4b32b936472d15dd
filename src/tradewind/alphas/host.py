"""The model host: it turns a cycle's factor rows into forecasts, beside the loop and never inside it."""

from collections.abc import Iterator, Sequence

import numpy as np

from tradewind.alphas.forecasting import forecasts_from, row_hash
from tradewind.alphas.ring import FactorRing
from tradewind.core.errors import ModelError, TradewindError
from tradewind.core.forecasts import FactorRow, Forecast, ForecastFailed
from tradewind.core.ports import Model

MODEL_FAILURES = (
    TradewindError,
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What a faulty model or its library can raise; each becomes a ForecastFailed."""


class LocalModelHost:
    """Implements :class:`tradewind.core.ports.ModelHost` in this process.

    ``models`` are fitted; ``names`` are the session's factors, in the order of the rows' values. Several
    hosts over parts of the models run side by side as workers; one host is for one thread.
    """

    def __init__(self, models: Sequence[Model], names: Sequence[str], *, horizon_bars: int) -> None:
        twice = sorted({m.name for m in models if sum(other.name == m.name for other in models) > 1})
        if twice:
            message = f"Two models of the host are called {', '.join(twice)}."
            raise ModelError(message, "Give the host one version of each.")
        self.models = tuple(models)
        self.horizon_bars = horizon_bars
        self._ring = FactorRing(names, max((model.lookback for model in models), default=1))

    @property
    def model_names(self) -> Sequence[str]:
        """Models that answer, by name."""
        return [model.name for model in self.models]

    def observe(self, rows: Sequence[FactorRow]) -> None:
        """Take in rows without judging them; ModelError when one does not fit the names."""
        self._ring.add(rows)

    def snapshot(self) -> bytes:
        """The whole state; equal states give equal bytes."""
        return self._ring.snapshot()

    def restore(self, state: bytes) -> None:
        """Become what was snapshot."""
        self._ring.restore(state)

    def forecasts(self, rows: Sequence[FactorRow]) -> Sequence[Forecast | ForecastFailed]:
        """What every model says of the rows of one cycle: model by model, each in the rows' order.

        A model that cannot judge a row (missing factors) gives nothing for it; one that fails gives a
        ForecastFailed for each row. Rows that do not fit the session fail for every model. Never raises.
        """
        return [forecast for _, said in self.answers(rows) for forecast in said]

    def answers(self, rows: Sequence[FactorRow]) -> Iterator[tuple[str, Sequence[Forecast | ForecastFailed]]]:
        """The same, one model after the other as each is ready."""
        if not rows:
            return
        try:
            self._ring.add(rows)
            samples = self._ring.samples(rows, self.horizon_bars)
        except ModelError as error:
            for model in self.models:
                yield model.name, _failed(model, rows, error)
            return
        hashes = [row.data_hash or _hash_of(row) for row in rows]
        for model in self.models:
            try:
                yield model.name, forecasts_from(model.predict(samples), samples, model, hashes=hashes)
            except MODEL_FAILURES as error:
                yield model.name, _failed(model, rows, error)


def _failed(model: Model, rows: Sequence[FactorRow], error: BaseException) -> list[ForecastFailed]:
    reason = f"{type(error).__name__}: {error}"
    return [
        ForecastFailed(
            ts_event=row.ts_event, model=model.name, instrument_id=row.instrument_id, reason=reason
        )
        for row in rows
    ]


def _hash_of(row: FactorRow) -> str:
    return row_hash(np.array(row.values, dtype=np.float64))
