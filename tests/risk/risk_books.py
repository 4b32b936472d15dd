"""Books and orders that the risk tests share."""

from decimal import Decimal

from tradewind.core.book import Book, BreakerState, Position, breaker_key
from tradewind.core.decisions import BreakerRearmed, BreakerTripped
from tradewind.core.instruments import AssetClass, Instrument
from tradewind.core.orders import Order, Pending, Side
from tradewind.core.timestamps import NS_PER_DAY, parse_ns
from tradewind.data.calendars import trading_calendars
from tradewind.risk.board import BreakerBoard

NOON = parse_ns("2024-03-12T16:00:00+00:00")  # a Tuesday, 12:00 in New York
E8 = 100_000_000


def instrument(instrument_id: str, asset_class: AssetClass, **changes: object) -> Instrument:
    fields: dict[str, object] = {
        "instrument_id": instrument_id,
        "asset_class": asset_class,
        "venue": "SIM",
        "quote_currency": "USD",
        "tick_size": "0.01",
        "lot_size": "1",
        "calendar": {"crypto": "24/7", "fx": "24/5"}.get(asset_class.value, "XNYS"),
    }
    return Instrument(**(fields | changes))  # type: ignore[arg-type]


AAPL = instrument("AAPL", AssetClass.EQUITY)
MSFT = instrument("MSFT", AssetClass.EQUITY, shortable=False)
SPY = instrument("SPY", AssetClass.ETF)
INDEX = instrument("^SPX", AssetClass.INDEX, tradable=False)
BTC = instrument("BTC/USD", AssetClass.CRYPTO, lot_size="0.0001", venue="COIN", shortable=False)
EUR = instrument("EUR/USD", AssetClass.FX, tick_size="0.00001", lot_size="1000")
JPY = instrument("USD/JPY", AssetClass.FX, tick_size="0.001", lot_size="1000", quote_currency="JPY")
ALL = {i.symbol: i for i in (AAPL, MSFT, SPY, INDEX, BTC, EUR, JPY)}
CALENDARS = trading_calendars(("XNYS", "24/5"), NOON, NOON)
MARKS = {
    "AAPL": 17_000,
    "MSFT": 41_000,
    "SPY": 51_000,
    "^SPX": 510_000,
    "BTC/USD": 7_000_000,
    "EUR/USD": 108_500,
    "USD/JPY": 148_000,
}


def make_book(cash: int = 100_000, held: dict[str, int] | None = None, **changes: object) -> Book:
    """A book with everything marked, positions bought at their marks, and equity counted."""
    book = Book(
        base_currency="USD",
        instruments=dict(ALL),
        cash_e8={"USD": cash * E8},
        rate_e8={"JPY": int(Decimal(E8) / Decimal(148))},
        mark_ticks=dict(MARKS),
        mark_ts=dict.fromkeys(MARKS, NOON - 1),
        now_ns=NOON,
        day=NOON // NS_PER_DAY,
    )
    for instrument_id, lots in (held or {}).items():
        num, den = ALL[instrument_id].ratio
        cost = MARKS[instrument_id] * lots * num // den
        book.positions[instrument_id] = Position(
            instrument_id=instrument_id, quantity_lots=lots, cost_e8=cost, strategy="s"
        )
        book.cash_e8[ALL[instrument_id].quote_currency] = (
            book.cash_e8.get(ALL[instrument_id].quote_currency, 0) - cost
        )
    book.equity_e8 = cash * E8
    book.start_equity_e8 = book.high_water_e8 = book.day_start_equity_e8 = book.equity_e8
    for name, value in changes.items():
        setattr(book, name, value)
    return book


def make_order(instrument_id: str, signed: int, **changes: object) -> Order:
    fields: dict[str, object] = {
        "client_order_id": "o1",
        "decision_id": "d1",
        "strategy": "s",
        "instrument_id": instrument_id,
        "side": Side.BUY if signed > 0 else Side.SELL,
        "quantity_lots": abs(signed),
    }
    return Order(**(fields | changes))  # type: ignore[arg-type]


def put_open(book: Book, order: Order, filled: int = 0) -> None:
    book.open_orders[order.client_order_id] = Pending(order=order, filled_lots=filled)


def write(book: Book, events: object) -> list[BreakerTripped | BreakerRearmed]:
    """Do with the board's events what the engine does."""
    written = list(events)  # type: ignore[call-overload]
    for event in written:
        key = breaker_key(event.breaker, event.scope_key)
        if isinstance(event, BreakerTripped):
            book.breakers[key] = BreakerState(
                breaker=event.breaker,
                scope=event.scope,
                scope_key=event.scope_key,
                action=event.action,
                tripped_ts=event.ts_event,
                rearm=event.rearm,
            )
        else:
            del book.breakers[key]
    return written


def make_board(settings: dict[str, object] | None = None, breakers: list[str] | None = None) -> BreakerBoard:
    """A board over all instruments, on the calendars of the year 2024."""
    return BreakerBoard(ALL, settings, breakers, calendars=CALENDARS)
