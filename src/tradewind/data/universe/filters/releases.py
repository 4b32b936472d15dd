"""No results and no macro figure is due soon, and none has just come."""

from collections.abc import Iterable
from typing import Annotated

import msgspec
import numpy as np

from tradewind.core.releases import Release, hours_since_last, hours_to_next
from tradewind.core.settings import Settings
from tradewind.core.timestamps import NS_PER_HOUR
from tradewind.data.universe.registry import Candidate, Screened, universe_filter

NAME = "releases"
Hours = Annotated[float, msgspec.Meta(ge=0.0, le=8_784.0)]


class ReleasesNear(Settings, frozen=True, kw_only=True):
    """Hours before and after a release, of the calendars that concern it, in which nothing is entered."""

    before_hours: Hours = 24.0
    after_hours: Hours = 0.0


@universe_filter(NAME, ReleasesNear())
def releases(candidate: Candidate, settings: ReleasesNear) -> Screened:
    """By the calendars known then no release is due within hours, and none has just come."""
    wait = hours_to_next(candidate.releases, candidate.as_of_ns)
    since = hours_since_last(candidate.releases, candidate.as_of_ns)
    if wait <= settings.before_hours:
        return Screened(False, wait, f"a release is due in {wait:.6g} hours")
    if since < settings.after_hours:
        return Screened(False, since, f"a release came {since:.6g} hours ago")
    words = "no release to come is known" if np.isnan(wait) else f"the next release is in {wait:.6g} hours"
    return Screened(True, wait, words)


def turning_points(rows: Iterable[Release], settings: ReleasesNear) -> set[int]:
    """Moments, UTC ns, at which the filter may say otherwise than before, by rows that are known by then."""
    before_ns = round(settings.before_hours * NS_PER_HOUR)
    after_ns = round(settings.after_hours * NS_PER_HOUR)
    found = set()
    for row in rows:
        edges = (row.ts_begin - before_ns, row.ts_end + after_ns + 1)
        found |= {row.ts_known, *(edge for edge in edges if edge > row.ts_known)}
    return found
