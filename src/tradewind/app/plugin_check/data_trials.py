"""Questions to factors, models, quality rules and providers."""

from collections.abc import Iterable
from functools import partial
from inspect import signature
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from tradewind.alphas.registry import MODELS
from tradewind.app.plugin_check import made_up
from tradewind.app.plugin_check.probe import Probe, of_type
from tradewind.core.errors import NoDataError
from tradewind.core.panel import BarColumns, Predictions
from tradewind.core.ports import BarRequest
from tradewind.core.timestamps import parse_ns
from tradewind.data.quality.finding import RULES, Finding
from tradewind.data.quality.inspection import prepare
from tradewind.data.raw import raw_from_bars
from tradewind.data.registry import PROVIDERS
from tradewind.factors.checks import check_factors
from tradewind.factors.engine import compute
from tradewind.factors.registry import FACTORS
from tradewind.factors.sets import MODEL_SET

_SEEDS = (1, 2, 3)
_SHORT = 260
_USUAL = MODEL_SET[:12]
"""What a learner that takes everything is given here."""


def factor_probes(name: str) -> list[Probe]:
    """Panels of several seeds; one factor at a time, so that no other could have helped it."""

    def ask(seed: int) -> Any:
        made = made_up.panel(seed, _SHORT)
        cube = compute(made, [name], threads=1, references=made_up.references(seed, _SHORT))
        return cube.column(name)

    return [Probe(f"panel {seed}", partial(ask, seed), of_type(np.ndarray)) for seed in _SEEDS]


def factor_claims(name: str) -> list[str]:
    """What of its declaration does not hold: the past alone, live as in batch, from its first bar on."""
    spec = FACTORS.get(name)
    if not spec.public:
        return []
    found = check_factors([name], made_up.panel(1), references=made_up.references(1))
    return [f"{broken.check}: {broken.detail}" for broken in found]


def model_probes(name: str) -> list[Probe]:
    """Fitted on made-up rows, asked about others, saved and loaded again."""
    names = MODELS.entry(name).factors or _USUAL

    def fitted(seed: int) -> Any:
        model = MODELS.get(name)()
        model.fit(made_up.samples(names, seed), None, 7)
        return model

    def ask(seed: int) -> Any:
        return _columns(fitted(seed).predict(made_up.samples(names, seed + 1)))

    def again(seed: int) -> Any:
        rows = made_up.samples(names, seed + 1)
        model, loaded = fitted(seed), MODELS.get(name)()
        with TemporaryDirectory(prefix="tradewind-check-") as folder:
            model.save(Path(folder) / "model")
            loaded.load(Path(folder) / "model")
        said, kept = _columns(model.predict(rows)), _columns(loaded.predict(rows))
        return said if all(map(_same, said, kept)) else "saved and loaded again it forecasts otherwise"

    def judge(answer: Any) -> str:
        return answer if isinstance(answer, str) else ""

    return [
        *(Probe(f"rows {seed}", partial(ask, seed), judge) for seed in _SEEDS[:2]),
        Probe("saved and loaded", partial(again, 1), judge),
    ]


def quality_probes(name: str) -> list[Probe]:
    """Series with faults and without."""
    rule = RULES.get(name)

    def ask(seed: int, faults: bool) -> Any:
        made = made_up.faulty(seed) if faults else made_up.bars("GOOD.MADE", seed)
        return list(rule(prepare(raw_from_bars(made), "24/7")))

    def judge(answer: Any) -> str:
        wrong = [one for one in answer if not isinstance(one, Finding)]
        other = [one.rule for one in answer if isinstance(one, Finding) and one.rule != name]
        if wrong:
            return f"it gives a {type(wrong[0]).__name__}, not findings"
        return f"its finding is of the rule {other[0]!r}" if other else ""

    return [
        Probe(f"{'faulty' if faults else 'sound'} series {seed}", partial(ask, seed, faults), judge)
        for seed in _SEEDS
        for faults in (True, False)
    ]


def provider_probes(name: str) -> list[Probe]:
    """Its symbols, and all daily bars of the first; a provider that lists none is asked nothing more."""
    factory = PROVIDERS.get(name)

    def made(folder: str) -> Any:
        takes = signature(factory).parameters
        return factory(**({"folder": Path(folder)} if "folder" in takes else {}))

    def symbols() -> Any:
        with TemporaryDirectory(prefix="tradewind-check-") as folder:
            return tuple(made(folder).symbols())

    def bars() -> Any:
        with TemporaryDirectory(prefix="tradewind-check-") as folder:
            provider = made(folder)
            for symbol in tuple(provider.symbols())[:1]:
                request = BarRequest(symbol, "1d", parse_ns("1990-01-01"), parse_ns("2100-01-01"))
                try:
                    return provider.bars(request)
                except NoDataError:  # it has no days: a typed word is an answer too
                    return None
        return None

    def judge(answer: Any) -> str:
        if answer is None:
            return ""
        wrong = of_type(BarColumns)(answer)
        return wrong or (
            "" if bool(np.all(np.diff(answer.ts_event) > 0)) else "its bars are not in order of time"
        )

    return [Probe("symbols", symbols, of_type(tuple)), Probe("bars of the first symbol", bars, judge)]


def _columns(said: Predictions) -> tuple[Any, ...]:
    return tuple(getattr(said, name) for name in Predictions.__dataclass_fields__)


def _same(one: Iterable[float], other: Iterable[float]) -> bool:
    return bool(np.array_equal(np.asarray(one), np.asarray(other), equal_nan=True))
