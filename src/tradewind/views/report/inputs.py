"""What a report is made of. ``msgspec.convert(plain_dict, ReportInputs)`` checks a plain dict against it.

Every measured figure comes with its interval and names its data, window, costs and number of trials.
"""

import msgspec

from tradewind.views.report.interval import Interval
from tradewind.views.report.tear_sheet import TearSheet
from tradewind.views.rows import Changes


class CalibrationBin(msgspec.Struct, frozen=True, kw_only=True):
    """Of ``count`` forecasts with a mean probability ``predicted``, a share ``observed`` went up."""

    predicted: float
    observed: float
    count: int


class ModelReport(msgspec.Struct, frozen=True, kw_only=True):
    """One model out of sample. Sharpe is annual and after costs; accuracy and base rate are fractions."""

    model: str
    verdict: str
    version: str = ""
    reasons: tuple[str, ...] = ()
    overridden: bool = False
    sharpe: Interval | None = None
    accuracy: Interval | None = None
    base_rate: float | None = None
    trials: int = 0
    window: str = ""
    costs: str = ""
    calibration: tuple[CalibrationBin, ...] = ()
    figures: dict[str, float] = msgspec.field(default_factory=dict)


class QualityReport(msgspec.Struct, frozen=True, kw_only=True):
    """Data quality of one instrument; ``score`` in [0, 100]."""

    instrument_id: str
    source: str
    bars: int
    first: str
    last: str
    score: float
    findings: tuple[str, ...] = ()
    repairs: tuple[str, ...] = ()


class ClaimReport(msgspec.Struct, frozen=True, kw_only=True):
    """An advertised figure and what was measured; ``unit`` is ``%`` for fractions shown in percent."""

    claim: str
    stated: float
    standing: str
    measured: Interval | None = None
    data: str = ""
    unit: str = ""


class ExposurePoint(msgspec.Struct, frozen=True, kw_only=True):
    """Exposure at one moment, in percent of equity."""

    ts: str
    gross_pct: float
    net_pct: float


class VarFigure(msgspec.Struct, frozen=True, kw_only=True):
    """One day's value at risk by one method, in percent of equity, with its expected shortfall."""

    method: str
    level: float
    var_pct: float
    shortfall_pct: float


class VarBacktest(msgspec.Struct, frozen=True, kw_only=True):
    """Whether historical value at risk, taken each day of up to ``window`` days before it, covered the
    account's own next day. ``days`` were held against it.
    """

    level: float
    window: int
    days: int
    exceptions: int
    expected: float
    kupiec_p: float
    christoffersen_p: float
    light: str


class RiskFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Value at risk of one day of what is held at the end, from ``days`` daily returns, and how it did.

    ``notes`` say what could not be measured, and why.
    """

    days: int
    var: tuple[VarFigure, ...] = ()
    backtest: tuple[VarBacktest, ...] = ()
    notes: tuple[str, ...] = ()


class JournalReport(msgspec.Struct, frozen=True, kw_only=True):
    """What the check of the journal found."""

    name: str
    records: int
    verified: bool
    root_hash: str = ""
    detail: str = ""


class ReportInputs(msgspec.Struct, frozen=True, kw_only=True):
    """Everything on the page. ``session`` is the session view's :meth:`changes`."""

    title: str
    generated: str
    data: str
    session: Changes
    sheet: TearSheet
    journal: JournalReport
    models: tuple[ModelReport, ...] = ()
    quality: tuple[QualityReport, ...] = ()
    claims: tuple[ClaimReport, ...] = ()
    exposure: tuple[ExposurePoint, ...] = ()
    risk: RiskFigures | None = None
    notes: tuple[str, ...] = ()
    command: str = ""
    """What makes the same report again."""
