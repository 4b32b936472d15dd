"""A fast average over a slow one: prices that ran ahead keep running."""

from tradewind.alphas.ruled import RuleRows, rule
from tradewind.core.panel import Floats


@rule(
    "moving_average_momentum",
    needs=("ema12", "ema50"),
    published_bps=40.0,
    source="edge 40 x (short - long) / long bps; Brock, Lakonishok and LeBaron (1992), J. Finance 47",
)
def moving_average_momentum(rows: RuleRows) -> Floats:
    """``(short - long) / long`` of the 12- and 50-bar exponential averages."""
    long = rows["ema50"]
    ratio: Floats = (rows["ema12"] - long) / long
    return ratio
