"""Which instruments people mean: those of the sample, and those that an exchange describes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from tradewind.core.errors import UnknownSymbolError
from tradewind.core.instruments import (
    Instrument,
    canonical_symbol,
    find_instrument,
    instrument_id,
)
from tradewind.core.ports import Instruments
from tradewind.data.catalogue import sample_instruments
from tradewind.data.venues import describing_venues, stand_in


@dataclass(frozen=True)
class InstrumentNames:
    """The instruments that are known by id, and how those of an exchange are asked for.

    ``home_venue`` gives that of the configured source, where it is an exchange that describes its
    instruments: a pair that is not ``known`` (``ETHUSDT``) is then one of its. ``describe`` asks it; without
    it nobody may be asked, and only what is known is found. Which sources describe instruments is looked up
    where a name is not known: it takes importing all of them.
    """

    known: Instruments = field(default_factory=sample_instruments)
    home_venue: Callable[[], str] = str
    describe: Callable[[str], Instrument] | None = None

    def find(self, symbols: Iterable[str]) -> dict[str, Instrument]:
        """The instruments that people mean, by id and in their order; exchanges are asked for theirs.

        Raises
        ------
        UnknownSymbolError
            Nothing is called so; the message lists what there is.
        DataError
            The exchange could not be asked.
        """
        return self._found(symbols, self.describe)

    def named(self, symbols: Iterable[str]) -> dict[str, Instrument]:
        """The same without asking anybody, for checks of names: grids of exchanges are stand-ins."""
        return self._found(symbols, stand_in)

    def _found(
        self, symbols: Iterable[str], describe: Callable[[str], Instrument] | None
    ) -> dict[str, Instrument]:
        made = {}
        for text in symbols:
            name = self._described_id(text) if describe is not None else ""
            found = describe(name) if describe is not None and name else find_instrument(self.known, text)
            made[found.id] = found
        return made

    def _described_id(self, text: str) -> str:
        """``SYMBOL.VENUE`` where the text means an instrument that an exchange describes; else empty."""
        symbol, _, venue = text.strip().upper().rpartition(".")
        if text.strip().upper() in self.known:
            return ""
        if symbol and venue in describing_venues():
            name = instrument_id(canonical_symbol(symbol), venue)
            return "" if name in self.known else name
        try:
            find_instrument(self.known, text)
        except UnknownSymbolError:
            pair = canonical_symbol(text)
            home = self.home_venue() if "/" in pair and "." not in pair else ""
            return instrument_id(pair, home) if home else ""
        return ""
