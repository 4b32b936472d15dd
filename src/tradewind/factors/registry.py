"""The registry of factors: a decorated plain function is a factor, or a whole family of them.

A function takes one array (T, W) for each input and gives one column (T, W), or a tuple of columns where
``parts`` names them. Inputs are written as

* ``close`` (or another bar column), ``ts_event``: the instrument's own bars;
* ``spy:close``: a column of the reference that plays the role ``spy``, as last known at the own bar's time;
* ``sma_20``: another factor; ``_range_14.high``: a part of one that gives several columns.

Names that begin with an underscore are intermediates: shared by factors, not offered by themselves.
``scope="across"`` marks a function over a whole panel (T, N) of last known values, row by row.
A lag is a name: ``rsi_14.lag3``. Letters may be of any case.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from typing import Any

from tradewind.core.errors import RegistryError
from tradewind.core.panel import BAR_COLUMNS
from tradewind.core.registry import Registry
from tradewind.factors.families import FactorRegistry, Family
from tradewind.factors.memory import Anchored, Memory, Window
from tradewind.factors.spec import FactorSpec, Oracle, Params

__all__ = [
    "FACTORS",
    "MAX_LAG",
    "RAW_INPUTS",
    "FactorSpec",
    "Oracle",
    "Params",
    "alias",
    "each",
    "factor",
    "factor_names",
    "split_lag",
]

RAW_INPUTS = (*BAR_COLUMNS, "ts_event")
MAX_LAG = 50
_LAG = re.compile(r"(?P<base>.+)\.lag(?P<lag>\d+)", re.IGNORECASE)


FACTORS = FactorRegistry("factor", "tradewind.factors")


def each(**values: Iterable[Any]) -> list[dict[str, Any]]:
    """Every combination of the values: ``each(n=(5, 10))`` is ``[{"n": 5}, {"n": 10}]``."""
    return [dict(zip(values, combination, strict=True)) for combination in product(*values.values())]


def factor(
    *,
    name: str,
    group: str,
    inputs: Sequence[str],
    memory: Memory | Callable[..., Memory],
    formula: str,
    source: str,
    params: Sequence[Params] = ({},),
    scope: str = "own",
    parts: Sequence[str] = (),
    first: int | Callable[..., int] | None = None,
    oracle: Callable[..., Oracle] | Oracle | None = None,
    bounds: Mapping[str, tuple[int, int]] | None = None,
    registry: Registry[FactorSpec] | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function as a factor, or as a family of them: one for each of ``params`` is listed.

    ``name``, ``inputs`` and ``formula`` are format strings over the parameters; ``memory``, ``first`` and
    ``oracle`` may be functions of them. Whole numbers in the name may be any from 2 (from 1 where that is
    declared) to 5,000; ``bounds`` gives the least and the most of those that may not.

    Raises
    ------
    RegistryError
        The name is taken, or the declaration contradicts itself.
    """
    book = FACTORS if registry is None else registry

    def enter(function: Callable[..., Any]) -> Callable[..., Any]:
        def make(values: Params) -> FactorSpec:
            return FactorSpec(
                name=name.format(**values),
                group=group,
                function=function,
                inputs=tuple(text.format(**values) for text in inputs),
                memory=memory(**values) if callable(memory) else memory,
                formula=formula.format(**values),
                source=source,
                params=dict(values),
                scope=scope,
                parts=tuple(parts),
                first=first(**values) if callable(first) else first,
                oracle=oracle(**values) if callable(oracle) else oracle,
            )

        for values in params:
            spec = make(values)
            _refuse_contradictions(spec)
            book.add(spec.name, spec)
        if isinstance(book, FactorRegistry):
            family = Family(name, tuple(params), tuple(inputs), bounds or {}, scope == "across", make)
            book.add_family(family, name.format(**params[0]))
        return function

    return enter


def alias(name: str, target: str, group: str, *, registry: Registry[FactorSpec] | None = None) -> None:
    """Offer the factor ``target`` under a second name."""
    spec = FactorSpec(
        name=name,
        group=group,
        function=_same,
        inputs=(target,),
        memory=Window(1),
        formula=target,
        source=f"another name of {target}",
        alias_of=target,
    )
    (FACTORS if registry is None else registry).add(name, spec)


def factor_names(*, group: str | None = None, registry: Registry[FactorSpec] | None = None) -> list[str]:
    """Names of all public factors, of one group where given."""
    entries = (FACTORS if registry is None else registry).entries()
    return [e.name for e in entries if e.plugin.public and group in (None, e.plugin.group)]


def split_lag(name: str) -> tuple[str, int]:
    """``("rsi_14", 3)`` of ``rsi_14.lag3``; lag 0 where the name has none.

    Raises
    ------
    RegistryError
        The lag is not 1 to 50.
    """
    match = _LAG.fullmatch(name)
    if match is None:
        return name, 0
    lag = int(match["lag"])
    if not 1 <= lag <= MAX_LAG:
        message = f"The factor {name!r} asks for lag {lag}."
        raise RegistryError(message, f"Lags go from 1 to {MAX_LAG}.")
    return match["base"], lag


def _same(column: Any) -> Any:
    return column


def _refuse_contradictions(spec: FactorSpec) -> None:
    if spec.scope not in ("own", "across"):
        message = f"The factor {spec.name!r} has scope {spec.scope!r}."
        raise RegistryError(message, "Use 'own' or 'across'.")
    if spec.scope == "across" and spec.memory != Window(1):
        message = f"The factor {spec.name!r} goes across instruments and looks back {spec.memory}."
        raise RegistryError(message, "Let another factor look back and take that as the input.")
    if isinstance(spec.memory, Anchored) and any(text not in RAW_INPUTS for text in spec.inputs):
        message = f"The anchored factor {spec.name!r} takes {', '.join(spec.inputs)}."
        raise RegistryError(message, "An anchored factor takes bar columns only: its state must be whole.")
