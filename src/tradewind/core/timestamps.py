"""UTC int64 nanoseconds inside, aware datetimes at the faces: the one module that converts."""

from datetime import UTC, datetime, timedelta

from tradewind.core.errors import ConfigError

NS_PER_S = 1_000_000_000
NS_PER_MINUTE = 60 * NS_PER_S
NS_PER_HOUR = 60 * NS_PER_MINUTE
NS_PER_DAY = 24 * NS_PER_HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_ns(moment: datetime) -> int:
    """Nanoseconds since 1970 UTC of an aware datetime, exact to the microsecond.

    Raises
    ------
    ConfigError
        The datetime is naive, so its moment is unknown.
    """
    if moment.tzinfo is None:
        message = f"The time {moment.isoformat()} has no time zone."
        raise ConfigError(message, "Give it one, for example +00:00.")
    delta = moment - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * NS_PER_S + delta.microseconds * 1_000


def from_ns(ts_ns: int) -> datetime:
    """Aware UTC datetime of ``ts_ns``; what lies under a microsecond is cut off."""
    return _EPOCH + timedelta(microseconds=ts_ns // 1_000)


def parse_ns(text: str) -> int:
    """Nanoseconds of an ISO date (its midnight UTC) or an ISO time with an offset."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        message = f"{text!r} is not a date or time."
        raise ConfigError(message, "Write 2020-01-31 or 2020-01-31T14:30:00+00:00.") from error
    if len(text) == len("2020-01-31"):
        moment = moment.replace(tzinfo=UTC)
    return to_ns(moment)


def iso(ts_ns: int) -> str:
    """``2020-01-31T21:00:00Z`` of ``ts_ns``, with a fraction only where there is one."""
    return from_ns(ts_ns).isoformat().replace("+00:00", "Z")
