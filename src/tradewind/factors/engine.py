"""Compute named factors over a panel: blocks of 64 lanes, spread over threads."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import joblib
import numpy as np

from tradewind.core.errors import DataError
from tradewind.core.panel import BAR_COLUMNS, BarColumns, Bools, Floats, Panel, require_sound
from tradewind.core.registry import Registry
from tradewind.factors.cube import FactorCube, Sheet
from tradewind.factors.evaluate import across_node, order_of_work, raw_inputs, run_nodes, targets_by_kind
from tradewind.factors.lanes import FOLDS, LANES, LaneBlock, Layout, make_layout
from tradewind.factors.plan import Plan, is_raw, make_plan
from tradewind.factors.registry import FACTORS, FactorSpec

References = Mapping[str, BarColumns]


def compute(
    panel: Panel,
    names: Sequence[str],
    *,
    threads: int | None = None,
    references: References | None = None,
    registry: Registry[FactorSpec] = FACTORS,
    into: FactorCube | None = None,
) -> FactorCube:
    """Factors of all instruments of a panel.

    Each instrument's factors are computed over its own bars: rows where its close is not NaN. Factors
    across instruments use each one's last known value.

    Parameters
    ----------
    panel
        T times by N instruments.
    names
        Factors, with lags where wanted (``rsi_14.lag3``).
    threads
        Threads to use; all cores that this process may use where not given. Values do not depend on it.
    references
        Bars that play a named role (``spy``, ``btc``, ``dxy``), joined as last known at each bar's time.
    into
        A cube that is no longer needed: its memory is written over. Fresh memory costs as much as the
        factors do.

    Raises
    ------
    RegistryError
        A name is unknown or asked for twice.
    DataError
        A close is infinite; an instrument has a close and another of its columns is not finite there, or
        another price and no close; a volume is below nothing; a reference is not sound
        (:func:`tradewind.core.panel.require_sound`). A NaN close, with all prices NaN, is no bar.
    """
    plan = make_plan(names, registry)
    source = _Source.of(panel, plan, references or {})
    sheets: dict[str, Sheet] = {}
    layouts: dict[tuple[int, int | None], Layout] = {}
    jobs = []
    for (roles, anchored), targets in targets_by_kind(plan).items():
        start = source.start_row(roles)
        for tail, chosen in _by_grid(plan, targets, source.shape, anchored).items():
            if (start, tail) not in layouts:
                layouts[start, tail] = make_layout(source.present, tail, start)
            jobs.append(_Job.of(plan, chosen, layouts[start, tail]))
    slabs = _run(jobs, source, sheets, threads or joblib.cpu_count(), into)
    return FactorCube(
        ts_event=panel.ts_event,
        instrument_ids=panel.instrument_ids,
        names=tuple(names),
        absent=source.absent(plan),
        sheets=tuple(_finish(plan, sheets, source)),
        slabs=tuple(slabs),
    )


@dataclass(frozen=True)
class _Source:
    """The panel's columns as the kernels want them, and the references joined to its times."""

    panel: Panel
    columns: dict[str, Floats]
    shared: dict[str, Any]
    present: Bools

    @property
    def shape(self) -> tuple[int, int]:
        return self.panel.shape

    @classmethod
    def of(cls, panel: Panel, plan: Plan, references: References) -> "_Source":
        if "close" not in panel.columns:
            message = f"The panel has no column close, only {', '.join(panel.columns)}."
            raise DataError(message, "Every bar has a close.")
        present = _present(panel)
        for bars in references.values():
            require_sound(bars)
        columns: dict[str, Floats] = {}
        shared: dict[str, Any] = {"ts_event": panel.ts_event}
        for text in plan.raw:
            if ":" in text:
                shared[text] = _joined(panel, text, references)
            elif text in BAR_COLUMNS:
                columns[text] = _checked(panel, text, present)
        return cls(panel, columns, shared, present)

    def start_row(self, roles: frozenset[str]) -> int:
        """First panel row at which all references are known; T when one never is."""
        known = [np.flatnonzero(np.isfinite(self.shared[text])) for text in roles]
        return max((int(rows[0]) if len(rows) else self.shape[0] for rows in known), default=0)

    def block(self, texts: Sequence[str], layout: Layout, block: LaneBlock) -> dict[str, Any]:
        """The raw inputs of one block."""
        return {
            text: layout.gather_shared(self.shared[text], block)
            if text in self.shared
            else layout.gather(self.columns[text], block)
            for text in texts
        }

    def lacks(self, instrument_id: str) -> frozenset[str]:
        """Inputs that an instrument does not have at all."""
        never = {text for text, values in self.shared.items() if not np.isfinite(values).any()}
        gone = {name for name in BAR_COLUMNS if name not in self.panel.columns}
        return frozenset(never | gone) | self.panel.missing.get(instrument_id, frozenset())

    def absent(self, plan: Plan) -> dict[str, tuple[str, ...]]:
        """Factors that instruments cannot have, by instrument."""
        found = {}
        for instrument_id in self.panel.instrument_ids:
            lacks = self.lacks(instrument_id)
            if lacks:
                names = tuple(name for name in plan.names if plan.node(name).needs & lacks)
                if names:
                    found[instrument_id] = names
        return found


@dataclass(frozen=True)
class _Job:
    """Targets that share a layout, and the work for them."""

    plan: Plan
    targets: tuple[str, ...]
    layout: Layout
    nodes: tuple[Any, ...]
    raw: tuple[str, ...]

    @classmethod
    def of(cls, plan: Plan, targets: Sequence[str], layout: Layout) -> "_Job":
        nodes = order_of_work(plan, targets)
        return cls(plan, tuple(targets), layout, tuple(nodes), tuple(raw_inputs(nodes)))


def _by_grid(
    plan: Plan, targets: Sequence[str], shape: tuple[int, int], anchored: bool
) -> dict[int | None, list[str]]:
    """Targets by the folding grid that holds their past; all together where nothing is folded."""
    if anchored or shape[1] >= LANES:
        return {None: list(targets)}
    groups: dict[int | None, list[str]] = {}
    for key in targets:
        tail = next((overlap for overlap, _ in FOLDS if plan.nodes[key].tail <= overlap), None)
        groups.setdefault(tail if shape[0] >= FOLDS[0][1] * 4 else None, []).append(key)
    return groups


def _run(
    jobs: list[_Job],
    source: _Source,
    sheets: dict[str, Sheet],
    threads: int,
    into: FactorCube | None,
) -> list[Floats]:
    """Run all blocks of all jobs; the slabs in which the columns lie, one a block."""
    items = [(job, block) for job in jobs for block in job.layout.blocks]
    # All columns of a block lie in one piece of memory: large pieces come in large pages, and what the
    # kernels allocate stays in the cache and is used again.
    shapes = [(len(job.targets), block.height, len(block.instrument)) for job, block in items]
    old = list(into.slabs) if into else []
    slabs = [
        old[n] if n < len(old) and old[n].shape == shape else np.empty(shape)
        for n, shape in enumerate(shapes)
    ]

    def work(n: int) -> None:
        job, block = items[n]
        place = dict(zip(job.targets, slabs[n], strict=True))

        def keep(text: str, column: Floats) -> None:
            place[text][:] = column

        run_nodes(job.nodes, source.block(job.raw, job.layout, block), job.targets, keep)

    # One worker thread even for one block: memory that a worker frees stays with it, where the main
    # thread's would go back to the system and be faulted in again for each column.
    with ThreadPoolExecutor(max(1, min(threads, len(items))), thread_name_prefix="factors") as pool:
        list(pool.map(work, range(len(items))))
    at = 0
    for job in jobs:
        own = slabs[at : at + len(job.layout.blocks)]
        at += len(own)
        for k, key in enumerate(job.targets):
            sheets[key] = Sheet(job.layout, tuple(slab[k] for slab in own))
    return slabs


def _finish(plan: Plan, sheets: dict[str, Sheet], source: _Source) -> list[Sheet | Floats]:
    """The sheet behind each output; those across instruments are computed here."""
    done: dict[str, Floats] = {}
    finished: list[Sheet | Floats] = []
    for key in plan.outputs:
        if not plan.nodes[key].across:
            finished.append(sheets[key])
            continue
        base = across_node(plan, key)
        if base.key not in done:
            done[base.key] = _across(plan, base.key, sheets, source)
        lag = plan.nodes[key].lag
        finished.append(_lag_own_bars(done[base.key], source.present, lag) if lag else done[base.key])
    return finished


def _across(plan: Plan, key: str, sheets: dict[str, Sheet], source: _Source) -> Floats:
    """A column across instruments, from last known values; NaN at rows where an instrument has no bar."""
    from tradewind.kernels.panel import carry_forward

    node = plan.nodes[key]
    lacking = [
        bool(node.needs & source.lacks(instrument_id)) for instrument_id in source.panel.instrument_ids
    ]
    planes = []
    for text in node.inputs:
        plane = source.columns[text].copy() if is_raw(text) else sheets[text].plane()
        plane[:, lacking] = np.nan
        planes.append(carry_forward(plane))
    spec = node.spec
    if spec is None:
        message = f"The factor {key!r} is a lag and cannot go across instruments itself."
        raise DataError(message, "Report this: a lag was taken for its base.")
    values: Floats = spec.function(*planes, **spec.params)
    values[~source.present] = np.nan
    return values


def _lag_own_bars(plane: Floats, present: Bools, lag: int) -> Floats:
    out = np.full_like(plane, np.nan)
    for i in range(plane.shape[1]):
        rows = np.flatnonzero(present[:, i])
        out[rows[lag:], i] = plane[rows[:-lag], i]
    return out


def _present(panel: Panel) -> Bools:
    """Where instruments have a bar; DataError where only a part of one is there."""
    close = panel.columns["close"]
    half = np.isinf(close)
    for name in ("open", "high", "low"):
        if name in panel.columns:
            half |= np.isnan(close) & ~np.isnan(panel.columns[name])
    if half.any():
        t, i = (int(index[0]) for index in np.nonzero(half))
        message = f"{panel.instrument_ids[i]} has the close {close[t, i]} at row {t}, and that is half a bar."
        raise DataError(message, "Give the close, or leave the bar out: all its prices NaN.")
    return np.isfinite(close)


def _checked(panel: Panel, name: str, present: Bools) -> Floats:
    """A column as float64, contiguous and writable; finite wherever its instrument has a bar."""
    if name not in panel.columns:
        return np.zeros(panel.shape)
    column = np.require(panel.columns[name], np.float64, ["C", "W"])
    bad = present & ~np.isfinite(column)
    if name == "volume":
        bad |= column < 0.0
    lacking = [
        i
        for i, instrument_id in enumerate(panel.instrument_ids)
        if name in panel.missing.get(instrument_id, ())
    ]
    if lacking:
        bad[:, lacking] = False
        column = column.copy()
        column[:, lacking] = 0.0
    if bad.any():
        t, i = (int(index[0]) for index in np.nonzero(bad))
        has = "a close and " if present[t, i] else ""
        message = f"{panel.instrument_ids[i]} has {has}the {name} {column[t, i]} at row {t}."
        raise DataError(message, "Leave the bar out, or declare the column missing for this instrument.")
    return column


def _joined(panel: Panel, text: str, references: References) -> Floats:
    """A reference's column as last known at each time of the panel; NaN before its first bar."""
    role, name = text.rsplit(":", 1)
    joined = np.full(panel.shape[0], np.nan)
    if role in references:
        bars = references[role]
        rows = np.searchsorted(bars.ts_event, panel.ts_event, side="right") - 1
        joined[rows >= 0] = getattr(bars, name)[rows[rows >= 0]]
    return joined
