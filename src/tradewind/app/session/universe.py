"""The universe of a recorded session: chosen at dates by what was known at each, as events of its feed."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from tradewind.app.config import DateWindow, SessionConfig
from tradewind.app.market.candidates import candidate_of
from tradewind.app.session.loading import SeriesKey, SessionData
from tradewind.app.session.reorganisations import require_price, spin_offs_of, with_these
from tradewind.app.session.settings import StrategyConfig
from tradewind.app.session.universe_config import AT
from tradewind.core.accounts import CorporateAction
from tradewind.core.changes import UniverseChosen
from tradewind.core.exchanges import EXCHANGES
from tradewind.core.instruments import Instrument
from tradewind.core.releases import Release
from tradewind.data.history import LoadedSeries
from tradewind.data.quality.inspection import QualitySettings
from tradewind.data.reference.endings import ending_of
from tradewind.data.reference.facts import Fact
from tradewind.data.universe.filters.releases import NAME as RELEASES
from tradewind.data.universe.filters.releases import turning_points
from tradewind.data.universe.registry import Candidate
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
    releases: Mapping[str, Sequence[Release]] | None = None,
) -> list[UniverseChosen]:
    """What each strategy may enter from each date on; none where the session has no ``universe``.

    Each date's choice looks at bars closed, facts and releases known by then. Between dates an instrument is
    judged anew where the filter ``releases`` turns. A strategy of which nobody passes may only close what
    it holds.
    """
    universe = session.universe
    if universe is None:
        return []
    settings, due = filter_settings(universe.filters, AT), releases or {}
    start_ns, end_ns = session.window.start_ns, session.window.end_ns
    dates = dict.fromkeys(choosing_times(universe.every, start_ns, end_ns), tuple(instruments))
    near = settings.get(RELEASES)
    turns = {} if near is None else {name: turning_points(rows, near) for name, rows in due.items()}
    for name, moments in turns.items():
        for moment in moments:
            if start_ns < moment < end_ns:
                dates[moment] = (*dates.get(moment, ()), name)

    def candidate(name: str, timeframe: str, as_of_ns: int) -> Candidate:
        one = series[name, timeframe]
        told = (one.calendar, one.actions or (), facts.get(name, ()))
        rows = due.get(name, ())
        return candidate_of(instruments[name], one.as_stored, *told, as_of_ns, quality, rows)

    chosen: list[UniverseChosen] = []
    for strategy in strategies:
        names = [name for name in strategy.symbols if (name, strategy.timeframe) in series]
        made = partial(candidate, timeframe=strategy.timeframe)
        judge = partial(screen, settings=settings, most=universe.most)
        chosen += _choices(strategy.name, names, dates, made, judge)
    return sorted(chosen, key=lambda one: one.ts_event)


def _choices(
    strategy: str,
    names: Sequence[str],
    dates: Mapping[int, Sequence[str]],
    candidate: Callable[..., Candidate],
    judge: Callable[[Sequence[Candidate]], list[Standing]],
) -> list[UniverseChosen]:
    """One strategy's choices: at each moment those that it names are looked at anew, the others as before."""
    chosen: list[UniverseChosen] = []
    there: dict[str, Candidate] = {}
    for as_of_ns, anew in sorted(dates.items()):
        fresh = [name for name in names if name in anew]
        there |= {name: candidate(name, as_of_ns=as_of_ns) for name in fresh}
        if not fresh and names:
            continue
        event = chosen_event(strategy, judge([there[name] for name in names]), as_of_ns)
        whole = len(fresh) == len(names)
        if whole or not chosen or chosen[-1].instrument_ids != event.instrument_ids:
            chosen.append(event)
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
    """The session's corporate actions, and what facts tell of inside it (delistings, mergers, spin-offs), in
    time order.

    Raises
    ------
    ConfigError
        A merger or a spin-off gives shares that the session cannot hold, or of which no price is known then.
    """
    told: list[CorporateAction] = []
    series = by_instrument(data.series)
    for name, loaded in series.items():
        own = facts.get(name, ())
        end = ending_of(own, data.instruments[name], loaded.as_stored)
        for found in (*spin_offs_of(own)[0], *(() if end is None else (end,))):
            if not window.start_ns < found.ts_event < window.end_ns:
                continue
            action = with_these(found, data.instruments) if found.kind in EXCHANGES else found
            if action.into:
                require_price(action, int(series[action.into].as_stored.ts_event[0]))
            told.append(action)
    return tuple(sorted((*data.actions, *told), key=lambda action: action.ts_event))


def chosen_event(strategy: str, standings: Sequence[Standing], as_of_ns: int) -> UniverseChosen:
    """Who passed, as an event that says of the others why not."""
    inside = tuple(one.instrument_id for one in standings if one.inside)
    left = [f"{one.label} ({one.why})" for one in standings if not one.inside]
    more = f" and {len(left) - _NAMED} more" if len(left) > _NAMED else ""
    out = f"; left out: {', '.join(left[:_NAMED])}{more}" if left else ""
    reason = f"{len(inside)} of {len(standings)} pass{out}."
    return UniverseChosen(ts_event=as_of_ns, strategy=strategy, instrument_ids=inside, reason=reason)
