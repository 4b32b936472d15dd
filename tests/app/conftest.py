"""A small session on real history, its models fitted once for all tests of this folder."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tradewind.app.compute import SerialMapper
from tradewind.app.config import SessionConfig, TradewindConfig, Window
from tradewind.app.sessions import GateWord, SessionPlan, plan_session
from tradewind.app.training import SessionModels, train_for_session

MODELS = ("moving_average_momentum", "bollinger_reversion", "logistic", "lightgbm")
DRIFT = {"logistic": {"include_drift": True}, "lightgbm": {"include_drift": True, "trees": 20}}
LOOSE = {"score_quantile": 0.4, "filters": {"needed": 4}}

MakePlan = Callable[..., SessionPlan]


def small_config(home: Path, **session: object) -> TradewindConfig:
    fields: dict[str, object] = {
        "symbols": ("MSFT", "NVDA", "BTC/USD", "EUR/USD", "USD/JPY"),
        "window": Window(start="2020-01-01", end="2020-08-01"),
        "models": MODELS,
        "train_years": 3,
        "override_gate": True,
    }
    chosen = SessionConfig(**(fields | session))  # type: ignore[arg-type]
    return TradewindConfig(home=home, compute="serial", session=chosen, decision=LOOSE)


@pytest.fixture(scope="session")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def session_models(shared_home: Path) -> SessionModels:
    return train_for_session(small_config(shared_home), SerialMapper(), parameters=DRIFT)


@pytest.fixture
def make_plan(shared_home: Path, session_models: SessionModels, tmp_path: Path) -> MakePlan:
    """Plans over the shared models; each test writes its journals into a home of its own."""

    def make(
        folder: str = "", mode: str = "paper", verdict: str = "refused", **session: object
    ) -> SessionPlan:
        words = [GateWord(m, verdict, ("for the test",)) for m in MODELS]
        plan = plan_session(small_config(shared_home, **session), session_models, words, "s", mode)
        config = plan.config.model_copy(update={"home": tmp_path / folder})
        fields = {f: getattr(plan, f) for f in plan.__dataclass_fields__}
        return SessionPlan(**(fields | {"config": config}))

    return make
