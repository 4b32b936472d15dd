"""Bars of several sources side by side: what was served, and what each has beyond it.

Sources are gapless by themselves from the first bar that they bring (their streams fetch what they miss), so
one that was heard at or before the last served bar can go on from there with nothing missing. Another one
joined later: the bars between have to be fetched first (:meth:`BarLines.hole`). Pure bookkeeping.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping

from tradewind.core.market import Bar

ROOM = 512
"""Bars of one instrument that are kept of each source."""


class BarLines:
    """What was served of each instrument, and the newest bars of each source."""

    def __init__(self, length_ns: int, since: Mapping[str, int] | None = None, room: int = ROOM) -> None:
        self._length_ns = length_ns
        self._served: dict[str, Bar] = {}
        self._last: dict[str, int] = dict(since or {})
        self._room = room
        self._ahead: dict[str, dict[str, deque[Bar]]] = {}
        self._joined: dict[tuple[str, str], int] = {}

    def last(self, instrument_id: str) -> int:
        """End of the last bar that was served; 0 before the first."""
        return self._last.get(instrument_id, 0)

    def served(self, instrument_id: str) -> Bar | None:
        """The last bar that was served."""
        return self._served.get(instrument_id)

    def take(self, source: str, bar: Bar) -> bool:
        """Keep a bar of a source; False where it is none newer than its last one."""
        ahead = self._ahead.setdefault(source, {}).setdefault(bar.instrument_id, deque(maxlen=self._room))
        if ahead and bar.ts_event <= ahead[-1].ts_event:
            return False
        if len(ahead) == self._room:  # what falls out is no longer there to go on from
            self._joined[source, bar.instrument_id] = ahead[1].ts_event
        self._joined.setdefault((source, bar.instrument_id), bar.ts_event)
        ahead.append(bar)
        return True

    def forget(self, source: str) -> None:
        """The source broke: what it brings from now on need not follow on from what it brought before."""
        self._ahead.pop(source, None)
        self._joined = {key: at for key, at in self._joined.items() if key[0] != source}

    def newest(self, source: str, instrument_id: str) -> Bar | None:
        """The newest bar of a source."""
        ahead = self._ahead.get(source, {}).get(instrument_id)
        return ahead[-1] if ahead else None

    def hole(self, source: str, instrument_id: str) -> tuple[int, int] | None:
        """``(first, end)``: the times between the last served bar and a source that joined later.

        None where it can go on by itself, where it has nothing newer, and before anything was served. Over a
        night the times are those when nothing traded: whoever fetches finds no bar in them.
        """
        last, joined = self._last.get(instrument_id), self._joined.get((source, instrument_id))
        if last is None or joined is None or joined <= last + self._length_ns:
            return None
        newest = self.newest(source, instrument_id)
        return (last + 1, joined) if newest is not None and newest.ts_event > last else None

    def release(self, source: str, instrument_id: str, between: Iterable[Bar] = ()) -> Iterator[Bar]:
        """Serve what a source has beyond the last served bar, oldest first, after what was fetched for it."""
        ahead = self._ahead.get(source, {}).get(instrument_id, ())
        for bar in (*sorted(between, key=lambda one: one.ts_event), *ahead):
            if bar.ts_event > self.last(instrument_id):
                self._last[instrument_id] = bar.ts_event
                self._served[instrument_id] = bar
                yield bar

    def waiting(self, source: str) -> list[str]:
        """Instruments of which a source has bars beyond those served."""
        lines = self._ahead.get(source, {})
        return [name for name, ahead in lines.items() if ahead and ahead[-1].ts_event > self.last(name)]
