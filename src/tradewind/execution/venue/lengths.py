"""How long the bars of a timeframe are, as the venue asks it of each bar."""

from tradewind.core.errors import ConfigError
from tradewind.core.market import Timeframe

LENGTHS_NS = {timeframe.value: timeframe.length_ns for timeframe in Timeframe}


def length_of(timeframe: str, instrument_id: str) -> int:
    """Nominal nanoseconds of an instrument's bar; ConfigError where there is no such timeframe."""
    length = LENGTHS_NS.get(timeframe)
    if length is None:
        message = f"A bar of {instrument_id} has the timeframe {timeframe!r}."
        raise ConfigError(message, f"Use one of {', '.join(LENGTHS_NS)}.")
    return length
