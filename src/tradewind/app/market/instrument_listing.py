"""All that a source lists, chosen by class and currency, and into a file of instruments."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tradewind.app.config import TradewindConfig
from tradewind.app.market.instrument_entries import Said, said_of, write_entries
from tradewind.app.market.workspace import make_provider
from tradewind.core.errors import ConfigError
from tradewind.core.instruments import class_group
from tradewind.core.ports import InstrumentLister, LeftOut, SupportsClose
from tradewind.data.descriptions import read_descriptions, write_descriptions
from tradewind.data.registry import PROVIDERS

GROUPS = {"stock": "equity", "crypto": "crypto", "fx": "fx"}
INSTRUMENT_FILE = ".json"
"""A file that ends so holds instruments alone; any other is a configuration."""


@dataclass(frozen=True)
class Listed:
    """What was chosen, the rows left out with their reasons, and how many are not traded or not wanted."""

    said: tuple[Said, ...]
    left_out: tuple[LeftOut, ...]
    not_traded: int
    not_chosen: int


def listed_by(config: TradewindConfig, provider: str, kind: str = "", quote: str = "") -> Listed:
    """All instruments of a source, or those of ``kind`` (``stock``, ``crypto``, ``fx``) paid in ``quote``.

    It is asked once, at most once a day.

    Raises
    ------
    ConfigError
        The source does not list its instruments, there is no such class, or nothing is chosen.
    DataError
        It could not be asked, or its list cannot be read.
    """
    if kind and kind not in GROUPS:
        message = f"There is no class {kind!r}."
        raise ConfigError(message, f"Write one of {', '.join(GROUPS)}.")
    source: object = make_provider(config, provider) if provider in listing_sources() else None
    if not isinstance(source, InstrumentLister):
        message = f"{provider!r} does not list its instruments."
        raise ConfigError(message, f"Those that do: {', '.join(listing_sources())}.")
    group, currency = GROUPS.get(kind, ""), quote.strip().upper()
    try:
        found = source.list_instruments(group)
    finally:
        if isinstance(source, SupportsClose):
            source.close()
    chosen = [
        one
        for one in found.instruments
        if group in ("", class_group(one.asset_class)) and currency in ("", one.quote_currency)
    ]
    if not chosen:
        message = (
            f"{provider} lists nothing of that class and currency ({kind or 'any'}, {currency or 'any'})."
        )
        quotes = sorted({one.quote_currency for one in found.instruments})
        raise ConfigError(
            message, f"Its {len(found.instruments)} others are quoted in {', '.join(quotes)[:200]}."
        )
    said = tuple(said_of(one) for one in chosen)
    return Listed(said, found.left_out, found.not_traded, len(found.instruments) - len(chosen))


def listing_sources() -> list[str]:
    """The sources that list their instruments, by the registry's word."""
    return [entry.name for entry in PROVIDERS.entries() if hasattr(entry.plugin, "list_instruments")]


def write_said(path: Path, found: Sequence[Said]) -> list[str]:
    """Into a configuration (:func:`write_entries`), or a file of instruments where its name ends in .json.

    Gives the ids that were new. What such a file holds of others stays; one described anew takes the place of
    what stood there.

    Raises
    ------
    ConfigError
        The configuration cannot take them.
    CorruptFileError
        The file holds no instruments; it is untouched.
    StoreError
        The disk refuses; the file is untouched.
    """
    if path.suffix != INSTRUMENT_FILE:
        return write_entries(path, found)
    mend = "Name another file, or move this one away."
    held = read_descriptions(path, mend) if path.exists() else {}
    told = {one.instrument.id: one.instrument for one in found}
    if not told.items() <= held.items():
        write_descriptions(path, [*(held | told).values()])
    return [name for name in told if name not in held]
