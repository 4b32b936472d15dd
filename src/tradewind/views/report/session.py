"""What a report says of the session itself: its own dates and instruments."""

from tradewind.views.rows import Changes


def session_words(session: Changes) -> str:
    """``MSFT, NVDA, 2020-01-02 to 2021-03-31``: what was traded (or shown prices), over the curve's dates."""
    traded = sorted({row.instrument_id for row in session.positions})
    symbols = traded or sorted(row.instrument_id for row in session.market)
    named = ", ".join(symbols) if symbols else "no instruments"
    if not session.curve:
        return named
    return f"{named}, {session.curve[0].ts[:10]} to {session.curve[-1].ts[:10]}"
