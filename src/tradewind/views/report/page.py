"""One self-contained HTML page about a run, that works offline, and its JSON beside it."""

from collections import Counter
from decimal import Decimal
from functools import cache
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from tradewind.store.export import write_file
from tradewind.views.amounts import shown_figure, shown_money
from tradewind.views.fill_times import FILL_TIMES
from tradewind.views.report.inputs import ReportInputs
from tradewind.views.report.interval import Interval
from tradewind.views.report.sheet_parts import sheet_parts

if TYPE_CHECKING:
    from jinja2 import Template

_DECISIONS_SHOWN = 25


def render_report(inputs: ReportInputs) -> str:
    """The page as HTML: no script, no file or host besides itself."""
    from tradewind.views.report import figures

    session = inputs.session
    return _template().render(
        report=inputs,
        session=session,
        facts=session.session,
        account=session.account,
        equity=figures.equity_figure(session.curve) if len(session.curve) > 1 else "",
        sharpe=figures.sharpe_figure(inputs.models) if any(one.sharpe for one in inputs.models) else "",
        accuracy=figures.accuracy_figure(inputs.models) if any(one.accuracy for one in inputs.models) else "",
        calibration=[
            (one, figures.calibration_figure(one.calibration)) for one in inputs.models if one.calibration
        ],
        exposure=figures.exposure_figure(inputs.exposure) if len(inputs.exposure) > 1 else "",
        positions=figures.positions_figure(
            session.positions, float(session.account.equity) if session.account is not None else 0.0
        ),
        outcomes=Counter(row.outcome for row in session.decisions).most_common(),
        decisions=session.decisions[:_DECISIONS_SHOWN],
        accepted=[one for one in inputs.models if one.verdict == "accepted"],
        overridden=[one for one in inputs.models if one.overridden],
        synthetic=session.session is not None and session.session.synthetic,
        sheet=inputs.sheet,
        stats=inputs.sheet.statistics,
        fill_times=FILL_TIMES,
        **sheet_parts(inputs.sheet),
    )


def write_report(inputs: ReportInputs, path: Path) -> tuple[Path, Path]:
    """Write the page at ``path`` and the JSON beside it; gives both paths.

    Raises
    ------
    StoreError
        The disk refused.
    """
    data = path.with_suffix(".json")
    write_file(path, render_report(inputs).encode())
    write_file(data, msgspec.json.encode(inputs))
    return path, data


@cache
def _template() -> "Template":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("tradewind.views.report.page", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "measured": measured,
        "words": _words,
        "money": shown_money,
        "figure": shown_figure,
        "signed": _signed,
        "heat": _heat,
        "minute": _minute,
        "price": _price,
    }
    return environment.get_template("page.html.j2")


def measured(one: Interval | None, unit: str = "") -> str:
    """``0.52 (0.31 to 0.74)``, in percent where the unit is ``%``; a dash where nothing was measured."""
    if one is None or one.value != one.value:
        return "–"
    shown = _percent if unit == "%" else shown_figure
    interval = f" ({shown(one.low)} to {shown(one.high)})" if one.low == one.low else ""
    return f"{shown(one.value)}{interval}{f' {unit}' if unit and unit != '%' else ''}"


def _percent(value: float) -> str:
    return f"{shown_figure(100 * value, 1)} %"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _signed(value: float, places: int = 2) -> str:
    return shown_figure(value, places, signed=True)


def _heat(value: float) -> int:
    """How strongly a month's cell is tinted, in percent: whole from 10 % on."""
    return round(8 + 52 * min(abs(value) / 10.0, 1.0)) if value else 0


def _minute(ts: str) -> str:
    """``2020-01-31 21:00``: a time to the minute."""
    return ts[:16].replace("T", " ")


def _price(value: float) -> str:
    """A price with two decimals, or so many that five digits show; a dash where none is known."""
    if not isfinite(value):
        return "\N{EN DASH}"
    places = 2 if abs(value) >= 100 or value == 0 else 4 if abs(value) >= 0.1 else 8
    return shown_money(Decimal(value), places)
