"""What the page's own tests are held against is what the views really send."""

import json
from pathlib import Path

import msgspec
import pytest

from merged_session import merge

from tradewind.views.rows import Changes

WEB = Path(__file__).parents[2] / "web"
CONTRACT = WEB / "src" / "wire" / "contract.json"


@pytest.fixture(scope="module")
def contract() -> dict:
    return json.loads(CONTRACT.read_text())


@pytest.mark.parametrize("part", ["before", "change", "after"])
def test_the_contract_has_the_shape_that_the_views_send(contract, part: str) -> None:
    read = msgspec.convert(contract[part], Changes)
    assert json.loads(msgspec.json.encode(read)) == contract[part]


def test_the_contract_merges_as_the_views_merge(contract) -> None:
    before, change, after = (
        msgspec.convert(contract[part], Changes) for part in ("before", "change", "after")
    )
    assert msgspec.json.encode(merge(before, change)) == msgspec.json.encode(after)
    assert change.decisions
    assert change.closed_orders
    assert change.curve_after > 0


def test_the_page_s_types_name_every_field() -> None:
    """The page's hand-written types follow the rows: a field that one side lacks is found here."""
    types = (WEB / "src" / "wire" / "types.ts").read_text()
    missing = []
    for kind in _structs(Changes):
        body = types.partition(f"interface {kind.__name__} {{")[2].partition("}")[0]
        written = {line.split(":")[0].strip().rstrip("?") for line in body.splitlines() if ":" in line}
        if set(kind.__struct_fields__) != written:
            missing.append((kind.__name__, set(kind.__struct_fields__) ^ written))
    assert missing == []


def _structs(root: type[msgspec.Struct]) -> list[type[msgspec.Struct]]:
    found, todo = [], [msgspec.inspect.type_info(root)]
    while todo:
        info = todo.pop()
        if isinstance(info, msgspec.inspect.StructType):
            if info.array_like or info.cls in found:
                continue
            found.append(info.cls)
            todo += [field.type for field in info.fields]
        elif isinstance(info, msgspec.inspect.UnionType):
            todo += info.types
        elif isinstance(info, msgspec.inspect.ListType | msgspec.inspect.VarTupleType):
            todo.append(info.item_type)
    return found


def test_the_lock_file_names_no_registry() -> None:
    lock = json.loads((WEB / "package-lock.json").read_text())
    assert not [name for name, one in lock["packages"].items() if "resolved" in one]
    wanted = json.loads((WEB / "package.json").read_text())
    versions = {**wanted["dependencies"], **wanted["devDependencies"]}
    assert all(version[0].isdigit() for version in versions.values())
