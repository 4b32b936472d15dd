"""A model card: what a version is, what it learnt from and how it did, in Markdown.

After Mitchell et al. (2019), "Model cards for model reporting".
"""

from collections.abc import Mapping

from tradewind.alphas.version_record import VersionRecord
from tradewind.core.timestamps import iso

_CALIBRATION = (
    *("edge_formula", "base_rate", "mean_up_bps", "mean_down_bps", "drift_bps", "platt_slope"),
    *("platt_t_statistic", "coefficient_bps", "published_coefficient_bps", "slope_bps_unshrunk"),
    *("slope_t_statistic", "interval_scale", "interval_coverage_nominal", "interval_coverage_measured"),
)


def model_card(record: VersionRecord) -> str:
    """The card of a version."""
    said = record.description
    sections = [
        f"# {record.model} {record.version}",
        _facts(
            {
                "family": said.get("family"),
                "trained": iso(record.created_ns),
                "training time": f"{record.train_seconds:.2f} s",
                "code version": record.code_version,
                "seed": said.get("seed"),
                "horizon": f"{said.get('horizon_bars')} bars",
                "label basis": said.get("label_basis", "price only"),
                "lookback": f"{said.get('lookback')} times",
            }
        ),
        "## Parameters",
        _facts(_table(said.get("parameters"))),
        _changes(_table(said.get("changed_from_reference"))),
        "## Data",
        _window("Training", _table(said.get("train"))),
        _window("Validation", _table(said.get("validation"))),
        f"Instruments: {_listed(said.get('instruments'))}.",
        "## Factors",
        f"{_listed(said.get('factor_names'))}.",
        _left_out(_table(said.get("factors_left_out"))),
        "## Calibration",
        _facts({key.replace("_", " "): said[key] for key in _CALIBRATION if key in said}),
        "## Metrics",
        _facts(record.metrics) or "None were recorded.",
        "## Use",
        "A forecast of the return over the horizon, before costs. It trades only when the promotion "
        "gate, or a person who gave a reason, has made this version champion. It knows nothing of markets "
        "unlike its training window.",
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _table(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _facts(facts: Mapping[str, object]) -> str:
    return "\n".join(f"- {name}: {_number(value)}" for name, value in facts.items())


def _number(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _listed(value: object) -> str:
    return ", ".join(str(item) for item in value) if isinstance(value, list) and value else "none"


def _changes(changed: Mapping[str, object]) -> str:
    if not changed:
        return ""
    lines = [
        f"- {name}: {_table(v).get('used')} instead of {_table(v).get('reference')}"
        for name, v in changed.items()
    ]
    return "Differs from the reference:\n\n" + "\n".join(lines)


def _window(name: str, window: Mapping[str, object]) -> str:
    start, end = window.get("start_ns"), window.get("end_ns")
    if not isinstance(start, int) or not isinstance(end, int):
        return ""
    return (
        f"{name}: {window.get('rows')} rows from {iso(start)} to {iso(end)}, data {window.get('data_hash')}."
    )


def _left_out(reasons: Mapping[str, object]) -> str:
    if not reasons:
        return ""
    return "Left out: " + "; ".join(f"{name} ({why})" for name, why in reasons.items()) + "."
