"""Measure, for every factor, that it looks at the past only and is what it says it is.

Nothing is taken from names or declarations: each claim is tried on data. The checks are

* ``future``: cutting off or changing what comes after t changes nothing up to t;
* ``settle``: starting later changes nothing above 1e-6 of scale once the factor has settled;
* ``live``: the live stage gives what the batch gave, within 1e-9;
* ``warmup``: no value before ``first_valid``, a value at it and after it;
* ``reference``: equal to TA-Lib where the factor names an oracle.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tradewind.core.errors import LookAheadError
from tradewind.core.events import Timer
from tradewind.core.panel import BAR_COLUMNS, BarColumns, Floats, Panel
from tradewind.core.registry import Registry
from tradewind.factors.cube import FactorCube
from tradewind.factors.engine import References, compute
from tradewind.factors.live import LiveFactors
from tradewind.factors.plan import make_plan
from tradewind.factors.registry import FACTORS, FactorSpec
from tradewind.factors.replayed import bars_in_order

SAME = 1e-10
SETTLED = 1e-6
LIVE = 1e-9
ORACLE = 1e-7
_DENSE_CUTS = 16
_SPREAD_CUTS = 14
_LIVE_CYCLES = 4


@dataclass(frozen=True)
class Violation:
    """One claim that did not hold, where, and by how much of the factor's scale."""

    factor: str
    check: str
    detail: str


def check_factor(
    name: str,
    panel: Panel,
    *,
    references: References | None = None,
    registry: Registry[FactorSpec] = FACTORS,
) -> list[Violation]:
    """All checks of one factor on ``panel``; see :func:`check_factors`."""
    return check_factors([name], panel, references=references, registry=registry)


def check_factors(
    names: Sequence[str],
    panel: Panel,
    *,
    references: References | None = None,
    registry: Registry[FactorSpec] = FACTORS,
) -> list[Violation]:
    """All checks of all ``names``, side by side.

    A claim about settling can be tried only as far as the panel reaches; give one that is longer than the
    longest ``settle`` to try them all. Factors that are absent from the panel are left out.
    """
    trial = _Trial(panel, tuple(names), references or {}, registry)
    found = future_violations(names, panel, references=references, registry=registry)
    return [*found, *_settle(trial), *_live(trial), *_warmup(trial), *_reference(trial)]


def require_causal(
    names: Sequence[str],
    panel: Panel,
    *,
    references: References | None = None,
    registry: Registry[FactorSpec] = FACTORS,
) -> None:
    """Refuse factors that look ahead.

    Raises
    ------
    LookAheadError
        A value changed when what came after it was cut off or changed.
    """
    found = future_violations(names, panel, references=references, registry=registry)
    if found:
        first = found[0]
        message = f"The factor {first.factor!r} looks ahead: {first.detail}."
        others = sorted({violation.factor for violation in found} - {first.factor})
        more = f" So do {', '.join(others)}." if others else ""
        raise LookAheadError(message, f"Make it a function of the past.{more}")


def future_violations(
    names: Sequence[str],
    panel: Panel,
    *,
    references: References | None = None,
    registry: Registry[FactorSpec] = FACTORS,
    cuts: Sequence[int] | None = None,
) -> list[Violation]:
    """Try cutting off and changing the future.

    The future is cut at ``cuts`` where given, else at each of the newest rows and at rows spread over the
    whole; a factor that looks ahead at other rows only is caught by cuts there.
    """
    trial = _Trial(panel, tuple(names), references or {}, registry)
    found: dict[str, Violation] = {}
    for cut in cuts if cuts is not None else _cuts(panel.shape[0]):
        before = trial.planes(trial.whole, slice(0, cut))
        for way, other in (
            ("cut off", trial.compute(panel.head(cut), trial.references)),
            ("changed", trial.compute(*_shaken(panel, trial.references, cut))),
        ):
            gaps = _gaps(trial.planes(other, slice(0, cut)), before, trial.scales)
            for name, gap, place in zip(trial.names, gaps.worst, gaps.places, strict=True):
                if gap > SAME and name not in found:
                    row, instrument = place
                    detail = (
                        f"value of {panel.instrument_ids[instrument]} at row {row} moved by {gap:.3g} of its "
                        f"scale when everything from row {cut} on was {way}"
                    )
                    found[name] = Violation(name, "future", detail)
    return [found[name] for name in trial.names if name in found]


class _Trial:
    """The factors under trial, computed once over the whole panel."""

    def __init__(
        self, panel: Panel, names: tuple[str, ...], references: References, registry: Registry[FactorSpec]
    ) -> None:
        self.panel = panel
        self.registry = registry
        self.references = references
        everywhere = compute(panel, names, references=references, registry=registry)
        lost = [set(everywhere.absent.get(instrument_id, ())) for instrument_id in panel.instrument_ids]
        self.names = tuple(name for name in names if not all(name in gone for gone in lost))
        self.plan = make_plan(self.names, registry)
        self.whole = self.compute(panel, references)
        planes = self.planes(self.whole, slice(None))
        squares = np.where(np.isfinite(planes), planes, 0.0) ** 2
        count = np.maximum(np.isfinite(planes).sum(axis=1, keepdims=True), 1)
        self.scales = np.sqrt(squares.sum(axis=1, keepdims=True) / count)

    def compute(self, panel: Panel, references: References) -> FactorCube:
        return compute(panel, self.names, threads=1, references=references, registry=self.registry)

    def planes(self, cube: FactorCube, rows: slice) -> Floats:
        """Values with the factors first, (K, rows, N)."""
        return np.moveaxis(cube.values, 2, 0)[:, rows]


@dataclass(frozen=True)
class _Gaps:
    worst: list[float]
    places: list[tuple[int, int]]


def _gaps(got: Floats, want: Floats, scales: Floats) -> _Gaps:
    """Largest difference of each factor as a share of its scale; infinite where only one side has a value."""
    scale = np.maximum(np.maximum(np.abs(np.nan_to_num(want)), scales), 1e-300)
    with np.errstate(invalid="ignore"):
        gap = np.abs(got - want) / scale
    gap[np.isnan(got) & np.isnan(want)] = 0.0
    gap[np.isnan(gap)] = np.inf
    flat = gap.reshape(len(gap), -1)
    at = flat.argmax(axis=1)
    places = [(int(k // gap.shape[2]), int(k % gap.shape[2])) for k in at]
    return _Gaps([float(row[k]) for row, k in zip(flat, at, strict=True)], places)


def _cuts(length: int) -> list[int]:
    dense = range(max(length - _DENSE_CUTS, 1), length)
    spread = np.linspace(2, length - 1, _SPREAD_CUTS).astype(int).tolist()
    return sorted({*dense, *spread})


def _shaken(panel: Panel, references: References, cut: int) -> tuple[Panel, dict[str, BarColumns]]:
    """The panel and references with another, seeded future from row ``cut`` on."""
    rng = np.random.default_rng(cut)
    T, N = panel.shape
    factor = np.ones((T, N))
    factor[cut:] = np.exp(0.5 + np.cumsum(rng.normal(0.0, 0.1, (T - cut, N)), axis=0))
    columns = {name: values * factor for name, values in panel.columns.items()}
    moment = int(panel.ts_event[cut])
    shaken = {}
    for role, bars in references.items():
        later = np.where(bars.ts_event >= moment, rng.uniform(1.5, 2.5, len(bars)), 1.0)
        fields = {name: getattr(bars, name) * later for name in BAR_COLUMNS}
        shaken[role] = BarColumns(bars.instrument_id, bars.timeframe, bars.ts_event, **fields)
    return Panel(panel.ts_event, panel.instrument_ids, columns, panel.missing), shaken


def _settle(trial: _Trial) -> list[Violation]:
    found: dict[str, Violation] = {}
    T = trial.panel.shape[0]
    for start in (1, 37, T // 4):
        columns = {name: values[start:] for name, values in trial.panel.columns.items()}
        later = Panel(trial.panel.ts_event[start:], trial.panel.instrument_ids, columns, trial.panel.missing)
        got = trial.planes(trial.compute(later, trial.references), slice(None))
        want = trial.planes(trial.whole, slice(start, None))
        for k, name in enumerate(trial.names):
            node = trial.plan.node(name)
            if node.anchored or node.settle >= T - start:
                continue
            rows = slice(node.settle, None)
            gap = _gaps(got[k : k + 1, rows], want[k : k + 1, rows], trial.scales[k : k + 1]).worst[0]
            if gap > SETTLED:
                detail = f"starting {start} rows later still moved it by {gap:.3g} after {node.settle} rows"
                found.setdefault(name, Violation(name, "settle", detail))
    return list(found.values())


def _live(trial: _Trial) -> list[Violation]:
    panel = trial.panel
    roles = {role: f"reference {role}" for role in trial.references}
    stage = LiveFactors(
        trial.names, panel.instrument_ids, references=roles, missing=panel.missing, registry=trial.registry
    )
    found: dict[str, Violation] = {}
    T = panel.shape[0]
    begin = int(panel.ts_event[T - _LIVE_CYCLES])
    events = bars_in_order(panel, {roles[role]: bars for role, bars in trial.references.items()}, begin)
    whole = trial.planes(trial.whole, slice(None))
    position = 0
    for row in range(T - _LIVE_CYCLES, T):
        moment = int(panel.ts_event[row])
        while position < len(events) and events[position].ts_event <= moment:
            stage.on_event(events[position])
            position += 1
        for factors in stage.on_event(Timer(ts_event=moment, name="cycle")):
            i = panel.instrument_ids.index(factors.instrument_id)
            got = np.array(factors.values)[:, None, None]
            scales = trial.scales[:, :, i : i + 1]
            gaps = _gaps(got, whole[:, row : row + 1, i : i + 1], scales)
            for name, gap in zip(trial.names, gaps.worst, strict=True):
                if gap > LIVE:
                    detail = f"live differs from batch by {gap:.3g} for {factors.instrument_id} at row {row}"
                    found.setdefault(name, Violation(name, "live", detail))
    return list(found.values())


def _warmup(trial: _Trial) -> list[Violation]:
    found = []
    whole = trial.planes(trial.whole, slice(None))
    for k, name in enumerate(trial.names):
        first = trial.plan.node(name).first_valid
        for i, instrument_id in enumerate(trial.panel.instrument_ids):
            if name in trial.whole.absent.get(instrument_id, ()):
                continue
            column = whole[k, _usable(trial, name, i), i]
            known = np.isfinite(column)
            if known[:first].any() or not known[first:].all():
                at = int(np.flatnonzero(known)[0]) if known.any() else -1
                detail = (
                    f"{instrument_id} has {int((~known[first:]).sum())} gaps from row {first} on and its "
                    f"first value at {at}"
                )
                found.append(Violation(name, "warmup", detail))
                break
    return found


def _usable(trial: _Trial, name: str, i: int) -> np.ndarray:
    """Rows of an instrument's own bars from which its references are known."""
    rows = np.flatnonzero(np.isfinite(trial.panel.columns["close"][:, i]))
    for text in trial.plan.node(name).needs:
        if ":" in text:
            start = trial.references[text.rsplit(":", 1)[0]].ts_event[0]
            rows = rows[trial.panel.ts_event[rows] >= start]
    return rows


def _reference(trial: _Trial) -> list[Violation]:
    found = []
    for name in trial.names:
        node = trial.plan.node(name)
        if node.spec is None or node.spec.oracle is None:
            continue
        column = trial.whole.column(name)
        for i, instrument_id in enumerate(trial.panel.instrument_ids):
            rows = np.flatnonzero(np.isfinite(trial.panel.columns["close"][:, i]))
            if name in trial.whole.absent.get(instrument_id, ()):
                continue
            want = oracle_column(node.spec, trial.panel, rows, i)
            part = slice(node.first_valid + node.spec.oracle.skip, None)
            scale = max(float(np.sqrt(np.nanmean(want**2))), 1e-300) if np.isfinite(want).any() else 1.0
            gap = np.abs(column[rows, i][part] - want[part]) / scale
            if len(gap) and not float(np.max(gap)) <= ORACLE:
                detail = f"differs from TA-Lib by {float(np.max(gap)):.3g} of scale for {instrument_id}"
                found.append(Violation(name, "reference", detail))
                break
    return found


def oracle_column(spec: FactorSpec, panel: Panel, rows: np.ndarray, i: int) -> Floats:
    """What TA-Lib says of one instrument's own bars; the factor must name an oracle."""
    import talib

    oracle = spec.oracle
    if oracle is None:
        return np.full(len(rows), np.nan)
    arrays = [np.ascontiguousarray(panel.columns[name][rows, i]) for name in oracle.inputs]
    result = getattr(talib, oracle.function)(*arrays, **oracle.options)
    column: Floats = result[oracle.output] if isinstance(result, tuple) else result
    return np.asarray(column, dtype=np.float64) * oracle.scale
