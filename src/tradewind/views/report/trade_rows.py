"""Rows of closed trades, as reports, tables and Python have them."""

from tradewind.views.rows import Row


class ClosedTradeRow(Row, frozen=True, kw_only=True):
    """One round trip, from flat to flat or across zero: one trade, whatever number of fills it took.

    Money is exact decimal text in the instrument's quote ``currency``; ``profit_base`` is the profit in the
    session's base currency at the rate of the exit. Prices are means over the fills, on the share count of
    the exit where a split came between; floats.

    Attributes
    ----------
    side
        ``long`` or ``short``.
    quantity
        The most that was held, in units.
    profit
        Realised on prices, plus ``income`` (dividends), less ``commission``.
    profit_pct
        Profit in percent of what was paid for the entries.
    cost
        What trading it cost: commission, spread and slippage against the prices on arrival. Spread and
        slippage are in the prices already.
    days
        Calendar days between entry and exit, with fractions.
    bars
        Bars of the strategy's timeframe that closed after the entry's stamp, up to the exit's.
    worst_pct, best_pct
        Furthest that the price went against it and for it while it was held, in percent of the entry price
        (maximum adverse and favourable excursion): highs and lows of the instrument's shortest bars from the
        entry's bar on, of the exit's bar the exit price alone. None where no bar was seen.
    """

    instrument_id: str
    strategy: str
    account: str
    side: str
    entered: str
    exited: str
    quantity: str
    entry_price: float
    exit_price: float
    currency: str
    profit: str
    profit_base: str
    profit_pct: float
    commission: str
    income: str
    cost: str
    days: float
    bars: int
    fills: int
    worst_pct: float | None
    best_pct: float | None
