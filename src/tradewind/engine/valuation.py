"""The accounts as they stand at the end of a cycle, and what each strategy has earned."""

from tradewind.core.book import Book, cash_in_base, exposure_e8, lots_value_e8, profit_e8
from tradewind.core.decisions import AccountMarked, StrategyMark


def marked(book: Book) -> AccountMarked:
    """All accounts at this moment, in 1e-8 of the base currency."""
    gross, net = exposure_e8(book)
    return AccountMarked(
        ts_event=book.now_ns,
        equity_e8=book.equity_e8,
        cash_e8=cash_in_base(book),
        gross_e8=gross,
        net_e8=net,
        drawdown_pct=drawdown_pct(max(book.peak_e8, book.high_water_e8), book.equity_e8),
        positions=dict(book.net_lots),
        strategies=_by_strategy(book),
    )


def drawdown_pct(peak_e8: int, equity_e8: int) -> float:
    """How far equity lies under its peak, in percent of the peak; a debt counts as all of it."""
    if peak_e8 <= 0:
        return 0.0
    return min(100.0 * (peak_e8 - equity_e8) / peak_e8, 100.0)


def _by_strategy(book: Book) -> dict[str, StrategyMark]:
    profits: dict[str, int] = {}
    gross: dict[str, int] = {}
    for position in book.positions.values():
        name = position.strategy
        profits[name] = profits.get(name, 0) + profit_e8(book, position)
        value = lots_value_e8(book, position.instrument_id, position.quantity_lots)
        gross[name] = gross.get(name, 0) + abs(value)
    return {name: StrategyMark(profit_e8=profits[name], gross_e8=gross[name]) for name in profits}
