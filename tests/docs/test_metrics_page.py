"""The page of metrics tells of every figure there is, and of none that is not."""

from pathlib import Path

import msgspec

from tradewind.views.report import measures
from tradewind.views.report.measures import SessionStatistics
from tradewind.views.report.metrics import METRICS, TITLES
from tradewind.views.report.metrics_page import metrics_page

ROOT = Path(__file__).parents[2]
TABLES = {
    "returns": measures.ReturnFigures,
    "drawdowns": measures.DrawdownFigures,
    "exposure": measures.ExposureFigures,
    "trades": measures.TradeFigures,
    "costs": measures.CostFigures,
    "benchmark": measures.BenchmarkFigures,
}


def test_every_field_of_the_statistics_is_a_metric_and_the_other_way_round() -> None:
    told = {(metric.group, metric.field) for metric in METRICS}
    there = {
        (group, field.name)
        for group, table in TABLES.items()
        for field in msgspec.structs.fields(table)
        if field.name != "name"  # of the benchmark
    }
    assert told == there
    assert len(METRICS) == len(told)
    assert set(TABLES) == set(TITLES) <= {field.name for field in msgspec.structs.fields(SessionStatistics)}


def test_units_are_those_of_the_names() -> None:
    for metric in METRICS:
        assert metric.field.endswith("_pct") == (metric.unit == "%"), metric.field
        assert metric.field.endswith("_bps") == (metric.unit == "bps"), metric.field
        assert metric.field.endswith("_days") <= (metric.unit in ("days", "")), metric.field


def test_the_page_is_the_table() -> None:
    page = (ROOT / "docs" / "metrics.md").read_text("utf-8")
    assert page.rstrip("\n") == metrics_page().rstrip("\n"), "make docs writes it anew"
    assert all(f"| `{metric.field}` |" in page for metric in METRICS)
