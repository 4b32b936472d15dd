"""Fees that an exchange takes in the very coins that were bought: these are not held any more.

The fill is booked as it was, its fee as a debt in coins. Whole lots of the position then pay for it, and what
is over of the last one is cash in coins, as the exchange itself has it.
"""

from tradewind.core.accounts import CashMoved
from tradewind.core.book import Book, PositionKey
from tradewind.core.coins import lot_e8
from tradewind.core.instruments import AssetClass
from tradewind.core.money import check_int64
from tradewind.core.vocabulary import CashReason


def coins_owed(book: Book, key: PositionKey, ts_ns: int, reference: str) -> CashMoved | None:
    """What of a position pays for the coins that its account owes of it; None where it owes none."""
    instrument = book.instruments[key.instrument_id]
    if instrument.asset_class is not AssetClass.CRYPTO or instrument.asset == instrument.quote_currency:
        return None
    ledger, position = book.accounts[key.account].get(instrument.asset), book.positions.get(key)
    each = lot_e8(instrument)
    if ledger is None or position is None or ledger.cash_e8 >= 0 or not each:
        return None
    lots = min(-(ledger.cash_e8 // each), position.quantity_lots)
    if lots <= 0:
        return None
    return CashMoved(
        ts_event=ts_ns,
        account=key.account,
        currency=instrument.asset,
        amount_e8=check_int64(lots * each, "Coins for a fee"),
        reason=CashReason.COINS,
        strategy=key.strategy,
        instrument_id=instrument.id,
        reference=reference,
        note=f"{lots} lots pay for a fee that was taken in coins",
    )
