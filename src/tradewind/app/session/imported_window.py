"""The window of a session on bars that were imported, where nobody says one: all of them but a warm-up."""

from dataclasses import dataclass

import numpy as np

from tradewind.app.config import DateWindow, TradewindConfig
from tradewind.app.market.workspace import Workspace, files_folder
from tradewind.app.session.settings import StrategyConfig
from tradewind.app.session.strategies import series_wanted
from tradewind.core.market import Timeframe
from tradewind.core.panel import Ints
from tradewind.core.timestamps import NS_PER_DAY, iso
from tradewind.core.vocabulary import FeedKind
from tradewind.data.vendors.files.kept import read_rows, timeframes

_ENDS = ("start", "end")


@dataclass(frozen=True)
class _Span:
    """The bars of one imported series: how many, when the first after the warm-up closes, and the last."""

    bars: int
    left: int
    start: str
    end: str


def imported_days(
    config: TradewindConfig, strategies: tuple[StrategyConfig, ...], workspace: Workspace
) -> dict[str, str]:
    """First and last day of a window of the imported bars, by ``start`` and ``end``; empty without them."""
    found = _spans(config, strategies, workspace)
    return {"start": min(one.start for one in found), "end": max(one.end for one in found)} if found else {}


def with_imported_window(
    config: TradewindConfig, strategies: tuple[StrategyConfig, ...], workspace: Workspace
) -> tuple[TradewindConfig, tuple[str, ...]]:
    """The configuration with the window of the imported bars, and a note that says so.

    Unchanged where the window is configured, the feed is live, or the provider gives some of the bars. Left
    before the window is half of the bars where models learn from them, and nothing where somebody's own
    strategies trade without models: they see the first bars as ``tw.backtest`` shows them.
    """
    said = _said(config)
    found = _spans(config, strategies, workspace) if len(said) < len(_ENDS) else []
    if not found:
        return config, ()
    first = min(found, key=lambda one: one.start)
    days = {"start": first.start, "end": max(one.end for one in found)}
    window = config.session.window.model_dump() | {end: day for end, day in days.items() if end not in said}
    note = f"The window is that of the imported bars, {window['start']} to {window['end']}"
    if first.left:
        note += f": the first {first.left:,} of {first.bars:,} bars are left before it"
    session = config.session.model_copy(update={"window": DateWindow(**window)})
    return config.model_copy(update={"session": session}), (f"{note}.",)


def _spans(
    config: TradewindConfig, strategies: tuple[StrategyConfig, ...], workspace: Workspace
) -> list[_Span]:
    """Of each series; none where some bars come from the provider, or the feed is live."""
    wanted = series_wanted(strategies)
    names = {name for symbols in wanted.values() for name in symbols}
    if config.session.feed is FeedKind.LIVE or not names or not names <= workspace.imported:
        return []
    each = (
        _span(config, strategies, workspace, name, timeframe)
        for timeframe, symbols in wanted.items()
        for name in symbols
    )
    return [span for span in each if span is not None]


def _said(config: TradewindConfig) -> set[str]:
    """Which ends of the window somebody says."""
    if "window" not in config.session.model_fields_set:
        return set()
    return {end for end in _ENDS if config.is_said(("session", "window", end))} or set(_ENDS)


def _span(
    config: TradewindConfig,
    strategies: tuple[StrategyConfig, ...],
    workspace: Workspace,
    name: str,
    timeframe: str,
) -> _Span | None:
    times = _times(workspace, name, timeframe)
    if times is None:
        return None
    half = len(times) // 2
    left = half if any(one.models for one in strategies) else 0
    if not left and any(not one.use for one in strategies):
        left = min(half, config.session.warmup_bars)
    daily = Timeframe(timeframe).length_ns >= NS_PER_DAY
    start_ns = int(times[left])
    start = iso(start_ns)[:10] if daily else iso(start_ns)
    return _Span(len(times), left, start, iso((int(times[-1]) // NS_PER_DAY + 1) * NS_PER_DAY)[:10])


def _times(workspace: Workspace, name: str, timeframe: str) -> Ints | None:
    """When the bars of a timeframe close, made of finer ones where it was imported in those alone."""
    folder, length_ns = files_folder(workspace.bars), Timeframe(timeframe).length_ns
    offered = [one for one in timeframes(folder, name) if Timeframe(one).length_ns <= length_ns]
    if not offered:
        return None
    nearest = max(offered, key=lambda one: Timeframe(one).length_ns)
    raw = read_rows(folder, name, nearest)
    if raw is None or not len(raw):
        return None
    times: Ints = np.unique(raw.ts_event)
    if nearest == timeframe:
        return times
    _, begins = np.unique((times - 1) // length_ns, return_index=True)
    closes: Ints = times[np.append(begins[1:] - 1, len(times) - 1)]
    return closes
