"""What a strategy may enter from now on; what it holds of other instruments it may only close."""

from tradewind.core.changes import UniverseChosen
from tradewind.core.decisions import InstrumentFailed
from tradewind.core.market import Event
from tradewind.engine.marks import advance_time
from tradewind.engine.state import EngineState


def choose(state: EngineState, chosen: UniverseChosen) -> list[Event]:
    """Put a choice in force; what the session does not know is refused by name and nothing changes.

    The strategy goes on hearing of all its instruments: of what it may no longer enter it may hold some.
    """
    advance_time(state.book, chosen.ts_event)
    strange = [i for i in chosen.instrument_ids if i not in state.book.instruments]
    if strange or chosen.strategy not in state.strategies:
        what = f"does not know {', '.join(strange)}" if strange else f"has no {chosen.strategy!r}"
        error = f"The universe of {chosen.strategy} stays: the session {what}."
        return [
            InstrumentFailed(
                ts_event=chosen.ts_event, instrument_id=strange[0] if strange else "", error=error
            )
        ]
    state.universes[chosen.strategy] = chosen.instrument_ids
    return []
