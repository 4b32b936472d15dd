"""OpenAPI schemas of what we send, taken from the very types that are encoded."""

from collections.abc import Mapping
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from tradewind.api import answered
from tradewind.api.problems import MEDIA_TYPE, Problem
from tradewind.views.explanation.steps import Explanation
from tradewind.views.rows import Changes

_ALWAYS = (401, 403, 408, 413, 421, 422, 429, 431, 503)
"""Any call may be refused for who sent it, its size, or how busy the server is."""
_REF = "#/components/schemas/{name}"
TYPES = (Changes, Explanation, Problem, *answered.TYPES)


def described(
    kind: type[msgspec.Struct], *problems: int, status: int = 200
) -> dict[int | str, dict[str, Any]]:
    """``responses`` of a route that sends ``kind``, and the statuses of its problems."""
    answers: dict[int | str, dict[str, Any]] = {
        status: {"description": _first_line(kind), "content": {"application/json": {"schema": _ref(kind)}}}
    }
    for code in (*problems, *_ALWAYS):
        answers[code] = {"description": "A problem", "content": {MEDIA_TYPE: {"schema": _ref(Problem)}}}
    return answers


def install(app: FastAPI) -> None:
    """Give the app an OpenAPI document that knows our types."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = get_openapi(
                title=app.title, version=app.version, description=app.description, routes=app.routes
            )
            _, components = msgspec.json.schema_components(TYPES, ref_template=_REF)
            schemas = made.setdefault("components", {}).setdefault("schemas", {})
            schemas.update({name: _nullable(schema) for name, schema in components.items()})
            app.openapi_schema = made
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _nullable(schema: Any) -> Any:
    """A float that is not a number is sent as null, so every number may be null."""
    if isinstance(schema, Mapping):
        changed = {key: _nullable(value) for key, value in schema.items()}
        if changed.get("type") == "number":
            changed["type"] = ["number", "null"]
        return changed
    return [_nullable(one) for one in schema] if isinstance(schema, list) else schema


def _ref(kind: type[msgspec.Struct]) -> dict[str, str]:
    return {"$ref": _REF.format(name=kind.__name__)}


def _first_line(kind: type[msgspec.Struct]) -> str:
    return (kind.__doc__ or kind.__name__).strip().splitlines()[0]
