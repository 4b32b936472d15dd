"""When a cycle is due: at a moment at which bars closed, or after a span of quotes. Never one a quote."""

import msgspec

from tradewind.core.events import AnyEvent, Timer
from tradewind.core.market import Bar, GaugeRead, Quote
from tradewind.core.settings import Age, Settings
from tradewind.core.timestamps import NS_PER_MINUTE
from tradewind.core.vocabulary import TimerName
from tradewind.engine.driver.cursor import known_at


class CycleSettings(Settings, frozen=True, kw_only=True):
    """How often the session looks at itself.

    Attributes
    ----------
    on_bars
        A cycle for every moment at which a bar closed: where factors are computed or models asked.
    every_ns
        Otherwise, and for quotes and gauges, at most one in this span of session time.
    gather_ns
        On a live feed: how long after its first bar came a moment is kept open, so that its others come in.
    """

    on_bars: bool = True
    every_ns: Age = NS_PER_MINUTE
    gather_ns: Age = 2_000_000_000


class Schedule(msgspec.Struct, kw_only=True):
    """What is open: part of a snapshot, and the same from records alone."""

    open: bool = False
    """Something happened that a cycle has not looked at."""
    opened_ns: int = 0
    """When what opened it was known."""
    last_ns: int = 0

    def note(self, event: AnyEvent, settings: CycleSettings) -> None:
        """Take notice of an event that the loop took."""
        kind = type(event)
        if kind is Bar:
            if self.open or event.warmup:  # type: ignore[union-attr]
                return
            wanted = settings.on_bars or event.ts_event - self.last_ns >= settings.every_ns
        elif kind is Quote:
            wanted = event.ts_event - self.last_ns >= settings.every_ns
        elif kind is GaugeRead:
            wanted = settings.on_bars or event.ts_event - self.last_ns >= settings.every_ns
        elif kind is Timer and event.name == TimerName.CYCLE:  # type: ignore[union-attr]
            self.open, self.last_ns = False, event.ts_event
            return
        else:
            return
        if wanted and not self.open:
            # By when it was known: bars that were fetched afterwards gather like those that came at once.
            self.open, self.opened_ns = True, known_at(event)
