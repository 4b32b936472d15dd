"""Which instruments lived to the end of a session or of research, and what that says of results."""

from collections.abc import Mapping, Sequence

from tradewind.core.instruments import AssetClass, Instrument
from tradewind.core.timestamps import NS_PER_DAY, iso
from tradewind.data.history import LoadedSeries
from tradewind.data.reference.facts import Fact, known_facts

MORTAL = frozenset({AssetClass.EQUITY, AssetClass.ETF, AssetClass.CRYPTO})
"""What can be delisted; currencies and indices go on."""
_ENDED_NS = 15 * NS_PER_DAY
"""A series whose last bar lies so long before the end has ended; no market is closed for longer."""
_NAMED = 8


def survivor_notes(
    series: Mapping[str, LoadedSeries],
    instruments: Mapping[str, Instrument],
    end_ns: int,
    facts: Mapping[str, Sequence[Fact]],
    *,
    screened: bool = False,
) -> list[str]:
    """What is to be said of who is among the instruments; nothing where none of them can be delisted.

    ``screened``: a universe was chosen as of each date. ``facts`` by instrument tell which ends are known:
    one that was delisted by ``end_ns`` has ended, however near the end that was.
    """
    last = {
        name: int(loaded.as_stored.ts_event[-1])
        for name, loaded in series.items()
        if instruments[name].asset_class in MORTAL and len(loaded.as_stored)
    }
    if not last:
        return []
    told = {name for name in last if known_facts(facts.get(name, ()), end_ns).delisted_ns is not None}
    newest = min(end_ns, max(last.values()))
    silent = {name for name, ts in last.items() if name not in told and ts < newest - _ENDED_NS}
    until = "at the end" if newest >= end_ns - _ENDED_NS else f"on {iso(newest)[:10]}, when all bars end"
    notes = [_who(len(last), len(told | silent), until, screened=screened)]
    if silent:
        named = [f"{name} on {iso(last[name])[:10]}" for name in last if name in silent]
        more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
        notes.append(
            f"Bars end without a word why: {', '.join(named[:_NAMED])}{more}. What is held of it then stays "
            "at its last price; say its end with `tradewind data reference FILE`."
        )
    return notes


def _who(count: int, ended: int, until: str, *, screened: bool) -> str:
    if screened:
        return (
            f"The universe was chosen as of each date from {count} instruments that can be delisted, {ended} "
            "of which ended before it did: those that nobody listed are not among them."
        )
    if ended:
        return (
            f"Survivors: {count - ended} of {count} instruments that can be delisted still traded {until}; "
            "they were chosen by name, not as of each date."
        )
    who = "the one instrument that can be delisted" if count == 1 else f"all {count} that can be delisted"
    was = "was" if count == 1 else "were"
    return (
        f"Survivors: {who} still traded {until}, and {was} chosen with that known. What was delisted "
        "meanwhile is not among them, so results are those of survivors."
    )
