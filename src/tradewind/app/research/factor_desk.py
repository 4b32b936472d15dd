"""Factors for people: what there is, what they say of an instrument, and whether they look ahead."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tradewind.app.config import FIRST_DAY, DateWindow
from tradewind.app.market.history import load_series, references
from tradewind.app.market.workspace import Workspace
from tradewind.app.session.loading import days_before
from tradewind.core.errors import NoDataError, RegistryError
from tradewind.core.panel import BarColumns, Panel, panel_from_bars
from tradewind.core.timestamps import NS_PER_DAY, iso, parse_ns
from tradewind.factors.catalogue import catalogue
from tradewind.factors.checks import Violation, check_factors
from tradewind.factors.cube import FactorCube
from tradewind.factors.describe import FactorCard, describe, describe_all
from tradewind.factors.engine import compute
from tradewind.factors.plan import make_plan
from tradewind.factors.registry import factor_names

Progress = Callable[[int, int, str], None]
_AT_ONCE = 40


@dataclass(frozen=True)
class Computed:
    """Factors of one instrument; ``absent`` are those that it cannot have because it lacks their inputs.

    The cube's rows from ``begin`` on are those of the window; the ones before it were read to warm up, and
    ``needed`` of them are wanted for that.
    """

    instrument_id: str
    cube: FactorCube
    begin: int
    needed: int
    absent: tuple[str, ...]
    synthetic: bool


@dataclass(frozen=True)
class Checked:
    """What was tried: how many factors, on how many bars of which instruments, and what did not hold."""

    factors: int
    instrument_ids: tuple[str, ...]
    bars: int
    violations: tuple[Violation, ...]


def cards(group: str = "") -> list[FactorCard]:
    """Cards of all factors, or of one group; RegistryError when there is no such group."""
    found = describe_all(group or None)
    if not found:
        groups = sorted({card.group for card in describe_all()})
        message = f"There is no group of factors called {group!r}."
        raise RegistryError(message, f"Known are: {', '.join(groups)}.")
    return found


def card(name: str) -> FactorCard:
    """Card of one factor; RegistryError when there is none of that name."""
    return describe(_known([name])[0])


def catalogue_page() -> str:
    """All factors as a page in Markdown."""
    return catalogue()


def compute_factors(
    workspace: Workspace, symbol: str, names: Sequence[str], window: DateWindow, timeframe: str = "1d"
) -> Computed:
    """Factors of the instrument that ``symbol`` means over the window, and what before it they need.

    Read before the window is what the first row of it needs to have its values, and those that no earlier
    start would change, as far as there is history.

    Raises
    ------
    RegistryError
        A name is unknown or given twice; nothing is loaded then.
    NoDataError
        There is no bar in the window.
    """
    _known(names)
    plan = make_plan(names)
    needed = max(max(plan.node(name).first_valid, plan.node(name).settle) for name in names)
    start_ns = max(window.start_ns - days_before(timeframe, needed) * NS_PER_DAY, parse_ns(FIRST_DAY))
    wide = DateWindow(start=iso(min(start_ns, window.start_ns)), end=window.end)
    bars, roles = _histories(workspace, [symbol], wide, timeframe)
    name = bars[0].instrument_id
    begin = int(np.searchsorted(bars[0].ts_event, window.start_ns))
    if begin == len(bars[0]):
        message = f"There is no bar of {name} from {window.start} to {window.end}."
        raise NoDataError(message, f"The last one before closed at {iso(int(bars[0].ts_event[-1]))}.")
    first = max(begin - needed, 0)
    bars[0] = bars[0].between(int(bars[0].ts_event[first]), window.end_ns)
    cube = compute(panel_from_bars(bars), names, references=roles)
    absent = tuple(cube.absent.get(name, ()))
    return Computed(name, cube, begin - first, needed, absent, bars[0].synthetic)


def check(
    workspace: Workspace,
    names: Sequence[str],
    symbols: Sequence[str],
    window: DateWindow,
    last_bars: int,
    on_progress: Progress | None = None,
) -> Checked:
    """Try on real bars that factors look at the past only and are what they say they are."""
    chosen = _known(names) if names else factor_names()
    bars, roles = _histories(workspace, symbols, window, "1d")
    panel = _tail(panel_from_bars(bars), last_bars)
    found: list[Violation] = []
    for start in range(0, len(chosen), _AT_ONCE):
        part = chosen[start : start + _AT_ONCE]
        found += check_factors(part, panel, references=roles)
        if on_progress is not None:
            on_progress(start + len(part), len(chosen), part[-1])
    return Checked(len(chosen), panel.instrument_ids, panel.shape[0], tuple(found))


def _known(names: Sequence[str]) -> list[str]:
    """The names; RegistryError for one given twice or unknown, with those that are spelt nearly so."""
    make_plan(names)
    for name in names:
        if name.startswith("_"):
            message = f"The factor {name!r} is shared by others and not offered."
            raise RegistryError(message, "All that are offered are listed by: tradewind factors list.")
    return list(names)


def _histories(
    workspace: Workspace, symbols: Sequence[str], window: DateWindow, timeframe: str
) -> tuple[list[BarColumns], Mapping[str, BarColumns]]:
    series = load_series(workspace, symbols, window, timeframe=timeframe)
    found: dict[str, BarColumns] = {}
    for role, name in references(workspace).items():
        try:
            found[role] = load_series(workspace, [name], window, timeframe=timeframe)[name].bars
        except NoDataError:
            continue  # Factors that need the role are then reported as absent.
    return [loaded.bars for loaded in series.values()], found


def _tail(panel: Panel, length: int) -> Panel:
    """The last ``length`` times."""
    columns = {name: values[-length:] for name, values in panel.columns.items()}
    return Panel(panel.ts_event[-length:], panel.instrument_ids, columns, panel.missing)
