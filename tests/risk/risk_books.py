"""Books and orders that the risk tests share."""

from tradewind.core.book import Book, BreakerState, Ledger, Position, PositionKey, breaker_key
from tradewind.core.decisions import BreakerRearmed, BreakerTripped
from tradewind.core.instruments import AssetClass, Instrument
from tradewind.core.orders import Order, Pending, Side
from tradewind.core.timestamps import NS_PER_DAY, parse_ns
from tradewind.data.calendars import trading_calendars
from tradewind.risk.board import BreakerBoard

NOON = parse_ns("2024-03-12T16:00:00+00:00")  # a Tuesday, 12:00 in New York
E8 = 100_000_000


def instrument(symbol: str, asset_class: AssetClass, **changes: object) -> Instrument:
    fields: dict[str, object] = {
        "symbol": symbol,
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
ALL = {i.id: i for i in (AAPL, MSFT, SPY, INDEX, BTC, EUR, JPY)}
CALENDARS = trading_calendars(("XNYS", "24/5"), NOON, NOON)
MARKS = {
    "AAPL.SIM": 17_000,
    "MSFT.SIM": 41_000,
    "SPY.SIM": 51_000,
    "^SPX.SIM": 510_000,
    "BTC/USD.COIN": 7_000_000,
    "EUR/USD.SIM": 108_500,
    "USD/JPY.SIM": 148_000,
}


def make_book(cash: int = 100_000, held: dict[str, int] | None = None, **changes: object) -> Book:
    """A book with everything marked, positions of strategy ``s`` bought at their marks, equity counted."""
    book = Book(
        base_currency="USD",
        instruments=dict(ALL),
        accounts={"main": {"USD": Ledger(cash_e8=cash * E8, paid_in_e8=cash * E8)}},
        rates={"JPY": (1, 148)},
        mark_ticks=dict(MARKS),
        mark_ts=dict.fromkeys(MARKS, NOON - 1),
        now_ns=NOON,
        day=NOON // NS_PER_DAY,
    )
    for instrument_id, lots in (held or {}).items():
        hold(book, instrument_id, lots)
    book.equity_e8 = cash * E8
    book.start_equity_e8 = book.high_water_e8 = book.day_start_equity_e8 = book.equity_e8
    for name, value in changes.items():
        setattr(book, name, value)
    return book


def own(instrument_id: str, strategy: str = "s", account: str = "main") -> PositionKey:
    return PositionKey(account, strategy, instrument_id)


def hold(book: Book, instrument_id: str, lots: int, strategy: str = "s", account: str = "main") -> Position:
    """Buy (or sell short) at the mark, without a fee."""
    num, den = ALL[instrument_id].ratio
    cost = MARKS[instrument_id] * lots * num // den
    key = own(instrument_id, strategy, account)
    position = Position(
        instrument_id=instrument_id, account=account, strategy=strategy, quantity_lots=lots, cost_e8=cost
    )
    book.positions[key] = position
    net = book.net_lots.get(instrument_id, 0) + lots
    book.net_lots |= {instrument_id: net}
    if net == 0:
        del book.net_lots[instrument_id]
    currency = ALL[instrument_id].quote_currency
    book.accounts.setdefault(account, {}).setdefault(currency, Ledger()).cash_e8 -= cost
    return position


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
