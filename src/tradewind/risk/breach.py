"""The one way to hold an exposure against a cap that is a fraction of equity."""

from tradewind.core.decisions import APPROVED, Refused, RiskVerdict
from tradewind.core.money import CASH_SCALE
from tradewind.kernels.limits import cap_e8


def within(rule: str, what: str, value_e8: int, limit: float, equity_e8: int) -> RiskVerdict:
    """Approved when ``value_e8`` is at most ``limit`` of equity, else a refusal with the figures."""
    cap = cap_e8(equity_e8, limit)
    if value_e8 <= cap:
        return APPROVED
    share = value_e8 / equity_e8 if equity_e8 > 0 else float("inf")
    reason = f"{what} would be {share:.2%} of equity; {limit:.2%} is allowed."
    figures = {
        "value": value_e8 / CASH_SCALE,
        "cap": cap / CASH_SCALE,
        "equity": equity_e8 / CASH_SCALE,
        "limit": limit,
    }
    return Refused(rule=rule, reason=reason, figures=figures)
