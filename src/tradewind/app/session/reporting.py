"""The report of any session, from its journal alone: one HTML page, and its JSON beside it."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from tradewind.app.config import TradewindConfig
from tradewind.app.session.benchmarks import Benchmark, chosen_benchmark
from tradewind.app.session.journals import open_journal
from tradewind.app.session.risk_desk import measured, risk_figures
from tradewind.app.session.session_record import SessionRecord, read_session
from tradewind.app.session.tear_sheets import tear_sheet
from tradewind.core.decisions import AccountMarked
from tradewind.core.journal_ports import JournalReader
from tradewind.core.timestamps import iso
from tradewind.journal.audit import verify_file
from tradewind.portfolio.attribution import KINDS as FLOW_KINDS
from tradewind.portfolio.attribution import attribute
from tradewind.views.report.inputs import ExposurePoint, JournalReport, ModelReport, ReportInputs
from tradewind.views.report.interval import Interval
from tradewind.views.report.page import write_report
from tradewind.views.report.session import session_words
from tradewind.views.rows import ModelRow
from tradewind.views.session.view import fold

EXPOSURE_POINTS = 2_000


def report_for(
    reader: JournalReader,
    journal: JournalReport | None = None,
    *,
    benchmark: Benchmark | None = None,
    record: SessionRecord | None = None,
    title: str = "",
    command: str = "",
) -> ReportInputs:
    """Everything on the report page of a journal's last session.

    Parameters
    ----------
    reader
        The journal.
    journal
        What the check of its chain found; without it the page says that nobody checked.
    benchmark
        What to hold the session against; its own instruments bought and held where none is given.
    record
        The session as it was read already, to save reading it again.
    title, command
        The page's title, and what makes the same page again.

    Raises
    ------
    JournalError
        The journal holds no session.
    """
    record = read_session(reader) if record is None else record
    view = fold(reader.read(record.first_seq))
    changes = view.changes()
    found = attribute(reader.read_kind(*FLOW_KINDS, start=record.first_seq), record.book)
    sheet = tear_sheet(record, found, benchmark)
    return ReportInputs(
        title=title or f"Session {view.session_id}",
        generated=datetime.now(UTC).isoformat(timespec="seconds"),
        data=session_words(changes),
        session=changes,
        journal=journal
        or JournalReport(name="", records=reader.last_seq(), verified=False, detail=_UNCHECKED),
        models=tuple(_model(row) for row in changes.models),
        exposure=exposure_points(record.marks),
        risk=risk_figures(measured(record.book, found, record.daily.returns[1:])),
        sheet=sheet,
        notes=(*record.started.notes, *sheet.statistics.notes, *sheet.notes),
        command=command,
    )


_UNCHECKED = "The journal's chain was not checked for this page."


def write_session_report(
    journal: Path,
    path: Path,
    *,
    benchmark: str = "",
    config: TradewindConfig | None = None,
    command: str = "",
) -> tuple[Path, Path]:
    """Write the report of the session in a journal file at ``path``, and the JSON beside it; gives both.

    Parameters
    ----------
    benchmark
        Symbol of what to hold it against; its own instruments bought and held if empty.
    config
        Whose store holds the benchmark's history; the default configuration if none is given.

    Raises
    ------
    JournalError
        The journal holds no session, or is broken.
    UnknownSymbolError, NoDataError
        There is no such benchmark, or no history of it over the session.
    StoreError
        The disk refused.
    """
    inputs = session_report(journal, benchmark=benchmark, config=config, command=command)
    return write_report(inputs, path)


def session_report(
    journal: Path, *, benchmark: str = "", config: TradewindConfig | None = None, command: str = ""
) -> ReportInputs:
    """What :func:`write_session_report` writes."""
    verified = verify_file(journal)
    found = JournalReport(
        name=journal.name, records=verified.records, verified=True, root_hash=verified.root_hash
    )
    with open_journal(journal, by_index=True) as reader:
        record = read_session(reader)
        held = chosen_benchmark(config or TradewindConfig(), record, benchmark) if benchmark else None
        return report_for(reader, found, benchmark=held, record=record, command=command)


def exposure_points(marks: Iterable[AccountMarked]) -> tuple[ExposurePoint, ...]:
    """Exposure at each valuation with equity, thinned to :data:`EXPOSURE_POINTS`."""
    known = [mark for mark in marks if mark.equity_e8 > 0]
    step = max(1, -(-len(known) // EXPOSURE_POINTS))
    return tuple(
        ExposurePoint(
            ts=iso(mark.ts_event),
            gross_pct=100.0 * mark.gross_e8 / mark.equity_e8,
            net_pct=100.0 * mark.net_e8 / mark.equity_e8,
        )
        for mark in known[::step]
    )


def _model(row: ModelRow) -> ModelReport:
    """A model as the gate spoke of it at the session's start; its figures are out of sample."""
    figures = row.figures
    return ModelReport(
        model=row.model,
        verdict=row.verdict,
        version=row.version,
        reasons=row.gate_reasons,
        overridden=row.overridden,
        sharpe=_interval(figures, "sharpe"),
        accuracy=_interval(figures, "accuracy"),
        base_rate=figures.get("base_rate"),
        trials=int(figures.get("trials", 0)),
        figures=figures,
    )


def _interval(figures: dict[str, float], name: str) -> Interval | None:
    if name not in figures:
        return None
    nan = float("nan")
    return Interval(
        value=figures[name], low=figures.get(f"{name}_low", nan), high=figures.get(f"{name}_high", nan)
    )
