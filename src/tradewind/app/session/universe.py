"""The universe of a recorded session: chosen at dates by what was known at each, as events of its feed."""

from collections.abc import Mapping, Sequence

from tradewind.app.config import DateWindow, SessionConfig
from tradewind.app.market.candidates import candidate_of
from tradewind.app.session.loading import SeriesKey, SessionData
from tradewind.app.session.settings import StrategyConfig
from tradewind.app.session.universe_config import AT
from tradewind.core.accounts import CorporateAction
from tradewind.core.changes import UniverseChosen
from tradewind.core.instruments import Instrument
from tradewind.data.history import LoadedSeries
from tradewind.data.quality.inspection import QualitySettings
from tradewind.data.reference.endings import ending_of
from tradewind.data.reference.facts import Fact
from tradewind.data.universe.schedule import choosing_times
from tradewind.data.universe.screening import Standing, filter_settings, screen

_NAMED = 12
"""So many of those that are left out are named with their reason in one event."""


def universe_events(
    session: SessionConfig,
    strategies: Sequence[StrategyConfig],
    series: Mapping[SeriesKey, LoadedSeries],
    instruments: Mapping[str, Instrument],
    facts: Mapping[str, Sequence[Fact]],
    quality: QualitySettings | None = None,
) -> list[UniverseChosen]:
    """What each strategy may enter from each date on; none where the session has no ``universe``.

    Each date's choice looks at bars closed and facts known by then. A strategy of which nobody passes may
    only close what it holds.
    """
    universe = session.universe
    if universe is None:
        return []
    settings = filter_settings(universe.filters, AT)
    chosen: list[UniverseChosen] = []
    for as_of_ns in choosing_times(universe.every, session.window.start_ns, session.window.end_ns):
        for strategy in strategies:
            names = [name for name in strategy.symbols if (name, strategy.timeframe) in series]
            loaded = {name: series[name, strategy.timeframe] for name in names}
            candidates = [
                candidate_of(
                    instruments[name],
                    one.as_stored,
                    one.calendar,
                    one.actions or (),
                    facts.get(name, ()),
                    as_of_ns,
                    quality,
                )
                for name, one in loaded.items()
            ]
            chosen.append(_event(strategy.name, screen(candidates, settings, universe.most), as_of_ns))
    return chosen


def by_instrument(series: Mapping[SeriesKey, LoadedSeries]) -> dict[str, LoadedSeries]:
    """One series of each instrument: that which reaches furthest."""
    longest: dict[str, LoadedSeries] = {}
    for (name, _), loaded in series.items():
        held = longest.get(name)
        if len(loaded.as_stored) and (held is None or held.bars.ts_event[-1] < loaded.bars.ts_event[-1]):
            longest[name] = loaded
    return longest


def with_endings(
    data: SessionData, facts: Mapping[str, Sequence[Fact]], window: DateWindow
) -> tuple[CorporateAction, ...]:
    """The session's corporate actions, and the delistings that facts tell of inside it, in time order."""
    ends: dict[str, CorporateAction] = {}
    for name, loaded in by_instrument(data.series).items():
        found = ending_of(facts.get(name, ()), data.instruments[name], loaded.as_stored)
        if found is not None and window.start_ns < found.ts_event < window.end_ns:
            ends[name] = found
    return tuple(sorted((*data.actions, *ends.values()), key=lambda action: action.ts_event))


def _event(strategy: str, standings: Sequence[Standing], as_of_ns: int) -> UniverseChosen:
    inside = tuple(one.instrument_id for one in standings if one.inside)
    left = [f"{one.instrument_id} ({one.why})" for one in standings if not one.inside]
    more = f" and {len(left) - _NAMED} more" if len(left) > _NAMED else ""
    out = f"; left out: {', '.join(left[:_NAMED])}{more}" if left else ""
    reason = f"{len(inside)} of {len(standings)} pass{out}."
    return UniverseChosen(ts_event=as_of_ns, strategy=strategy, instrument_ids=inside, reason=reason)
