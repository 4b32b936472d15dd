"""Factor stages of several timeframes as one: 15-minute and daily bars of one instrument in one session."""

from collections.abc import Sequence

import msgspec

from tradewind.core.errors import ConfigError, DataError
from tradewind.core.events import AnyEvent
from tradewind.core.forecasts import FactorRow
from tradewind.factors.live import LiveFactors


class FactorStages:
    """Implements ``core.ports.FactorStage``: every stage hears every event and answers for its own bars.

    Rows of one cycle come timeframe by timeframe, in the order of the stages.
    """

    def __init__(self, stages: Sequence[LiveFactors]) -> None:
        self.stages = {stage.timeframe: stage for stage in stages}
        if len(self.stages) != len(stages):
            message = f"Two factor stages are of {', '.join(stage.timeframe for stage in stages)}."
            raise ConfigError(message, "Give one stage a timeframe.")

    def on_event(self, event: AnyEvent) -> Sequence[FactorRow]:
        """The rows that ``event`` completes in any timeframe; DataError as a stage raises it."""
        return [row for stage in self.stages.values() for row in stage.on_event(event)]

    def snapshot(self) -> bytes:
        """The whole state; equal states give equal bytes."""
        return msgspec.msgpack.encode([(name, stage.snapshot()) for name, stage in self.stages.items()])

    def restore(self, state: bytes) -> None:
        """Become what was snapshot.

        Raises
        ------
        ConfigError
            The state is of other timeframes, factors or instruments.
        DataError
            The bytes are none.
        """
        try:
            saved = msgspec.msgpack.decode(state, type=list[tuple[str, bytes]])
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            message = f"The saved state of the factors cannot be read: {error}."
            raise DataError(message, "Warm the factors up from bars instead.") from error
        if [name for name, _ in saved] != list(self.stages):
            message = f"The state of the factors was saved for {', '.join(name for name, _ in saved)} bars."
            raise ConfigError(message, "Start with the configuration that it was saved with.")
        for name, part in saved:
            self.stages[name].restore(part)
