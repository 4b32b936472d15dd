"""What a model goes by: its own importance where it has one, and permutation importance for any."""

from dataclasses import replace

import numpy as np

from tradewind.alphas.calibration import log_odds
from tradewind.alphas.learned import LearnedModel
from tradewind.alphas.ruled import RuleModel
from tradewind.core.errors import ModelError
from tradewind.core.panel import Floats, Samples

AnyModel = LearnedModel | RuleModel


def explain(model: AnyModel, rows: Samples | None = None, *, seed: int = 0) -> dict[str, float]:
    """Importance by factor, largest first, summing to 1 (all 0 where nothing matters).

    Split gain for boosters, impurity for forests, absolute coefficients for logistic regression; for a
    model that has none of its own, permutation on ``rows``, which must then be given and labelled.

    Raises
    ------
    ModelError
        The model has no importance of its own and no rows are given, or it is not fitted.
    """
    own = model.importance()
    if own is None:
        if rows is None:
            message = f"The model {model.name!r} has no importance of its own."
            raise ModelError(message, "Give labelled rows, so that its factors can be permuted.")
        harm = {
            name: max(value, 0.0) for name, value in permutation_importance(model, rows, seed=seed).items()
        }
        total = sum(harm.values())
        own = {name: value / total if total > 0.0 else 0.0 for name, value in harm.items()}
    return dict(sorted(own.items(), key=lambda item: (-item[1], item[0])))


def permutation_importance(model: AnyModel, rows: Samples, *, seed: int = 0) -> dict[str, float]:
    """Rise of log loss (nats a row) when one factor's times are shuffled, the same way for all instruments.

    Breiman (2001). Whole times are moved, so histories keep the values but lose their moment. A factor that
    doubles another shows little: the other one stands in for it. Rows without a label or a prediction are
    left out.
    """
    known = rows.take(np.isfinite(rows.label_return))
    names = [str(name) for name in _names(model)]
    base = _log_loss(model, known)
    order = np.random.default_rng(seed).permutation(rows.cube.shape[0])
    harm: dict[str, float] = {}
    cube = rows.cube.copy()
    for name in names:
        k = rows.names.index(name)
        cube[:, :, k] = rows.cube[order][:, :, k]
        harm[name] = _log_loss(model, replace(known, cube=cube)) - base
        cube[:, :, k] = rows.cube[:, :, k]
    return harm


def _names(model: AnyModel) -> tuple[str, ...]:
    return model.rule.needs if isinstance(model, RuleModel) else model.trained.preparation.names


def _log_loss(model: AnyModel, rows: Samples) -> float:
    probability = model.predict(rows).probability_up
    judged = np.isfinite(probability)
    if not judged.any():
        message = f"The model {model.name!r} can judge none of the {len(rows)} rows."
        raise ModelError(message, "Give labelled rows that have its factors.")
    odds: Floats = log_odds(probability[judged])
    up = rows.label_return[judged] > 0.0
    return float(np.mean(np.logaddexp(0.0, np.where(up, -odds, odds))))
