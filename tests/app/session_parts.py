"""A small session on real history for tests of whole sessions."""

from collections.abc import Callable
from pathlib import Path

from tradewind.app.config import DateWindow, SessionConfig, TradewindConfig
from tradewind.app.session.plan import SessionPlan

MODELS = ("moving_average_momentum", "bollinger_reversion", "logistic", "lightgbm")
DRIFT = {"logistic": {"include_drift": True}, "lightgbm": {"include_drift": True, "trees": 20}}
LOOSE = {"score_quantile": 0.4, "filters": {"needed": 4}}

MakePlan = Callable[..., SessionPlan]


def small_config(home: Path, **session: object) -> TradewindConfig:
    fields: dict[str, object] = {
        "symbols": ("MSFT", "NVDA", "BTC/USD", "EUR/USD", "USD/JPY"),
        "window": DateWindow(start="2020-01-01", end="2020-08-01"),
        "models": MODELS,
        "train_years": 3,
        "override_gate": True,
    }
    chosen = SessionConfig(**(fields | session))  # type: ignore[arg-type]
    return TradewindConfig(home=home, compute="serial", session=chosen, decision=LOOSE)
