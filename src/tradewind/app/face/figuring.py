"""``tw.compute_factors`` and ``tw.validate``: columns of factors, and models judged walk-forward."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tradewind.app.config import ResearchConfig
from tradewind.app.face.loading import Data, load
from tradewind.app.research.validating import Validation, run_validation
from tradewind.core.panel import panel_from_bars
from tradewind.factors.engine import compute
from tradewind.factors.registry import factor_names

if TYPE_CHECKING:
    import pandas as pd


def compute_factors(data: Any, names: str | Sequence[str] = ()) -> "pd.DataFrame":
    """Factors of some data, as known at each bar's close: a column for each instrument and factor.

    ``names`` are factors (``"rsi_14"``, with a lag ``"rsi_14.lag3"``); none gives all that the data has the
    inputs of. A value that is not there yet is NaN.

    Raises
    ------
    RegistryError
        There is no such factor.
    """
    import pandas as pd

    loaded = data if isinstance(data, Data) else load(data)
    wanted = [names] if isinstance(names, str) else list(names) or factor_names()
    cube = compute(panel_from_bars([one.bars for one in loaded.series.values()]), wanted)
    index = pd.DatetimeIndex(pd.to_datetime(cube.ts_event, utc=True), name="time")
    columns = {
        (instrument, name): cube.column(name)[:, i]
        for i, instrument in enumerate(cube.instrument_ids)
        for name in cube.names
    }
    frame = pd.DataFrame(columns, index=index)
    frame.columns.names = ["instrument", "factor"]
    return frame


def validate(
    data: Any,
    models: str | Sequence[str] = (),
    *,
    start: str | None = None,
    end: str | None = None,
    horizon_bars: int = 5,
    quick: bool = False,
) -> Validation:
    """Judge models on some data walk-forward, net of costs; every run stands in the trial ledger.

    Raises
    ------
    ConfigError, RegistryError
        A model is unknown or lacks its library, or the data is too short for one fold.
    """
    loaded = data if isinstance(data, Data) else load(data)
    chosen = (models,) if isinstance(models, str) else tuple(models)
    given: dict[str, object] = {
        "symbols": loaded.symbols,
        "window": {"start": start or loaded.start, "end": end or loaded.end},
        "horizon_bars": horizon_bars,
    }
    if chosen:
        given["models"] = chosen
    research = ResearchConfig.model_validate(given)
    return run_validation(loaded.config.model_copy(update={"research": research}), quick=quick)
