"""How entries of the bus are read: held to what a vendor's own frames are held to, then handed on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite

import msgspec

from tradewind.core.events import FeedStatus
from tradewind.core.market import Bar, Quote, Timeframe
from tradewind.core.timestamps import NS_PER_S
from tradewind.data.streams.bar_grid import BarGrid
from tradewind.data.streams.bus.entries import VERSION, Beat, Entry, Kind, decode_entry, kind_of
from tradewind.data.streams.ticks import BookMoved, Trade, TradeCancelled
from tradewind.data.streams.wire import Item, Missed, OddFrameError, Ready, Ticker, WireTraits

_AHEAD_NS = 5 * NS_PER_S
"""Clocks of two machines may differ by so much; an event from beyond is none yet."""
_MOST_RUNS = 200
_MOST_NAME = 64


@dataclass
class Numbers:
    """The last number read of each publisher's life and kind; what was repeated, and what never came."""

    last: dict[tuple[str, Kind], int] = field(default_factory=dict)
    begun: set[Kind] = field(default_factory=set)
    repeated: int = 0
    lost: dict[Kind, int] = field(default_factory=lambda: dict.fromkeys(Kind, 0))

    def take(self, run: str, kind: Kind, number: int) -> int:
        """How many are missing before this one; -1 where it has been read already."""
        last = self.last.pop((run, kind), None)
        self.last[run, kind] = number if last is None else max(last, number)
        if len(self.last) > _MOST_RUNS:
            del self.last[next(iter(self.last))]
        if last is not None and number <= last:
            self.repeated += 1
            return -1
        # What a publisher said before this reader's first look is no loss; a new one's first words are.
        missing = number - last - 1 if last is not None else (number - 1) * (kind in self.begun)
        self.begun.add(kind)
        self.lost[kind] += missing
        return missing


class RelayWire:
    """Entries of one source and timeframe; of all instruments on the bus those that were asked for."""

    def __init__(
        self, address: str, instrument_ids: Sequence[str], frame: Timeframe, calendar: str, numbers: Numbers
    ) -> None:
        self.address, self.numbers = address, numbers
        self.traits = WireTraits(calendar=calendar, numbered_trades=False, empty_bars=False, locks=True)
        self._instruments, self._frame = frozenset(instrument_ids), frame
        self._grid = BarGrid(calendar, frame)

    def opening(self) -> Sequence[str]:
        """Nothing."""
        return ()

    def ask_book(self, instrument_id: str) -> Sequence[str]:
        """Nothing: the bus carries tops of books."""
        return ()

    def on_disconnect(self) -> None:
        """Numbers go on: what was published meanwhile is still there, or is missed by its number."""

    def read(self, frame: bytes, ts_recv: int) -> Sequence[Item]:
        """What an entry holds; what is told before it where entries are missing.

        Raises
        ------
        msgspec.DecodeError, OddFrameError
            It is damaged, of another version, or cannot be right.
        """
        entry = decode_entry(frame)
        event, kind = entry.event, kind_of(entry.event)
        if kind is None or entry.version != VERSION:
            message = f"version {entry.version}, not {VERSION}"
            raise OddFrameError(message)
        if entry.number < 1 or not 1 <= len(entry.run) <= _MOST_NAME:
            message = f"number {entry.number} of run {entry.run[:_MOST_NAME]!r}"
            raise OddFrameError(message)
        self._check(entry, ts_recv)
        missing = self.numbers.take(entry.run, kind, entry.number)
        if missing < 0:
            return ()
        told = self._told(kind, missing, ts_recv) if missing else []
        if isinstance(event, Beat):
            return [*told, Ready()] if event.up else told
        if isinstance(event, FeedStatus):
            said = msgspec.structs.replace(event, feed=f"redis:{event.feed}", ts_event=ts_recv)
            return [*told, said]
        if event.instrument_id not in self._instruments:
            return told
        return [*told, _item(event, ts_recv)]

    def _told(self, kind: Kind, missing: int, ts_recv: int) -> list[Item]:
        if kind is Kind.SIGNS:
            return []
        detail = f"{missing} entries of {kind.value} left the bus before they were read"
        items: list[Item] = [FeedStatus(ts_event=ts_recv, feed="redis", status="gap", detail=detail)]
        if kind is Kind.BARS:
            items += [Missed(instrument_id) for instrument_id in sorted(self._instruments)]
        return items

    def _check(self, entry: Entry, ts_recv: int) -> None:
        event = entry.event
        why = ""
        if not 0 < event.ts_event <= ts_recv + _AHEAD_NS:
            why = f"a time of {event.ts_event}, and it is {ts_recv}"
        elif isinstance(event, Bar):
            why = self._bar_fault(event)
        elif isinstance(event, Quote | BookMoved):
            figures = (event.bid, event.ask, event.bid_size, event.ask_size)
            why = "" if all(isfinite(f) and f >= 0.0 for f in figures) else f"figures {figures}"
        elif isinstance(event, Trade | TradeCancelled):
            figures_of_trade = (event.price, event.quantity)
            right = all(isfinite(f) for f in figures_of_trade) and event.quantity > 0.0
            why = "" if right else f"figures {figures_of_trade}"
        if why:
            raise OddFrameError(why)

    def _bar_fault(self, bar: Bar) -> str:
        if bar.timeframe != self._frame.value or bar.warmup:
            return f"a bar of {bar.timeframe}, not {self._frame.value}"
        figures = (bar.open, bar.high, bar.low, bar.close, bar.volume)
        whole = all(map(isfinite, figures)) and bar.volume >= 0.0
        if not whole or not bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high:
            return f"figures {figures}"
        return "" if self._grid.is_end(bar.ts_event) else f"a bar that ends at {bar.ts_event}, off the grid"


def _item(event: Bar | Quote | Trade | TradeCancelled | BookMoved, ts_recv: int) -> Item:
    """The event as it is known here: received now, and a bar never before its own end."""
    here = msgspec.structs.replace(event, ts_recv=max(ts_recv, event.ts_event))
    return Ticker(0, here) if isinstance(here, Quote) else here


def one_calendar(calendars: Mapping[str, str], instrument_ids: Sequence[str], usual: str) -> str:
    """The calendar of all of them, ``usual`` where nothing is said; empty where they differ."""
    found = {calendars.get(instrument_id, usual) for instrument_id in instrument_ids}
    return found.pop() if len(found) == 1 else ""
