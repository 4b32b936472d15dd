"""Lots of a coin and the coins that they are: where whole lots turn into cash in coins."""

from tradewind.core.instruments import Instrument
from tradewind.core.money import CASH_SCALE


def lot_e8(instrument: Instrument) -> int:
    """Coins of one lot in 1e-8; 0 where a lot is no whole number of these."""
    exact = instrument.lot * CASH_SCALE
    return int(exact) if exact == exact.to_integral_value() else 0


def lots_of_coins(instrument: Instrument, amount_e8: int) -> int:
    """Whole lots that an amount of coins in 1e-8 is; 0 of what is not counted in whole ones."""
    each = lot_e8(instrument)
    return amount_e8 // each if each else 0
