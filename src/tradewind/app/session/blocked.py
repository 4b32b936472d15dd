"""What keeps a session from trading, in words."""

from collections.abc import Callable

from tradewind.core.book import Book, BreakerState
from tradewind.core.decisions import DecisionMade
from tradewind.core.events import SessionStarted
from tradewind.core.journal_ports import JournalReader
from tradewind.core.timestamps import iso
from tradewind.core.vocabulary import BreakerAction, Rearm
from tradewind.strategies.own.wishes import LOT

_BY = {
    Rearm.PERSON: "re-armed by a person",
    Rearm.NEXT_DAY: "re-armed on the next day",
    Rearm.WHEN_CLEAR: "re-armed when its cause is gone",
}


def blocked_words(book: Book) -> tuple[str, ...]:
    """``entries blocked by drawdown since 2020-02-24T21:00:00Z (re-armed by a person)``, one a breaker.

    A breaker of one strategy, account or instrument says of which.
    """
    return tuple(_words(state) for state in book.breakers.values() if state.action is not BreakerAction.NOTE)


def what_stopped(book: Book, last_word: str = "") -> tuple[str, ...]:
    """Sentences to show beside the figures of a run: what blocks entries, and that no order was sent.

    ``last_word`` is the newest decision's, where the journal can be read.
    """
    said = [f"{words[0].upper()}{words[1:]}." for words in blocked_words(book)]
    if book.orders_sent == 0:
        where = last_word or "Read the journal's refusals, or the breakers above."
        said.append(f"Not one order was sent. {where}")
    return tuple(said)


def last_word(journal: JournalReader) -> str:
    """What the newest decision of a session was, and why; that there is none, where there is none."""
    for record in journal.read_kind(DecisionMade, newest_first=True):
        if isinstance(made := record.event, DecisionMade):
            what = f"{made.outcome.value} {made.instrument_id} at {iso(made.ts_event)}"
            return f"The last decision was {what}: {made.reason.rstrip('.')}."
    return "Nothing was ever decided."


def too_small(journal: JournalReader) -> tuple[str, ...]:
    """Of which instruments strategies of one's own wanted less than one lot: a sentence each."""
    found: dict[str, list[float]] = {}
    begun = next(journal.read_kind(SessionStarted, newest_first=True), None)
    if begun is None or not isinstance(begun.event, SessionStarted):
        return ()
    if not any("use" in terms.parameters for terms in begun.event.strategies):
        return ()
    for record in journal.read_kind(DecisionMade, start=begun.seq):
        if isinstance(made := record.event, DecisionMade):
            for verdict in made.verdicts:
                if verdict.name == LOT:
                    found.setdefault(made.instrument_id, []).append(verdict.value)
    return tuple(
        f"Less than one lot was wanted of {name}{f' {len(lots)} times, lastly' if len(lots) > 1 else ':'} "
        f"{lots[-1]:.2g} of a lot; nothing was held of it for that."
        for name, lots in found.items()
    )


def telling(book: Callable[[], Book], tell: Callable[[str], None]) -> Callable[[int], None]:
    """To be called after each cycle: tells of what a person alone ends, once, when it has come."""
    told: set[str] = set()

    def look(now_ns: int) -> None:
        for state in book().breakers.values():
            if state.rearm is Rearm.PERSON and state.action is not BreakerAction.NOTE:
                words = _words(state)
                if words not in told:
                    told.add(words)
                    tell(words)

    return look


def _words(state: BreakerState) -> str:
    whose = f" of {state.scope_key}" if state.scope_key else ""
    return f"entries{whose} blocked by {state.breaker} since {iso(state.tripped_ts)} ({_BY[state.rearm]})"
