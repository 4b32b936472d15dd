"""What a report says of the session itself: its own dates and instruments, and what its own trades cost."""

from decimal import Decimal

from tradewind.views.amounts import shown_money
from tradewind.views.report.inputs import CostReport
from tradewind.views.rows import Changes


def session_words(session: Changes) -> str:
    """``MSFT, NVDA, 2020-01-02 to 2021-03-31``: what was traded (or shown prices), over the curve's dates."""
    traded = sorted({row.instrument_id for row in session.positions})
    symbols = traded or sorted(row.instrument_id for row in session.market)
    named = ", ".join(symbols) if symbols else "no instruments"
    if not session.curve:
        return named
    return f"{named}, {session.curve[0].ts[:10]} to {session.curve[-1].ts[:10]}"


def traded_costs(session: Changes) -> tuple[CostReport, ...]:
    """Commission of each instrument that was traded, in its currency; what was not traded cost nothing."""
    paid: dict[tuple[str, str], Decimal] = {}
    for row in session.positions:
        key = (row.instrument_id, row.currency)
        paid[key] = paid.get(key, Decimal(0)) + Decimal(row.commission)
    return tuple(
        CostReport(label=symbol, value=f"{shown_money(amount)} {currency}", note="commission paid")
        for (symbol, currency), amount in sorted(paid.items())
    )
