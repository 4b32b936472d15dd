"""Which strategies hear an event: those that trade its instrument on its bars, and the owner of a timer."""

from collections.abc import Mapping, Sequence

from tradewind.core.events import AnyEvent, StrategyTerms, Timer
from tradewind.core.ports import Strategy


class Routes:
    """Strategies by what they trade, as their terms stand; what has no instrument is heard by all.

    A strategy without terms, or whose terms name no instruments, hears everything.
    """

    def __init__(self, strategies: Sequence[Strategy]) -> None:
        self._all = tuple(strategies)
        self._terms: Mapping[str, StrategyTerms] = {}
        self._known: dict[tuple[str, str], tuple[Strategy, ...]] = {}
        self._bound = False

    def follow(self, terms: Mapping[str, StrategyTerms]) -> None:
        """Go by these terms from now on."""
        self._terms, self._known = terms, {}
        self._bound = any(one.instrument_ids or one.timeframe for one in terms.values())

    def hearers(self, event: AnyEvent) -> tuple[Strategy, ...]:
        """Whom to ask about the event, in the session's order."""
        if type(event) is Timer:
            return self._owner(event.owner) if event.owner else self._all
        if not self._bound:
            return self._all
        instrument_id = getattr(event, "instrument_id", "")
        if not instrument_id:
            return self._all
        key = (instrument_id, getattr(event, "timeframe", ""))
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = tuple(s for s in self._all if self._hears(s.name, *key))
        return found

    def _owner(self, owner: str) -> tuple[Strategy, ...]:
        return tuple(strategy for strategy in self._all if strategy.name == owner)

    def _hears(self, name: str, instrument_id: str, timeframe: str) -> bool:
        terms = self._terms.get(name)
        if terms is None:
            return True
        of_its_bars = not terms.timeframe or not timeframe or terms.timeframe == timeframe
        return of_its_bars and (not terms.instrument_ids or instrument_id in terms.instrument_ids)
