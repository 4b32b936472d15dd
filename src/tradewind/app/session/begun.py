"""A session that was begun before: its first records, and what of the settings given now it ignores."""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from tradewind.app.config import TradewindConfig
from tradewind.app.home import Home
from tradewind.app.session.journals import open_journal
from tradewind.app.session.own_code import own_code
from tradewind.app.session.started import PLACES
from tradewind.core.errors import JournalError
from tradewind.core.events import AnyEvent, SessionStarted
from tradewind.core.settings import Location, dotted, shortened
from tradewind.core.vocabulary import FeedKind

_ELSEWHERE = (
    ("session", "live", "url"),
    ("session", "live", "rest_url"),
    ("session", "broker", "rest_url"),
    ("session", "broker", "stream_url"),
)
"""Where things lie is the caller's word, for a session that goes on too."""
_NOW = (("provider",), ("session", "window"), ("risk", "data_stale"))
"""What a live session was begun with because of the moment, not because somebody said so."""

MOST_WORDS = 1_000
"""Records at the start of a journal among which the gate's words stand."""


def begun_records(path: Path, name: str) -> list[AnyEvent]:
    """The start of the journal of that name; JournalError where another session's records lie there."""
    events = first_records(path)
    if events and isinstance(events[0], SessionStarted) and events[0].session_id != name:
        message = f"The journal {path} holds the session {events[0].session_id!r}, not {name!r}."
        raise JournalError(message, "Name its files after the session that they hold, and ask for that one.")
    return events


def first_records(path: Path) -> list[AnyEvent]:
    """The start of a journal; empty where there is none, or nothing was made durable in it."""
    if not path.exists():
        return []
    with open_journal(path) as reader:
        return [record.event for record in islice(reader.read(1, MOST_WORDS), MOST_WORDS)]


def ignored(config: TradewindConfig, name: str) -> tuple[str, ...]:
    """What is said otherwise than the session ``name`` was begun with: one line an option or setting.

    Empty for one that was not begun: a session that goes on keeps its own settings, and this says which of
    those that the command line, a variable or the file gives count for nothing. Defaults are nobody's word.
    """
    begun = begun_records(Home(config.home).check().journal(name), name)
    if not begun or not isinstance(begun[0], SessionStarted):
        return ()
    kept = json.loads(begun[0].configuration)
    given = config.model_dump(mode="json", exclude=PLACES)
    live = kept.get("session", {}).get("feed") == FeedKind.LIVE
    unsaid = (*_ELSEWHERE, *(_NOW if live else ()))
    lines: dict[str, str] = {}
    for at, was, now in _differences(kept, given, config.model_dump(exclude_unset=True)):
        if not any(at[: len(way)] == way for way in unsaid):
            option = config.option_at(at)
            stays = f"{dotted(at)} stays {shortened(was)}"
            line = f"{stays}; {option or shortened(now)} is ignored"
            lines.setdefault(option or dotted(at), line)
    return tuple(lines.values())


def free_name(config: TradewindConfig, base: str) -> str:
    """``base``, or ``base-2`` and so on: the first that is free, or was begun with these settings.

    So that a backtest with other settings is another session, and the same one again is found.
    """
    home, number = Home(config.home).check(), 1
    while True:
        name = base if number == 1 else f"{base}-{number}"
        begun = begun_records(home.journal(name), name)
        if not begun or (isinstance(begun[0], SessionStarted) and _is_of(config, begun[0])):
            return name
        number += 1


def _is_of(config: TradewindConfig, started: SessionStarted) -> bool:
    """Whether a session was begun with these very settings and strategies; a derived window is no setting."""
    given = config.model_dump(mode="json", exclude=PLACES)
    window = config.is_said(("session", "window"))
    differs = (at for at, _, _ in _differences(json.loads(started.configuration), given, None))
    if any(window or at[:2] != ("session", "window") for at in differs):
        return False
    begun = {terms.strategy: terms.parameters.get("sha256", "") for terms in started.strategies}
    return all(own_code(one).sha256 == begun.get(one.name) for one in config.session.strategies if one.use)


def _differences(old: Any, new: Any, said: Any, at: Location = ()) -> Iterator[tuple[Location, Any, Any]]:
    """Where two plain values differ in what is ``said``, and what each has; None where one has nothing."""
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (was, now) in enumerate(zip(old, new, strict=True)):
            inside = said[index] if isinstance(said, list | tuple) else None
            yield from _differences(was, now, inside, (*at, index))
    elif isinstance(old, dict) and isinstance(new, dict):
        for key in new:
            if not isinstance(said, dict) or key in said:
                inside = said[key] if isinstance(said, dict) else None
                yield from _differences(old.get(key), new[key], inside, (*at, key))
    elif old != new:
        yield at, old, new
