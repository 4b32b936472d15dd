"""Whether a value is new enough to be used."""

from tradewind.core.errors import StaleDataError
from tradewind.core.timestamps import NS_PER_S, iso


def require_fresh(what: str, newest_ns: int, now_ns: int, longest_s: float) -> None:
    """Nothing where ``newest_ns`` is at most ``longest_s`` old; StaleDataError that names it otherwise."""
    age_s = (now_ns - newest_ns) / NS_PER_S
    if age_s > longest_s:
        message = f"The newest value of {what} is from {iso(newest_ns)}, {age_s:.0f} s ago."
        raise StaleDataError(message, f"No more than {longest_s:.0f} s are allowed; use another provider.")
