"""How the simulated venue behaves: plain figures, refused when they make no sense."""

from tradewind.core.errors import ConfigError
from tradewind.core.market import Timeframe
from tradewind.core.settings import Age, Bps, Count, Length, Limit, Moment, Part, Settings


class Halt(Settings, frozen=True, kw_only=True):
    """A span in which nothing of ``instrument_id`` trades: ``start_ns < ts_event <= end_ns``."""

    instrument_id: str
    start_ns: Moment
    end_ns: Moment


class VenueSettings(Settings, frozen=True, kw_only=True):
    """Costs, liquidity and faults of the simulated venue; ConfigError names a value out of range."""

    volume_share: Part = 0.1
    """Part of a bar's volume that we may have, over all our orders of an instrument; 0 switches the cap off.
    Markets without a volume figure (currency pairs, indices) have no cap and no impact."""
    impact_coefficient: Length = 1.0
    """Y of the square-root law, of order one; 0 switches impact off."""
    impact_volatility: Limit | None = None
    """Volatility of one bar as a fraction; None takes it from the range of the bar that fills."""
    half_spread_bps: Bps | None = None
    """None takes each instrument's own."""
    most_slippage_bps: Bps = 500.0
    """Bound of spread and impact together."""
    through_ticks: Count = 1
    """How far the price must trade through a resting limit order; 0 fills on a touch."""
    latency_ns: Age = 0
    """Time from decision to the venue's book. On bars an order of latency waits for the next whole bar."""
    fill_timeframe: str = ""
    """Bars of this timeframe alone fill orders; empty takes all. Set it where a session sees several: a daily
    bar that closes after an hourly decision opened before it."""
    fill_on: str = "both"
    """``bar``, ``quote`` or ``both``."""
    reject_rate: Part = 0.0
    """Part of orders rejected at random, keyed by seed and client_order_id."""
    reject_when_closed: bool = False
    """Reject orders while the market is closed instead of keeping them for the open."""
    halts: tuple[Halt, ...] = ()

    def __post_init__(self) -> None:
        for name in ("volume_share", "reject_rate"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise _out_of_range(name, getattr(self, name), "between 0 and 1")
        for name in ("impact_coefficient", "through_ticks", "latency_ns", "most_slippage_bps"):
            if not getattr(self, name) >= 0:
                raise _out_of_range(name, getattr(self, name), "not negative")
        for name in ("impact_volatility", "half_spread_bps"):
            value = getattr(self, name)
            if value is not None and not value >= 0.0:
                raise _out_of_range(name, value, "not negative")
        if not self.most_slippage_bps < 10_000.0:
            raise _out_of_range("most_slippage_bps", self.most_slippage_bps, "below 10000")
        if self.fill_on not in ("bar", "quote", "both"):
            raise _out_of_range("fill_on", self.fill_on, "bar, quote or both")
        if self.fill_timeframe and self.fill_timeframe not in tuple(Timeframe):
            raise _out_of_range("fill_timeframe", self.fill_timeframe, f"one of {', '.join(Timeframe)}")


def _out_of_range(name: str, value: object, wanted: str) -> ConfigError:
    return ConfigError(f"The simulated venue's {name} is {value!r}.", f"Set it to a value that is {wanted}.")
