"""Which market sessions the close of a bar lies in (UTC table), and how far into them it is."""

import numpy as np

from tradewind.core.market_sessions import MARKET_SESSIONS
from tradewind.core.panel import Floats, Ints
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_MINUTE
from tradewind.factors.memory import Window
from tradewind.factors.registry import each, factor

SESSIONS = tuple(session.name for session in MARKET_SESSIONS)
_TABLE = {session.name: (session.open_minute, session.close_minute) for session in MARKET_SESSIONS}


def _since_open(ts_event: Ints, session: str) -> tuple[Floats, Floats]:
    """Minutes since the market session last opened, and 1 where it is still open."""
    opens, closes = _TABLE[session]
    minute = (ts_event % NS_PER_DAY) // NS_PER_MINUTE
    since = (minute - opens) % 1440
    return since.astype(np.float64), (since < (closes - opens) % 1440).astype(np.float64)


@factor(
    name="in_{session}",
    group="market_sessions",
    inputs=["ts_event"],
    memory=Window(1),
    formula="1 while the {session} session is open at the bar's close, else 0",
    source="UTC table of market sessions; the open is in, the close is out",
    params=each(session=SESSIONS),
)
def in_session(ts_event: Ints, session: str) -> Floats:
    """Whether the market session is open."""
    return _since_open(ts_event, session)[1]


@factor(
    name="time_in_{session}",
    group="market_sessions",
    inputs=["ts_event"],
    memory=Window(1),
    formula="share of the {session} session that has passed, 0 while it is closed",
    source="UTC table of market sessions",
    params=each(session=SESSIONS),
)
def time_in_session(ts_event: Ints, session: str) -> Floats:
    """Share of the market session that has passed."""
    opens, closes = _TABLE[session]
    since, is_open = _since_open(ts_event, session)
    return since * is_open / ((closes - opens) % 1440)


@factor(
    name="overlap_{first_session}_{second_session}",
    group="market_sessions",
    inputs=["ts_event"],
    memory=lambda first_session, second_session: Window(1),
    formula="1 while {first_session} and {second_session} are both open, else 0",
    source="UTC table of market sessions",
    params=[
        {"first_session": "tokyo", "second_session": "london"},
        {"first_session": "london", "second_session": "new_york"},
    ],
)
def overlap(ts_event: Ints, first_session: str, second_session: str) -> Floats:
    """Whether both market sessions are open."""
    return _since_open(ts_event, first_session)[1] * _since_open(ts_event, second_session)[1]


@factor(
    name="overlap_indicator",
    group="market_sessions",
    inputs=["ts_event"],
    memory=Window(1),
    formula="number of market sessions that are open, less 1, at least 0",
    source="UTC table of market sessions",
)
def overlap_indicator(ts_event: Ints) -> Floats:
    """How many market sessions overlap."""
    number = np.zeros(ts_event.shape)
    for session in SESSIONS:
        number += _since_open(ts_event, session)[1]
    return np.maximum(number - 1.0, 0.0)
