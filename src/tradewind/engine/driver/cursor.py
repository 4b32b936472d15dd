"""Where a recorded feed stands, by content and not by count.

History may gain or lose a bar while a session is down. The feed then goes on from the moment at which it
stood, so no bar is lost or taken twice, and what differs in the part that was taken is said.
"""

import struct
import zlib
from collections.abc import Iterable, Iterator
from copy import deepcopy
from itertools import islice

import msgspec

from tradewind.core.accounts import AccountSnapshot, CashMoved, CorporateAction, PositionAdopted
from tradewind.core.changes import CapitalAllocated
from tradewind.core.events import AnyEvent, FeedStatus, Record, SessionOpened, SnapshotTaken, encode_event
from tradewind.core.market import Bar, GaugeRead, Quote

_pack = struct.Struct("<qd").pack
_FEED = frozenset(
    {Bar, Quote, GaugeRead, CorporateAction, CashMoved, AccountSnapshot, PositionAdopted, CapitalAllocated}
)
"""What comes out of a feed, once it has opened. Each is taken once, whatever happens in between."""


class Series(msgspec.Struct):
    """What was taken of one series: how many events, the last one's time, and a checksum of all."""

    count: int = 0
    last_ns: int = 0
    checksum: int = 0


class FeedCursor(msgspec.Struct, kw_only=True):
    """How far the feed has been taken."""

    taken: int = 0
    """Events of the feed before it opened: these come in a fixed order."""
    opened: bool = False
    at_ns: int = 0
    """When the last event could first be known."""
    at_that_time: dict[str, int] = msgspec.field(default_factory=dict)
    """How many events of each series were taken with exactly that time."""
    series: dict[str, Series] = msgspec.field(default_factory=dict)

    def move(self, event: AnyEvent) -> None:
        """Take notice of when an event of the feed could be known, and of nothing else: the hot path."""
        if self.opened:
            known = getattr(event, "ts_recv", 0) or event.ts_event
            if known > self.at_ns and type(event) in _FEED:
                self.at_ns = known
                if self.at_that_time:
                    self.at_that_time = {}
        else:
            self.taken += 1
            self.opened = type(event) is SessionOpened

    def note(self, event: AnyEvent) -> None:
        """Take notice of an event of the feed that the loop took."""
        if not self.opened or type(event) not in _FEED:
            self.move(event)
            return
        self.move(event)
        key, value = _key_and_value(event)
        if known_at(event) == self.at_ns:
            self.at_that_time[key] = self.at_that_time.get(key, 0) + 1
        series = self.series.get(key)
        if series is None:
            series = self.series[key] = Series()
        series.count += 1
        series.last_ns = event.ts_event
        series.checksum = zlib.crc32(_pack(event.ts_event, value), series.checksum)

    def observe(self, record: Record) -> None:
        """Take notice of a journal's record, where it came from the feed."""
        event = record.event
        if record.cause == 0 and type(event) is not SnapshotTaken:
            self.note(event)

    def differences(self, past: "FeedCursor") -> list[str]:
        """Series whose taken part is another now, in words; ``past`` is the same part of today's feed."""
        found = []
        for key in sorted(self.series.keys() | past.series.keys()):
            then, now = self.series.get(key, Series()), past.series.get(key, Series())
            if then.count != now.count:
                found.append(f"{key}: {then.count} were taken, the feed now has {now.count}")
            elif then.checksum != now.checksum:
                found.append(f"{key}: its {then.count} values are others now")
        return found


def known_at(event: AnyEvent) -> int:
    """When an event could first be known: ``ts_recv`` where the feed recorded one, else ``ts_event``."""
    return getattr(event, "ts_recv", 0) or event.ts_event


def rest_of_feed(feed: Iterable[AnyEvent], cursor: FeedCursor) -> Iterator[AnyEvent]:
    """What of a recorded feed has not been taken; first what differs in the part that was, where it does."""
    return _rest(iter(feed), deepcopy(cursor))  # the loop moves its own on meanwhile


def _rest(events: Iterator[AnyEvent], cursor: FeedCursor) -> Iterator[AnyEvent]:
    if not cursor.opened:
        yield from islice(events, cursor.taken, None)
        return
    for event in events:
        if type(event) is SessionOpened:
            break
    past, due = FeedCursor(opened=True), dict(cursor.at_that_time)
    for event in events:
        known, key = known_at(event), _key_and_value(event)[0]
        if known > cursor.at_ns or (known == cursor.at_ns and due.get(key, 0) <= 0):
            if known > cursor.at_ns:
                yield from _said(cursor, past)
                yield event
                break
            yield event  # of the same moment, not taken yet
            continue
        if known == cursor.at_ns:
            due[key] -= 1
        past.note(event)
    else:
        yield from _said(cursor, past)
    yield from events


def _said(cursor: FeedCursor, past: FeedCursor) -> Iterator[AnyEvent]:
    differences = cursor.differences(past)
    if differences:
        detail = "; ".join(differences[:20])
        yield FeedStatus(ts_event=cursor.at_ns, feed="recorded", status="differs", detail=detail)


def _key_and_value(event: AnyEvent) -> tuple[str, float]:
    if isinstance(event, Bar):
        return f"{event.instrument_id} {event.timeframe}", event.close
    if isinstance(event, Quote):
        return f"{event.instrument_id} quotes", event.bid + event.ask
    if isinstance(event, GaugeRead):
        return event.gauge, event.value
    about = getattr(event, "instrument_id", "") or getattr(event, "account", "")
    return f"{about} {type(event).__name__}".strip(), float(zlib.crc32(encode_event(event)))
