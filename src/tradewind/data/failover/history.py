"""Sources of history behind one another: one of them answers a request, whole."""

import time
from collections.abc import Callable, Sequence

from tradewind.core.errors import (
    MalformedPayloadError,
    MissingKeyError,
    NetworkError,
    NoDataError,
    NoTimeframeError,
    RateLimitedError,
    StaleDataError,
    TradewindError,
    UnknownSymbolError,
)
from tradewind.core.panel import BarColumns
from tradewind.core.ports import BarRequest, FollowsNames, HistoryProvider, SupportsClose
from tradewind.data.failover.probation import Probation, ProbationSettings, Standing
from tradewind.data.raw import RawBars, RawProvider, bars_from_raw, raw_from_bars

_OUT_OF_ORDER = (NetworkError, RateLimitedError, StaleDataError, MalformedPayloadError, MissingKeyError)
"""What says something of the source; anything else is about what was asked for."""
_LACKING = (UnknownSymbolError, NoDataError, NoTimeframeError)
_MANNERS = ProbationSettings(proofs=1, first_out_s=30.0, longest_out_s=600.0)


class FailoverHistory:
    """History of the first of ``row`` that has it, in order; one that broke is asked last for a while.

    Bars of two sources are never put together: an answer is one source's, and says whose it is. After a
    failure a source is passed over for 30 s, doubling up to 10 minutes, unless no other one can answer.

    Raises
    ------
    DataError, UnknownSymbolError
        Nobody could answer: the first source's own word, and what the others said.
    """

    def __init__(
        self,
        row: Sequence[tuple[str, Callable[[], HistoryProvider]]],
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._make = dict(row)
        self._made: dict[str, HistoryProvider] = {}
        self._standing = {name: Probation(_MANNERS) for name in self._make}
        self._now_s = now_s
        self.name = next(iter(self._make))

    @property
    def follows_names(self) -> bool:
        """Whether all of them give a company's history under its name of today."""
        sources = [self._source(name) for name in self._make]
        return all(isinstance(one, FollowsNames) and one.follows_names for one in sources)

    def symbols(self) -> Sequence[str]:
        """Those of all sources that are made without a key."""
        return tuple(dict.fromkeys(symbol for name in self._make for symbol in self._source(name).symbols()))

    def raw_bars(self, request: BarRequest) -> RawBars:
        """One source's rows."""
        said: dict[str, TradewindError] = {}
        for name in self._order():
            try:
                found = self._ask(name, request)
            except _OUT_OF_ORDER as error:
                self._standing[name].fail(self._now_s())
                said[name] = error
            except _LACKING as error:
                said[name] = error
            else:
                self._standing[name].hear(self._now_s())
                self._standing[name].prove()
                return found
        raise self._nobody(said)

    def bars(self, request: BarRequest) -> BarColumns:
        """The same as columns."""
        return bars_from_raw(self.raw_bars(request))

    def close(self) -> None:
        """Let go of what the sources hold."""
        for source in self._made.values():
            if isinstance(source, SupportsClose):
                source.close()

    def _order(self) -> list[str]:
        """As configured, with those that are out behind the others."""
        now_s = self._now_s()
        for standing in self._standing.values():
            standing.hear(now_s)
        return sorted(self._make, key=lambda name: self._standing[name].standing is Standing.OUT)

    def _source(self, name: str) -> HistoryProvider:
        if name not in self._made:
            self._made[name] = self._make[name]()
        return self._made[name]

    def _ask(self, name: str, request: BarRequest) -> RawBars:
        source = self._source(name)
        if isinstance(source, RawProvider):
            return source.raw_bars(request)
        return raw_from_bars(source.bars(request))

    def _nobody(self, said: dict[str, TradewindError]) -> TradewindError:
        """The first one's error, of its own type, with the others' words behind it.

        A timeframe that all lack is to be made of finer bars, of the first source that has some.
        """
        lacking = [error for error in said.values() if isinstance(error, NoTimeframeError)]
        if lacking and all(isinstance(error, _LACKING) for error in said.values()):
            return lacking[0]
        first = said[next(iter(self._make))]
        others = [f"{name}: {error.message}" for name, error in said.items() if error is not first]
        if others:
            first.message = f"{first.message} Nor could its fallbacks answer. {' '.join(others)}"
            first.args = (first.message,)
        return first
