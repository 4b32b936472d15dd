"""Average-cost accounting of one position, exact to 1e-8 of cash.

Signs: buying is positive. ``cost_e8`` is the signed cash paid for what is still held (negative for a short:
cash received). ``fill_value_e8`` is price times signed lots, so a sale has a negative value.

What always holds, to the last unit: ``cost_new = cost_old + fill_value + realized``. Cash changes by
``-fill_value``, so a fill never changes ``cash + cost - realized``: rounding makes and loses nothing.
"""

from tradewind.core.errors import MoneyError
from tradewind.kernels.integers import checked_sum, multiply_divide
from tradewind.kernels.scalar import scalar


@scalar
def apply_fill(quantity_lots: int, cost_e8: int, fill_lots: int, fill_value_e8: int) -> tuple[int, int, int]:
    """The position after one fill, and the profit that the fill realised.

    A fill that reduces takes its share of the cost with it (rounded half to even; the last lot takes what is
    left). One that crosses zero closes all and opens the rest, its value split by lots.

    Parameters
    ----------
    quantity_lots, cost_e8
        The position before: signed lots and signed cost.
    fill_lots, fill_value_e8
        The fill: signed lots, not zero, and signed value.

    Returns
    -------
    tuple
        ``(quantity_lots, cost_e8, realized_e8)``; the realised profit is before commission.

    Raises
    ------
    MoneyError
        A fill of no lots, or a sum that does not fit int64.
    """
    if fill_lots == 0:
        raise MoneyError("A fill of 0 lots cannot be booked.", "Drop it; the venue reported nothing.")
    quantity_new = checked_sum(quantity_lots, fill_lots)
    if quantity_lots == 0 or (quantity_lots > 0) == (fill_lots > 0):
        return quantity_new, checked_sum(cost_e8, fill_value_e8), 0
    held = abs(quantity_lots)
    filled = abs(fill_lots)
    if filled <= held:
        released = multiply_divide(cost_e8, filled, held)
        return quantity_new, cost_e8 - released, checked_sum(-fill_value_e8, -released)
    closing = multiply_divide(fill_value_e8, held, filled)
    return quantity_new, fill_value_e8 - closing, checked_sum(-closing, -cost_e8)


@scalar
def unrealized_e8(cost_e8: int, market_value_e8: int) -> int:
    """Profit not yet taken: signed market value less signed cost."""
    return checked_sum(market_value_e8, -cost_e8)
