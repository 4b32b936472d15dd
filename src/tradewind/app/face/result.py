"""What ``tw.backtest`` gives back: figures, curves and trades, all read from the session's journal."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from tradewind.app.config import TradewindConfig
from tradewind.app.face.drawing import Drawing, draw_session
from tradewind.app.home import Home
from tradewind.app.session.closed_trades import closed_trades
from tradewind.app.session.daily_equity import daily_equity
from tradewind.app.session.explaining import explain
from tradewind.app.session.orders import orders_of
from tradewind.app.session.reporting import write_session_report
from tradewind.app.session.statistics import session_statistics
from tradewind.core.journal_ports import OpenReader
from tradewind.journal.opening import open_reader
from tradewind.views.explanation.steps import Explanation
from tradewind.views.report.figure_lines import headlines
from tradewind.views.report.measures import SessionStatistics
from tradewind.views.session.view import fold

if TYPE_CHECKING:
    import pandas as pd

_MOST_ORDERS = 1_000_000


@dataclass(frozen=True)
class Result:
    """A session that was run. Its journal is the record; everything here is read from it.

    Frames are of pandas, with times in UTC.
    """

    journal: Path
    config: TradewindConfig
    notes: tuple[str, ...]
    """What a reader must know: synthetic data, what was left out, what stopped it from trading."""

    @property
    def name(self) -> str:
        """The session's name, for commands: ``tradewind report NAME``."""
        return self.journal.stem

    @cached_property
    def statistics(self) -> SessionStatistics:
        """Every figure, typed; see docs/metrics.md for formulas and edge cases."""
        with self._reader() as reader:
            return session_statistics(reader)

    def stats(self) -> "pd.Series":
        """The figures by name."""
        import pandas as pd

        return pd.Series(_flat(msgspec.to_builtins(self.statistics)), name=self.name, dtype=object)

    @property
    def equity(self) -> "pd.Series":
        """The account at its start and at the end of each day, in the base currency."""
        import pandas as pd

        with self._reader() as reader:
            ts_ns, equity = daily_equity(reader)
        index = pd.DatetimeIndex(pd.to_datetime(ts_ns, utc=True), name="time")
        return pd.Series(equity, index=index, name="equity")

    @property
    def trades(self) -> "pd.DataFrame":
        """Round trips that came to their end, one a row."""
        with self._reader() as reader:
            return _frame(closed_trades(reader))

    @property
    def orders(self) -> "pd.DataFrame":
        """Orders in their last state, oldest first."""
        with self._reader() as reader:
            return _frame(list(reversed(orders_of(reader, "", _MOST_ORDERS).orders)))

    def explain(self, order: str = "", symbol: str = "") -> Explanation:
        """The story of an order; without one that of the refusal that came nearest to an order."""
        with self._reader() as reader:
            return explain(reader, order, symbol)

    def report(self, to: str | Path = "") -> Path:
        """Write the whole report as one HTML file; empty writes it into the home folder."""
        path = Path(to) if to else Home(self.config.home).make().report(self.name)
        return write_session_report(self.journal, path, config=self.config)[0]

    def plot(self) -> Drawing:
        """Equity and drawdown: shown by a notebook, or saved with ``.save("equity.svg")``."""
        with self._reader() as reader:
            return draw_session(fold(reader.read()).changes())

    def __repr__(self) -> str:
        told = self.statistics
        figures = headlines(told)
        label, value = (max(len(one[i]) for one in figures) for i in (0, 1))
        lines = [
            f"{self.name}, {told.start[:10]} to {told.end[:10]}, in {told.base_currency}: {self.journal}"
        ]
        lines += [
            f"  {one.label:<{label}}  {one.value:>{value}}{f'  ({one.interval})' if one.interval else ''}"
            for one in figures
        ]
        lines.append("  In brackets: 95 % interval. All figures by name: stats().")
        return "\n".join([*lines, *(f"  Note: {note}" for note in self.notes)])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th style='text-align:left'>{escape(str(name))}</th><td>{escape(_shown(value))}</td></tr>"
            for name, value in self.stats().items()
        )
        notes = "".join(f"<p><em>{escape(note)}</em></p>" for note in self.notes)
        return f"<h4>{escape(self.name)}</h4>{self.plot()._repr_html_()}<table>{rows}</table>{notes}"

    @contextmanager
    def _reader(self) -> Iterator[OpenReader]:
        with open_reader(self.journal) as reader:
            yield reader


def report(result: Result, to: str | Path = "") -> Path:
    """Write the report of a session as one HTML file."""
    return result.report(to)


def _frame(rows: Any) -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame([msgspec.to_builtins(row) for row in rows])


def _flat(figures: dict[str, Any], before: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in figures.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{before}{name}.")
        elif not isinstance(value, list):
            flat[f"{before}{name}"] = value
    return flat


def _shown(value: object) -> str:
    return f"{value:,.4g}" if isinstance(value, float) else str(value)
