"""How an instrument moves with a reference: the roles are ``spy``, ``btc`` and ``dxy``.

A reference is joined as last known at each own bar's time, and its return is taken over the same own bar.
"""

import numpy as np

from tradewind.core.panel import Floats
from tradewind.factors.memory import Window
from tradewind.factors.registry import each, factor
from tradewind.factors.statistical.moments import joint_share
from tradewind.kernels.rounding import settled_at
from tradewind.kernels.windows import lagged, ratio, relative_change
from tradewind.kernels.windows_moments import rolling_sums

ROLES = ("spy", "btc", "dxy")


@factor(
    name="_link_{role}_{n}",
    group="shared",
    inputs=["close", "{role}:close"],
    memory=lambda role, n: Window(n + 1),
    formula="variances and covariance of simple returns with {role} over {n} bars",
    source="sample moments",
    params=each(role=ROLES, n=(20, 60)),
    parts=["own", "reference", "joint"],
)
def link(close: Floats, reference: Floats, role: str, n: int) -> tuple[Floats, Floats, Floats]:
    """Variances of both and their covariance."""
    own, other, joint = rolling_sums(relative_change(close, 1), relative_change(reference, 1), n)
    return own, other, joint


@factor(
    name="corr_{role}_{n}",
    group="cross-asset",
    inputs=["_link_{role}_{n}.own", "_link_{role}_{n}.reference", "_link_{role}_{n}.joint"],
    memory=Window(1),
    formula="correlation of simple returns with {role} over {n} bars",
    source="Pearson",
    params=each(role=ROLES, n=(20, 60)),
)
def correlation(own: Floats, reference: Floats, joint: Floats, role: str, n: int) -> Floats:
    """Correlation, -1 to 1; 0 where one of the two does not move."""
    return joint_share(own, reference, joint)


@factor(
    name="beta_{role}_{n}",
    group="cross-asset",
    inputs=["_link_{role}_{n}.reference", "_link_{role}_{n}.joint"],
    memory=Window(1),
    formula="covariance with {role} / variance of {role} over {n} bars",
    source="market model",
    params=each(role=ROLES, n=(20, 60)),
)
def beta(reference: Floats, joint: Floats, role: str, n: int) -> Floats:
    """Beta; 0 where the reference does not move."""
    return ratio(joint, np.square(settled_at(np.sqrt(reference), 1.0)), 0.0)


@factor(
    name="corr_change_{role}",
    group="cross-asset",
    inputs=["corr_{role}_20", "corr_{role}_60"],
    memory=Window(1),
    formula="corr_{role}_20 - corr_{role}_60",
    source="short against long correlation",
    params=each(role=ROLES),
)
def correlation_change(short: Floats, long: Floats, role: str) -> Floats:
    """Change of correlation."""
    return short - long


@factor(
    name="relative_strength_{role}_{n}",
    group="cross-asset",
    inputs=["close", "{role}:close"],
    memory=lambda role, n: Window(n + 1),
    formula="return over {n} bars less that of {role}",
    source="relative strength",
    params=each(role=ROLES, n=(20, 60)),
)
def relative_strength(close: Floats, reference: Floats, role: str, n: int) -> Floats:
    """Return in excess of the reference's."""
    return relative_change(close, n) - relative_change(reference, n)


@factor(
    name="lead_{role}_{n}",
    group="cross-asset",
    inputs=["close", "{role}:close"],
    memory=lambda role, n: Window(n + 2),
    formula="correlation of simple returns with those of {role} one bar before, over {n} bars",
    source="lead-lag correlation",
    params=each(role=ROLES, n=(60,)),
)
def lead(close: Floats, reference: Floats, role: str, n: int) -> Floats:
    """How far the reference leads, -1 to 1; 0 where one of the two does not move."""
    own, other, joint = rolling_sums(relative_change(close, 1), lagged(relative_change(reference, 1), 1), n)
    return joint_share(own, other, joint)
