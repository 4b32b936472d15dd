"""Trading days as the ``exchange_calendars`` library knows them: holidays, early closes, lunch breaks."""

from difflib import get_close_matches
from typing import Any

import numpy as np

from tradewind.core.errors import ConfigError, NoDataError
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.data.trading_days import TradingDays, days_of_columns


def exchange_days(calendar: str, first_year: int, last_year: int, own_names: tuple[str, ...]) -> TradingDays:
    """Trading days of these years, or of the part of them that the library knows.

    Raises
    ------
    ConfigError
        No calendar is called that; ``own_names`` are those that can be had beside the library's.
    NoDataError
        The library knows none of these years.
    """
    import exchange_calendars

    names = exchange_calendars.get_calendar_names(include_aliases=True)
    if calendar not in names:
        message = f"No calendar is called {calendar!r}."
        near = get_close_matches(calendar.upper(), [*own_names, *names], n=4, cutoff=0.5)
        meant = f"Did you mean {', '.join(near)}?" if near else f"Ours are {', '.join(own_names)}."
        raise ConfigError(message, f"{meant} Any name of exchange_calendars will do, such as XNYS.")
    first, last = f"{first_year}-01-01", f"{last_year}-12-31"
    try:
        found = exchange_calendars.get_calendar(calendar, start=first, end=last)
    except ValueError:
        found = _known_part(calendar, first, last)
    pause = found.break_starts_nanos, found.break_ends_nanos
    closes = found.closes_nanos
    none = found.schedule["break_start"].isna().to_numpy()
    return days_of_columns(
        calendar,
        found.sessions_nanos // NS_PER_DAY,
        found.opens_nanos,
        closes,
        (np.where(none, closes, pause[0]), np.where(none, closes, pause[1])),
    )


def _known_part(calendar: str, first: str, last: str) -> Any:
    """Some exchanges publish their holidays a year or two ahead, and some began late."""
    import exchange_calendars

    usual = exchange_calendars.get_calendar(calendar)
    lowest, highest = usual.bound_min(), usual.bound_max()
    start = max(first, lowest.strftime("%Y-%m-%d")) if lowest is not None else first
    end = min(last, highest.strftime("%Y-%m-%d")) if highest is not None else last
    try:
        return exchange_calendars.get_calendar(calendar, start=start, end=end)
    except ValueError as error:
        message = f"The calendar {calendar} does not reach from {first} to {last}: {error}"
        raise NoDataError(message, "Ask for a span that the calendar covers.") from error
