"""The demo's outcome as plain data: the machine-readable summary, and what the report page is made of."""

import math
from collections.abc import Sequence
from pathlib import Path

import msgspec

from tradewind.app.demo.run import DemoRun
from tradewind.app.research.candidates import Judged
from tradewind.app.session.reporting import report_for
from tradewind.core.decisions import AccountMarked, BreakerTripped
from tradewind.core.errors import JournalError
from tradewind.core.money import cash_to_decimal
from tradewind.core.orders import OrderFilled
from tradewind.core.timestamps import iso
from tradewind.data.history import LoadedSeries
from tradewind.journal.opening import open_reader
from tradewind.validation.bootstrap import Measured
from tradewind.views.report.inputs import (
    CalibrationBin,
    ClaimReport,
    JournalReport,
    ModelReport,
    QualityReport,
    ReportInputs,
)
from tradewind.views.report.interval import Interval
from tradewind.views.report.page import write_report
from tradewind.views.session.view import fold


def summary(run: DemoRun) -> dict[str, object]:
    """The object that ``tradewind demo --json`` prints."""
    return {
        "seconds": round(run.seconds, 2),
        "peak_mb": round(run.peak_mb, 1),
        "instruments": sorted({*run.data.series, *run.plan.instruments}),
        "factors": run.checked_factors,
        "data": [msgspec.to_builtins(row) for row in quality_rows(run)],
        "models": [model_summary(judged) for judged in run.judged],
        "session": session_summary(run.ran.journal),
        "journal": {
            "records": run.verified.records,
            "verified": True,
            "path": str(run.ran.journal),
            "root_hash": run.verified.root_hash,
        },
        "notes": list(run.notes),
    }


def model_summary(judged: Judged) -> dict[str, object]:
    """One model's line: accuracy against base rate, IC, Sharpe with its interval, verdict and reasons."""
    evaluation = judged.evaluation
    sharpe = evaluation.returns["sharpe"]
    return {
        "name": judged.candidate.name,
        "accuracy": evaluation.forecasts["accuracy"].value,
        "base_rate": evaluation.forecasts["base_rate"].value,
        "ic": evaluation.forecasts["ic"].value,
        "ic_ci": [evaluation.forecasts["ic"].low, evaluation.forecasts["ic"].high],
        "sharpe": sharpe.value,
        "sharpe_ci": [sharpe.low, sharpe.high],
        "verdict": judged.verdict.verdict,
        "reasons": list(judged.verdict.reasons),
        "folds": len(judged.oos.fit_seconds),
        "fit_seconds": round(float(judged.oos.fit_seconds.sum()), 2),
    }


def session_summary(journal: Path) -> dict[str, object]:
    """What the session came to, from its journal alone."""
    marks: list[AccountMarked] = []
    trips: dict[str, int] = {}
    fills = 0
    with open_reader(journal) as reader:
        for record in reader.read_kind(AccountMarked, BreakerTripped, OrderFilled):
            event = record.event
            if isinstance(event, AccountMarked):
                marks.append(event)
            elif isinstance(event, BreakerTripped):
                trips[event.breaker] = trips.get(event.breaker, 0) + 1
            else:
                fills += 1
        view = fold(reader.read()).changes()
    if not marks:
        message = f"The session in {journal.name} has not valued its account yet."
        raise JournalError(message, "Let it go on, or run tradewind audit verify on its journal.")
    return {
        "orders": view.counters.orders,
        "fills": fills,
        "equity_start": float(cash_to_decimal(marks[0].equity_e8)),
        "equity_end": float(cash_to_decimal(marks[-1].equity_e8)),
        "max_drawdown": view.account.max_drawdown_pct / 100.0 if view.account is not None else 0.0,
        "breakers": trips,
    }


def write_demo_report(run: DemoRun, path: Path, command: str) -> tuple[Path, Path]:
    """Write the HTML page and the JSON beside it."""
    return write_report(report_inputs(run, command), path)


def report_inputs(run: DemoRun, command: str) -> ReportInputs:
    """Everything on the report page: the session's own report, with what the demo judged on the way to it."""
    journal = JournalReport(
        name=run.ran.journal.name,
        records=run.verified.records,
        verified=True,
        root_hash=run.verified.root_hash,
    )
    with open_reader(run.ran.journal) as reader:
        inputs = report_for(reader, journal, title="Tradewind demo", command=command)
    best = max(run.judged, key=lambda j: _finite(j.evaluation.returns["sharpe"].value))
    return msgspec.structs.replace(
        inputs,
        models=tuple(_model_report(judged, run) for judged in run.judged),
        quality=quality_rows(run),
        claims=tuple(
            ClaimReport(
                claim=row.claim.text,
                stated=row.claim.stated,
                standing=row.standing,
                measured=_interval(row.measured),
                data=row.data,
            )
            for row in best.evaluation.claims
        ),
        notes=tuple(dict.fromkeys((*run.notes, *inputs.notes))),
    )


def _model_report(judged: Judged, run: DemoRun) -> ModelReport:
    evaluation = judged.evaluation
    return ModelReport(
        model=judged.candidate.name,
        verdict=judged.verdict.verdict,
        version=evaluation.version,
        reasons=judged.verdict.reasons,
        overridden=run.config.session.override_gate and judged.verdict.verdict != "accepted",
        sharpe=_interval(evaluation.returns["sharpe"]),
        accuracy=_interval(evaluation.forecasts["accuracy"]),
        base_rate=evaluation.forecasts["base_rate"].value,
        trials=int(judged.verdict.figures.get("trials", 0)),
        window=f"{iso(evaluation.start_ns)[:10]} to {iso(evaluation.end_ns)[:10]}",
        costs=f"{max(evaluation.costs_bps):.1f} bps one way at most",
        calibration=tuple(
            CalibrationBin(predicted=predicted, observed=observed, count=int(count))
            for count, predicted, observed in evaluation.calibration
        ),
        figures={name: m.value for name, m in evaluation.returns.items() if math.isfinite(m.value)},
    )


def quality_rows(run: DemoRun) -> tuple[QualityReport, ...]:
    """What was loaded for research and for the session: score, findings, and what was repaired and why."""
    session = ((series.bars.instrument_id, series) for series in run.plan.series.values())
    loaded = [*run.data.series.items(), *session]
    return tuple(_quality(name, series) for name, series in loaded)


def _quality(instrument_id: str, series: LoadedSeries) -> QualityReport:
    stored = series.as_stored
    return QualityReport(
        instrument_id=instrument_id,
        source=stored.source,
        bars=len(stored),
        first=iso(int(stored.ts_event[0]))[:10],
        last=iso(int(stored.ts_event[-1]))[:10],
        score=series.score.overall,
        findings=_counted([finding.rule for finding in series.findings]),
        repairs=_counted([f"{repair.what}: {repair.why}" for repair in series.repairs]),
    )


def _counted(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"{word} ({words.count(word)})" for word in dict.fromkeys(words))


def _interval(measured: Measured | None) -> Interval | None:
    if measured is None:
        return None
    return Interval(value=measured.value, low=measured.low, high=measured.high)


def _finite(value: float) -> float:
    return value if math.isfinite(value) else -math.inf
