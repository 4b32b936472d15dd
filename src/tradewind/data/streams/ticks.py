"""Single trades of the market, as they come off a stream; they stay at the edge and out of the journal."""

from tradewind.core.market import Event


class Trade(Event, frozen=True, kw_only=True, gc=False, tag="trade"):
    """One trade of the market (not one of ours). ``quantity`` in whole units, ``price`` in quote currency."""

    instrument_id: str
    trade_id: int
    price: float
    quantity: float
    buyer_is_maker: bool
    """True when the seller was the one who took."""
    ts_recv: int = 0
