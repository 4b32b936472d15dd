"""Models of the small session, fitted once for all tests of this folder."""

from pathlib import Path

import pytest
from session_parts import DRIFT, MODELS, MakePlan, small_config

from tradewind.app.compute.mappers import SerialMapper
from tradewind.app.research.training import SessionModels, train_for_session
from tradewind.app.session.plan import PromotionWord, SessionPlan, plan_session


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
        words = [PromotionWord(m, verdict, ("for the test",)) for m in MODELS]
        plan = plan_session(small_config(shared_home, **session), session_models, words, "s", mode)
        config = plan.config.model_copy(update={"home": tmp_path / folder})
        fields = {f: getattr(plan, f) for f in plan.__dataclass_fields__}
        return SessionPlan(**(fields | {"config": config}))

    return make
