"""Cash that moved at Alpaca besides trades, out of the account's activities.

Source: https://docs.alpaca.markets/docs/account-activities (activity types). Fees on coins come here, once a
day and in coins (``CFEE``), not with the fills.
"""

from collections.abc import Mapping
from typing import Any

from tradewind.core.accounts import CashMoved
from tradewind.core.instruments import Instrument
from tradewind.core.vocabulary import CashReason
from tradewind.execution.brokers.alpaca.decoding import Symbols
from tradewind.execution.brokers.figures import cash_e8, figure, moment, word

TRADE = "FILL"
REASONS = {
    "CSD": CashReason.DEPOSIT,
    "CSW": CashReason.WITHDRAWAL,
    "DIV": CashReason.DIVIDEND,
    "INT": CashReason.INTEREST,
    "FEE": CashReason.FEE,
    "CFEE": CashReason.FEE,
    "PTC": CashReason.FEE,
}
"""By how the type begins (``DIVCGL`` is a dividend too); all else is an adjustment."""


def cash_of(row: Mapping[str, Any], account: str, symbols: Symbols) -> CashMoved | None:
    """What an activity moved; None of a trade and of what moves no cash."""
    kind = word(row, "activity_type")
    if kind == TRADE:
        return None
    instrument = symbols.get(str(row.get("symbol") or ""))
    currency, amount_e8 = _amount(row, kind, instrument)
    if not amount_e8:
        return None
    return CashMoved(
        ts_event=moment(row.get("created_at") or row.get("date"), "date"),
        account=account,
        currency=currency,
        amount_e8=amount_e8,
        reason=next(
            (why for begins, why in REASONS.items() if kind.startswith(begins)), CashReason.ADJUSTMENT
        ),
        instrument_id="" if instrument is None else instrument.id,
        reference=word(row, "id"),
        note=f"{kind} {row.get('description') or ''}".strip(),
    )


def _amount(row: Mapping[str, Any], kind: str, instrument: Instrument | None) -> tuple[str, int]:
    if kind == "CFEE" and row.get("qty") and instrument is not None:
        return instrument.asset, -abs(cash_e8(figure(row["qty"], "qty")))
    return str(row.get("currency") or "USD"), cash_e8(figure(row.get("net_amount") or "0", "net_amount"))
