"""Recorded Yahoo answers, served as Yahoo would: chart, cookie page and crumb."""

import gzip
import json
import lzma
import tarfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import yaml

_HTTP = "tests/fixtures/http"


def recorded_charts(shared: Path, *names: str) -> dict[str, Any]:
    """Bodies of chart recordings by name, such as ``chart-AAPL-2020-08-31-to-2020-11-07``."""
    archive = shared / "api_payloads" / "yahoo_finance2_http.tar.xz"
    found: dict[str, Any] = {}
    with tarfile.open(fileobj=BytesIO(lzma.decompress(archive.read_bytes()))) as files:
        for member in files.getmembers():
            name = Path(member.name).name.removesuffix(".json")
            wanted = name in names if names else name.startswith("chart-")
            if member.name.startswith(_HTTP) and wanted:
                found[name] = json.load(files.extractfile(member))["response"]["bodyJson"]  # type: ignore[arg-type]
    return found


def recorded_cassette(shared: Path, name: str) -> Any:
    """First body of a cassette whose path ends with ``name``, unpacked."""
    archive = shared / "api_payloads" / "gamestonk_vcr_cassettes.tar.xz"
    with tarfile.open(fileobj=BytesIO(lzma.decompress(archive.read_bytes()))) as files:
        member = next(m for m in files.getmembers() if m.name.endswith(name))
        text = files.extractfile(member).read()  # type: ignore[union-attr]
    body = yaml.load(text, Loader=yaml.CSafeLoader)["interactions"][0]["response"]["body"]["string"]
    return json.loads(gzip.decompress(body) if isinstance(body, bytes) else body)


def as_site(charts: Mapping[str, Any]) -> Any:
    """A respond function that has these charts by listing; one may be ``(status, headers, body)``."""

    def respond(path: str, query: Mapping[str, str]) -> tuple[int, Mapping[str, str], bytes]:
        if path == "/v1/test/getcrumb":
            return 200, {}, b"crumb0"
        if not path.startswith("/v8/finance/chart/"):
            return 404, {}, b""  # the cookie page answers so too
        chart = charts.get(path.removeprefix("/v8/finance/chart/"))
        if isinstance(chart, tuple):
            return chart
        if chart is None:
            error = {"code": "Not Found", "description": "No data found, symbol may be delisted"}
            return 404, {}, json.dumps({"chart": {"result": None, "error": error}}).encode()
        return 200, {"Content-Type": "application/json"}, json.dumps(chart).encode()

    return respond
