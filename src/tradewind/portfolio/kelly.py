"""Kelly sizing from a record of trades, and from a forecast.

The discrete form f = (p b - q) / b is a fraction *at risk*; the notional weight is f over the average loss.
Both forms are then cut to a quarter. Estimation error is met once: either by shrinking here, or by the
forecast's confidence in :mod:`tradewind.portfolio.sizing`.

Sources: Kelly (1956); Thorp (2006); MacLean, Thorp and Ziemba (2010), "Good and bad properties of the Kelly
criterion", for the fraction.
"""

from collections.abc import Iterable

from tradewind.core.errors import ConfigError, DataError
from tradewind.core.settings import Count, Length, Part, Settings, Share, Some
from tradewind.kernels.sizing import kelly_continuous, kelly_weight


class KellySettings(Settings, frozen=True, kw_only=True):
    """Numbers of Kelly sizing.

    Attributes
    ----------
    fraction
        Part of the full Kelly weight that is taken.
    least_trades
        With fewer trades the record says nothing, and ``floor_weight`` is taken instead.
    floor_weight
        Weight, as a fraction of equity, of a strategy without a record.
    lookback
        How many of the latest trades count.
    prior_trades
        Trades at break-even that the win rate is shrunk with (a Beta prior around the rate at which the bet
        has no edge); 0 where the confidence multiplier does this work.
    least_average_loss
        Smallest average loss that is believed; a record without losses would else ask for any size.
    """

    fraction: Share = 0.25
    least_trades: Count = 30
    floor_weight: Part = 0.01
    lookback: Some = 252
    prior_trades: Length = 0.0
    least_average_loss: Share = 0.002

    def __post_init__(self) -> None:
        if not 0.0 < self.fraction <= 1.0:
            message = f"The Kelly fraction is {self.fraction}."
            raise ConfigError(message, "Use more than 0 and at most 1; 0.25 is usual.")
        if self.lookback < 1 or self.least_average_loss <= 0.0 or self.prior_trades < 0.0:
            message = (
                f"Kelly settings are out of range: lookback {self.lookback}, least average loss "
                f"{self.least_average_loss}, prior trades {self.prior_trades}."
            )
            raise ConfigError(message, "Use a lookback of at least 1, a positive loss, a prior of 0 or more.")


class TradeRecord:
    """Returns of closed trades (simple, as fractions of notional, after costs), the latest ``lookback``.

    Seed it with out-of-sample trades of the walk-forward; then add each trade as it closes.
    """

    def __init__(self, seed: Iterable[float] = (), lookback: int = 252) -> None:
        self._lookback = lookback
        self._returns: list[float] = []
        self._wins = self._losses = 0
        self._mean_win = self._mean_loss = 0.0
        for trade_return in seed:
            self.add(trade_return)

    def __len__(self) -> int:
        return len(self._returns)

    def add(self, trade_return: float) -> None:
        """Count a closed trade; DataError when its return is not finite."""
        if trade_return - trade_return != 0.0:
            message = f"A trade cannot have a return of {trade_return}."
            raise DataError(message, "Check the fill prices that it was made from.")
        self._returns.append(trade_return)
        if len(self._returns) > self._lookback:
            del self._returns[0]
        wins = [r for r in self._returns if r > 0.0]
        losses = [-r for r in self._returns if r <= 0.0]
        self._wins, self._losses = len(wins), len(losses)
        self._mean_win = sum(wins) / len(wins) if wins else 0.0
        self._mean_loss = sum(losses) / len(losses) if losses else 0.0

    @property
    def win_rate(self) -> float:
        """Share of trades that gained; NaN without trades."""
        count = len(self._returns)
        return self._wins / count if count else float("nan")

    @property
    def average_win(self) -> float:
        """Mean return of the trades that gained; 0.0 without any."""
        return self._mean_win

    @property
    def average_loss(self) -> float:
        """Mean loss, positive, of the trades that did not gain; 0.0 without any."""
        return self._mean_loss

    def returns(self) -> list[float]:
        """The returns that count, oldest first: the whole state, for snapshots."""
        return list(self._returns)


def discrete_kelly(record: TradeRecord, settings: KellySettings) -> float:
    """Unsigned weight from a record of trades: zero without an edge, the floor with too few trades."""
    count = len(record)
    if count < settings.least_trades:
        return settings.floor_weight
    loss = max(record.average_loss, settings.least_average_loss)
    win = record.average_win
    rate = record.win_rate
    if settings.prior_trades > 0.0 and win > 0.0:
        break_even = loss / (win + loss)
        rate = (rate * count + break_even * settings.prior_trades) / (count + settings.prior_trades)
    weight: float = kelly_weight(rate, win, loss)
    return settings.fraction * weight


def forecast_kelly(net_edge: float, variance: float, settings: KellySettings) -> float:
    """Signed weight from a forecast: the fraction of edge over variance, both of one span, as fractions.

    ``net_edge`` is after costs and signed like the trade. NaN gives 0.0.
    """
    weight: float = kelly_continuous(net_edge, variance)
    return settings.fraction * weight
