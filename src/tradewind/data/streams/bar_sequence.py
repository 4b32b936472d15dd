"""Bars of a live stream in order, once each, without a hole: pure bookkeeping, no input or output.

A bar that does not follow the last one is held until the bars between have been fetched. So whatever a
stream loses, repeats or mixes up, what is released rises strictly and without a gap, unless
:meth:`BarSequence.give_up` is told that the bars between do not exist.
"""

from collections.abc import Callable, Iterable, Mapping

from tradewind.core.market import Bar


class BarSequence:
    """Bars of one timeframe for several instruments.

    ``next_end`` says when the bar after one that ends then is due; without it, ``length_ns`` later. ``since``
    is the last bar that was already seen of each instrument (the end of its history): the stream then follows
    on from there. Without it an instrument's first bar is taken as it comes.
    """

    def __init__(
        self,
        length_ns: int,
        since: Mapping[str, int] | None = None,
        next_end: Callable[[int], int] | None = None,
    ) -> None:
        self.length_ns = length_ns
        self.next_end = next_end or self._one_later
        self._last: dict[str, int] = dict(since or {})
        self._held: dict[str, dict[int, Bar]] = {}
        self.repeated = 0
        self.filled = 0
        self.missing = 0

    def last(self, instrument_id: str) -> int | None:
        """End of the last bar released, None before the first."""
        return self._last.get(instrument_id)

    def begin(self, instrument_id: str, start_ns: int) -> None:
        """A first bar is being made since ``start_ns``: it must not be missed. Later calls do nothing."""
        self._last.setdefault(instrument_id, start_ns)

    def offer(self, bar: Bar) -> list[Bar]:
        """Bars that can be released now; the bar is held where some before it are missing."""
        last = self._last.get(bar.instrument_id)
        if last is not None and bar.ts_event <= last:
            self.repeated += 1
            return []
        held = self._held.setdefault(bar.instrument_id, {})
        if bar.ts_event in held:
            self.repeated += 1
            return []
        held[bar.ts_event] = bar
        if last is None:
            self._last[bar.instrument_id] = bar.ts_event - self.length_ns
        return self._release(bar.instrument_id)

    def hole(self, instrument_id: str, until_ns: int = 0) -> tuple[int, int] | None:
        """``(first, end)``: bars are missing with ``first <= ts_event < end``.

        The hole before the first bar that is held; where none is held, the one up to ``until_ns``.
        """
        last, held = self._last.get(instrument_id), self._held.get(instrument_id)
        if last is None:
            return None
        first, end = self.next_end(last), min(held) if held else until_ns + 1
        return (first, end) if first < end else None

    def fill(self, instrument_id: str, bars: Iterable[Bar]) -> list[Bar]:
        """Bars fetched for the hole, in any order; what can be released with them."""
        last = self._last.get(instrument_id)
        held = self._held.setdefault(instrument_id, {})
        for bar in bars:
            if (last is None or bar.ts_event > last) and bar.ts_event not in held:
                held[bar.ts_event] = bar
                self.filled += 1
        return self._release(instrument_id)

    def give_up(self, instrument_id: str) -> list[Bar]:
        """The bars of the hole do not exist: count them as missing and go on with what is held."""
        gap = self.hole(instrument_id)
        if gap is None:
            return []
        due = gap[0]
        while due < gap[1]:
            self.missing += 1
            due = self.next_end(due)
        return self.pass_over(instrument_id)

    def pass_over(self, instrument_id: str) -> list[Bar]:
        """Nothing was traded in the hole: go on with what is held, and count nothing as missing."""
        gap = self.hole(instrument_id)
        if gap is None:
            return []
        self._last[instrument_id] = gap[1] - self.length_ns
        return self._release(instrument_id)

    def skip(self, instrument_id: str, from_ns: int, until_ns: int) -> None:
        """Nothing was traded between: where ``from_ns`` is the last bar's end, the next begins at
        ``until_ns``.
        """
        if self._last.get(instrument_id) == from_ns and not self.held(instrument_id):
            self._last[instrument_id] = until_ns

    def held(self, instrument_id: str) -> int:
        """How many bars wait for the hole before them."""
        return len(self._held.get(instrument_id, ()))

    def _release(self, instrument_id: str) -> list[Bar]:
        held = self._held[instrument_id]
        released: list[Bar] = []
        while held and (bar := held.pop(self.next_end(self._last[instrument_id]), None)) is not None:
            released.append(bar)
            self._last[instrument_id] = bar.ts_event
        return released

    def _one_later(self, end_ns: int) -> int:
        return end_ns + self.length_ns
