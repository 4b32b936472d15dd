"""The model host: it turns a cycle's factor rows into forecasts, beside the loop and never inside it."""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec
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
    """Implements :class:`tradewind.core.ports.ModelHost` in this process, for rows of one timeframe.

    ``models`` are fitted, for forecasts over ``horizon_bars`` bars of ``timeframe``; ``names`` are the
    session's factors, in the order of the rows' values. Rows of other timeframes are not its own and pass it
    by. Several hosts run side by side as workers; one host is for one thread.
    """

    def __init__(
        self, models: Sequence[Model], names: Sequence[str], *, horizon_bars: int, timeframe: str = "1d"
    ) -> None:
        twice = sorted({m.name for m in models if sum(other.name == m.name for other in models) > 1})
        if twice:
            message = f"Two models of the host are called {', '.join(twice)}."
            raise ModelError(message, "Give the host one version of each.")
        self.models = tuple(models)
        self.horizon_bars = horizon_bars
        self.timeframe = sys.intern(timeframe)  # records leave out a default by identity
        self._ring = FactorRing(names, max((model.lookback for model in models), default=1))

    @property
    def model_names(self) -> Sequence[str]:
        """Models that answer, by name."""
        return [model.name for model in self.models]

    def observe(self, rows: Sequence[FactorRow]) -> None:
        """Remember rows without judging them: those of the warm-up, and recorded ones after a crash.

        Rows that are known already change nothing. ModelError when one does not fit the names.
        """
        self._ring.add(self._own(rows))

    def forecasts(self, rows: Sequence[FactorRow]) -> Sequence[Forecast | ForecastFailed]:
        """What every model says of the rows of one cycle: model by model, each in the rows' order.

        A model that cannot judge a row (missing factors) gives nothing for it; one that fails gives a
        ForecastFailed for each row. Rows that do not fit the session fail for every model. Never raises.
        """
        return [forecast for _, said in self.answers(rows) for forecast in said]

    def answers(self, rows: Sequence[FactorRow]) -> Iterator[tuple[str, Sequence[Forecast | ForecastFailed]]]:
        """The same, one model after the other as each is ready."""
        own = self._own(rows)
        if not own:
            return
        try:
            self._ring.add(own)
            samples = self._ring.samples(own, self.horizon_bars)
        except ModelError as error:
            for model in self.models:
                yield model.name, _failed(model, own, error)
            return
        hashes = [row.data_hash or _hash_of(row) for row in own]
        for model in self.models:
            try:
                predictions = model.predict(samples)
                said = forecasts_from(predictions, samples, model, timeframe=self.timeframe, hashes=hashes)
                yield model.name, said
            except MODEL_FAILURES as error:
                yield model.name, _failed(model, own, error)

    def snapshot(self) -> bytes:
        """All that it remembers between cycles; equal states give equal bytes."""
        return self._ring.snapshot()

    def restore(self, state: bytes) -> None:
        """Become what was snapshot; ModelError when it is of other factors or models."""
        self._ring.restore(state)

    def _own(self, rows: Sequence[FactorRow]) -> list[FactorRow]:
        return [row for row in rows if row.timeframe == self.timeframe]


class ModelHosts:
    """Hosts of several timeframes and horizons as one: each answers for the rows of its own."""

    def __init__(self, hosts: Sequence[LocalModelHost]) -> None:
        self.hosts = tuple(hosts)

    @property
    def model_names(self) -> Sequence[str]:
        """Models that answer, by name, each once."""
        return list(dict.fromkeys(name for host in self.hosts for name in host.model_names))

    def observe(self, rows: Sequence[FactorRow]) -> None:
        """Let every host remember its rows without judging them."""
        for host in self.hosts:
            host.observe(rows)

    def forecasts(self, rows: Sequence[FactorRow]) -> Sequence[Forecast | ForecastFailed]:
        """What every host says, host by host. Never raises."""
        return [said for host in self.hosts for said in host.forecasts(rows)]

    def answers(self, rows: Sequence[FactorRow]) -> Iterator[tuple[str, Sequence[Forecast | ForecastFailed]]]:
        """The same, each model once, when it is ready for all its horizons and timeframes."""
        left = Counter(name for host in self.hosts for name in host.model_names)
        waiting: dict[str, list[Forecast | ForecastFailed]] = {}
        for host in self.hosts:
            silent = set(host.model_names)
            for name, said in host.answers(rows):
                silent.discard(name)
                left[name] -= 1
                if left[name]:
                    waiting.setdefault(name, []).extend(said)
                else:
                    yield name, [*waiting.pop(name, ()), *said]
            for name in sorted(silent):  # no rows of its timeframe
                left[name] -= 1
                if not left[name]:
                    yield name, waiting.pop(name, [])

    def snapshot(self) -> bytes:
        """All that the hosts remember; equal states give equal bytes."""
        return msgspec.msgpack.encode([host.snapshot() for host in self.hosts])

    def restore(self, state: bytes) -> None:
        """Become what was snapshot; ModelError when it is of other hosts."""
        try:
            saved = msgspec.msgpack.decode(state, type=list[bytes])
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            message = f"The saved state of the model hosts cannot be read: {error}."
            raise ModelError(message, "Give the recorded factor rows again instead.") from error
        if len(saved) != len(self.hosts):
            message = f"The state was saved by {len(saved)} model hosts; there are {len(self.hosts)}."
            raise ModelError(message, "Go on with the models that the session was begun with.")
        for host, part in zip(self.hosts, saved, strict=True):
            host.restore(part)


def _failed(model: Model, rows: Sequence[FactorRow], error: BaseException) -> list[ForecastFailed]:
    reason = f"{type(error).__name__}: {error}"
    return [
        ForecastFailed(
            ts_event=row.ts_event,
            model=model.name,
            instrument_id=row.instrument_id,
            reason=reason,
            timeframe=row.timeframe,
        )
        for row in rows
    ]


def _hash_of(row: FactorRow) -> str:
    return row_hash(np.array(row.values, dtype=np.float64))
