"""Which instruments lived to the end of a session or of research, and what that says of results."""

from collections.abc import Mapping

from tradewind.core.accounts import CorporateAction
from tradewind.core.instruments import AssetClass, Instrument
from tradewind.core.timestamps import NS_PER_DAY, iso
from tradewind.core.vocabulary import ActionKind
from tradewind.data.history import LoadedSeries

MORTAL = frozenset({AssetClass.EQUITY, AssetClass.ETF, AssetClass.CRYPTO})
"""What can be delisted; currencies and indices go on."""
_ENDED_NS = 15 * NS_PER_DAY
"""A series whose last bar lies so long before the end has ended; no market is closed for longer."""
_NAMED = 8


def survivor_notes(
    series: Mapping[str, LoadedSeries],
    instruments: Mapping[str, Instrument],
    end_ns: int,
    actions: tuple[CorporateAction, ...] = (),
    *,
    screened: bool = False,
) -> list[str]:
    """What is to be said of who is among the instruments; nothing where none of them can be delisted.

    ``screened``: a universe was chosen as of each date. ``actions`` of the session tell which ends are known.
    """
    last = {
        name: int(loaded.as_stored.ts_event[-1])
        for name, loaded in series.items()
        if instruments[name].asset_class in MORTAL and len(loaded.as_stored)
    }
    if not last:
        return []
    newest = min(end_ns, max(last.values()))
    ended = {name: ts for name, ts in last.items() if ts < newest - _ENDED_NS}
    notes = [_who(len(last), len(ended), screened=screened)]
    told = {action.instrument_id for action in actions if action.kind is ActionKind.DELISTING}
    if silent := [f"{name} on {iso(ts)[:10]}" for name, ts in ended.items() if name not in told]:
        more = f" and {len(silent) - _NAMED} more" if len(silent) > _NAMED else ""
        notes.append(
            f"Bars end without a word why: {', '.join(silent[:_NAMED])}{more}. What is held of it then stays "
            "at its last price; say its end with `tradewind data reference FILE`."
        )
    return notes


def _who(count: int, ended: int, *, screened: bool) -> str:
    if screened:
        return (
            f"The universe was chosen as of each date from {count} instruments that can be delisted, {ended} "
            "of which ended before it did: those that nobody listed are not among them."
        )
    if ended:
        return (
            f"Survivors: {count - ended} of {count} instruments that can be delisted still traded at the "
            "end; they were chosen by name, not as of each date."
        )
    who = "the one instrument that can be delisted" if count == 1 else f"all {count} that can be delisted"
    return (
        f"Survivors: {who} still traded at the end, and were chosen with that known. What was delisted "
        "meanwhile is not among them, so results are those of survivors."
    )
