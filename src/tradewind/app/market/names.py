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
from tradewind.data.reference.names import LATEST_NS
from tradewind.data.venues import describing_venues, stand_in


@dataclass(frozen=True)
class InstrumentNames:
    """The instruments that are known by id, and how those of an exchange are asked for.

    ``home_venue`` gives that of the configured source, where it is an exchange that describes its
    instruments: a pair that is not ``known`` (``ETHUSDT``) is then one of its. ``describe`` asks it; without
    it nobody may be asked, and only what is known is found. Which sources describe instruments is looked up
    where a name is not known: it takes importing all of them. ``borne`` gives the id of who bears a name at a
    moment (see :func:`~tradewind.app.market.former_names.borne_name`).
    """

    known: Instruments = field(default_factory=sample_instruments)
    home_venue: Callable[[], str] = str
    describe: Callable[[str], Instrument] | None = None
    borne: Callable[[str, int, bool], str] | None = None

    def find(self, symbols: Iterable[str], at_ns: int = LATEST_NS) -> dict[str, Instrument]:
        """The instruments that people mean, by id and in their order; exchanges are asked for theirs.

        A symbol that several bore in turn is that of who bears it at ``at_ns``, or else last.

        Raises
        ------
        UnknownSymbolError
            Nothing is called so; the message lists what there is.
        DataError
            The exchange could not be asked.
        """
        return self._found(symbols, self.describe, at_ns)

    def named(self, symbols: Iterable[str], at_ns: int = LATEST_NS) -> dict[str, Instrument]:
        """The same without asking anybody, for checks of names: grids of exchanges are stand-ins."""
        return self._found(symbols, stand_in, at_ns)

    def _found(
        self, symbols: Iterable[str], describe: Callable[[str], Instrument] | None, at_ns: int
    ) -> dict[str, Instrument]:
        made = {}
        for text in symbols:
            name = self._described_id(text) if describe is not None else ""
            if describe is not None and name:
                found = describe(name)
            else:
                found = find_instrument(self.known, self._of_its_time(text, at_ns))
            made[found.id] = found
        return made

    def _of_its_time(self, text: str, at_ns: int) -> str:
        """The id that a symbol means at a moment, where facts tell of who bore it; else the text as it is."""
        if self.borne is None:
            return text
        word = text.strip().upper()
        try:
            name = find_instrument(self.known, text).id
        except UnknownSymbolError:
            name = word
        return self.borne(name, at_ns, word == name)

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
