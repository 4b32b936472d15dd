"""The OpenAPI document is kept: made-up calls against a real server get only documented answers."""

import time
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from loopback import running
from schemathesis.checks import (
    content_type_conformance,
    negative_data_rejection,
    not_a_server_error,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.generation import GenerationMode
from session_story import story, write

from tradewind.api.app import create_app
from tradewind.journal.opening import open_writer

pytestmark = [pytest.mark.services, pytest.mark.slow]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("contract")
    with open_writer(folder / "session.journal") as journal:
        write(journal, story(12, 3))
    app = app_over(folder)
    with running(app) as where:
        while not app.state.follower.caught_up.is_set():
            time.sleep(0.01)
        yield f"http://{where}"


def app_over(folder: Path):
    return create_app(folder / "session.journal", health=lambda: {"status": "ok"}, takes_commands=True)


SCHEMA = schemathesis.openapi.from_dict(app_over(Path("nowhere")).openapi())
OPERATIONS = [found.ok() for found in SCHEMA.get_all_operations()]
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]


def test_the_document_names_every_route() -> None:
    assert {"/api/v1/session", "/api/v1/commands", "/api/v1/journal/verify"} <= set(
        SCHEMA.raw_schema["paths"]
    )
    assert SCHEMA.raw_schema["openapi"].startswith("3.1")


def takes_input(operation) -> bool:
    written = SCHEMA.raw_schema["paths"][operation.path][operation.method]
    return bool(written.get("parameters") or written.get("requestBody"))


ASKED = [(one, GenerationMode.POSITIVE) for one in OPERATIONS]
ASKED += [(one, GenerationMode.NEGATIVE) for one in OPERATIONS if takes_input(one)]


@pytest.mark.parametrize(
    ("operation", "mode"), ASKED, ids=lambda one: getattr(one, "label", None) or one.value
)
def test_only_documented_answers(operation, mode, address: str) -> None:
    @settings(max_examples=8, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case) -> None:
        case.call_and_validate(base_url=address, checks=CHECKS)

    ask()
