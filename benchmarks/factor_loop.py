"""TA-Lib as people use it, a loop over instruments and functions, and whether its columns are ours."""

from collections.abc import Callable, Sequence

import numpy as np

from tradewind.core.panel import Floats, Panel
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_MINUTE
from tradewind.factors.engine import compute
from tradewind.factors.plan import make_plan
from tradewind.factors.registry import FACTORS, Oracle, factor_names

TOLERANCE = 1e-6
"""Of a column's largest size: what the product promises."""


def walk(instruments: int, length: int, seed: int = 0) -> Panel:
    """Seeded random-walk bars; daily for many instruments, by the minute for few."""
    rng = np.random.default_rng(seed)
    shape = (length, instruments)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.01 if instruments > 1 else 0.0005, shape), axis=0))
    open_ = np.vstack([close[:1], close[:-1]]) * np.exp(rng.normal(0.0, 0.003, shape))
    wide = np.abs(rng.normal(0.0, 0.004, (2, *shape)))
    step = NS_PER_DAY if instruments > 1 else NS_PER_MINUTE
    return Panel(
        ts_event=np.arange(1, length + 1, dtype=np.int64) * step,
        instrument_ids=tuple(f"S{i}" for i in range(instruments)),
        columns={
            "open": open_,
            "high": np.maximum(open_, close) * (1.0 + wide[0]),
            "low": np.minimum(open_, close) * (1.0 - wide[1]),
            "close": close,
            "volume": rng.lognormal(13.0, 0.4, shape),
        },
    )


def shared_names() -> list[str]:
    """Factors that TA-Lib has too, candles aside (there TA-Lib does the work for both)."""
    specs = (FACTORS.get(name) for name in factor_names())
    return [s.name for s in specs if s.oracle is not None and s.group != "candles" and not s.alias_of]


def talib_loop(panel: Panel, names: Sequence[str], threads: int = 1) -> Callable[[], object]:
    """One run of the loop, ready to be timed; several outputs of one call count as one call."""
    calls: dict[str, Oracle] = {}
    for name in names:
        oracle = _oracle(name)
        calls[f"{oracle.function} {oracle.inputs} {sorted(oracle.options.items())}"] = oracle
    series = [_columns_of(panel, i) for i in range(panel.shape[1])]

    def one(bars: dict[str, Floats]) -> list[Floats]:
        return [column for oracle in calls.values() for column in _call(oracle, bars)]

    def run() -> object:
        if threads == 1:
            return [one(bars) for bars in series]
        if len(series) >= threads:
            return _spread(one, series, threads)
        # One instrument: the functions are shared out instead.
        return _spread(lambda oracle: _call(oracle, series[0]), list(calls.values()), threads)

    return run


def differing(panel: Panel, names: Sequence[str]) -> list[str]:
    """Names whose column is not TA-Lib's within TOLERANCE, from the row on from which both should agree."""
    plan, cube = make_plan(names), compute(panel, names, threads=1)
    wrong = []
    for name in names:
        oracle = _oracle(name)
        part = slice(plan.node(name).first_valid + oracle.skip, None)
        for i in range(panel.shape[1]):
            theirs = _call(oracle, _columns_of(panel, i))[oracle.output][part] * oracle.scale
            mine = cube.column(name)[part, i]
            scale = float(np.max(np.abs(theirs), initial=1e-12))
            if not np.allclose(mine, theirs, rtol=0.0, atol=TOLERANCE * scale, equal_nan=True):
                wrong.append(name)
                break
    return wrong


def _spread(function: Callable[..., object], items: Sequence[object], threads: int) -> list[object]:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(function, items))


def _oracle(name: str) -> Oracle:
    oracle = FACTORS.get(name).oracle
    if oracle is None:
        message = f"TA-Lib has no {name}."
        raise ValueError(message)
    return oracle


def _columns_of(panel: Panel, i: int) -> dict[str, Floats]:
    return {name: np.ascontiguousarray(column[:, i]) for name, column in panel.columns.items()}


def _call(oracle: Oracle, bars: dict[str, Floats]) -> tuple[Floats, ...]:
    import talib

    result = getattr(talib, oracle.function)(*(bars[name] for name in oracle.inputs), **oracle.options)
    return result if isinstance(result, tuple) else (result,)
