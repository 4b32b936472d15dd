"""What a strategy trades from now on; what it holds of other instruments it may only close."""

import msgspec

from tradewind.core.changes import UniverseChosen
from tradewind.core.decisions import InstrumentFailed
from tradewind.core.market import Event
from tradewind.engine.state import EngineState


def choose(state: EngineState, chosen: UniverseChosen) -> Event:
    """The choice, now in force; what the session does not know is refused by name and nothing changes."""
    strange = [i for i in chosen.instrument_ids if i not in state.book.instruments]
    terms = state.strategies.get(chosen.strategy)
    if strange or terms is None:
        what = f"does not know {', '.join(strange)}" if strange else f"has no {chosen.strategy!r}"
        error = f"The universe of {chosen.strategy} stays: the session {what}."
        return InstrumentFailed(
            ts_event=chosen.ts_event, instrument_id=strange[0] if strange else "", error=error
        )
    changed = msgspec.structs.replace(terms, instrument_ids=chosen.instrument_ids)
    state.strategies[chosen.strategy] = changed
    return chosen
