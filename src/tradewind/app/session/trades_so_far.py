"""The closed trades of a journal that grows: each look reads what is new, and only the latest are kept."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from tradewind.app.session.closed_trades import KINDS, ClosedTrades
from tradewind.core.book import Book
from tradewind.core.events import Record, SessionStarted
from tradewind.core.journal_ports import KindReader
from tradewind.core.money import cash_from_decimal
from tradewind.engine.rebuilt_book import rebuild
from tradewind.views.amounts import cash_text
from tradewind.views.report.trade_rows import ClosedTradeRow
from tradewind.views.rows import Row

MOST_KEPT = 500


class SymbolProfit(Row, frozen=True, kw_only=True):
    """What the closed trades of one instrument brought: ``profit`` in the base currency, exact text."""

    instrument_id: str
    trades: int
    wins: int
    profit: str


class TradesSoFar(Row, frozen=True, kw_only=True):
    """Closed trades up to record ``seq``: the latest, newest first, and profit by instrument over all.

    ``closed`` counts all of them, ``open`` the round trips that go on; most profitable instruments first.
    """

    seq: int
    closed: int
    open: int
    latest: list[ClosedTradeRow]
    by_symbol: list[SymbolProfit]


@dataclass
class _Sum:
    trades: int = 0
    wins: int = 0
    profit_e8: int = 0


@dataclass
class TradesFollower:
    """Follows the closed trades of a journal's last session, from one look to the next."""

    _seq: int = 0
    _trades: ClosedTrades = field(default_factory=ClosedTrades)
    _latest: deque[ClosedTradeRow] = field(default_factory=lambda: deque(maxlen=MOST_KEPT))
    _sums: dict[str, _Sum] = field(default_factory=dict)
    _new: deque[Record] = field(default_factory=deque)
    _rebuilt: Iterator[tuple[Record, Book]] | None = None

    def up_to(self, reader: KindReader, seq: int) -> TradesSoFar:
        """Read on to record ``seq`` and tell what there is by then."""
        if self._rebuilt is None:
            self._rebuilt = rebuild(_taken(self._new))
        for record in reader.read_kind(*KINDS, start=self._seq + 1, stop=seq + 1):
            if isinstance(record.event, SessionStarted):  # another session in the same journal
                self._trades, self._sums = ClosedTrades(), {}
                self._latest.clear()
            self._new.append(record)
            self._trades.take(*next(self._rebuilt))
            self._seq = record.seq
            for row in self._trades.rows:
                self._enter(row)
            self._trades.rows.clear()
        self._seq = max(self._seq, seq)
        return self._told()

    def _enter(self, row: ClosedTradeRow) -> None:
        self._latest.append(row)
        total = self._sums.setdefault(row.instrument_id, _Sum())
        profit_e8 = cash_from_decimal(Decimal(row.profit_base))
        total.trades, total.profit_e8 = total.trades + 1, total.profit_e8 + profit_e8
        total.wins += profit_e8 > 0

    def _told(self) -> TradesSoFar:
        best_first = sorted(self._sums.items(), key=lambda item: (-item[1].profit_e8, item[0]))
        return TradesSoFar(
            seq=self._seq,
            closed=sum(one.trades for one in self._sums.values()),
            open=self._trades.open_count,
            latest=list(reversed(self._latest)),
            by_symbol=[
                SymbolProfit(
                    instrument_id=name, trades=one.trades, wins=one.wins, profit=cash_text(one.profit_e8)
                )
                for name, one in best_first
            ],
        )


def _taken(records: deque[Record]) -> Iterator[Record]:
    """Records as they are put in; it is asked for one only when there is one."""
    while True:
        yield records.popleft()
