"""The promotion gate's word on the models of a session, heard before anything is fitted."""

from collections.abc import Iterable, Sequence

from tradewind.app.home import Home
from tradewind.app.session.plan import PromotionWord
from tradewind.app.session.settings import StrategyConfig
from tradewind.core.vocabulary import PromotionOutcome
from tradewind.validation.ledger import TrialLedger

UNJUDGED = PromotionOutcome.REFUSED
WHAT_TO_DO = "`tradewind validate` judges models; --override-gate lets refused ones trade, which is recorded."


def gate_words(home: Home, models: Iterable[str]) -> list[PromotionWord]:
    """The newest verdict on each model in the trial ledger; one that was never judged counts as refused."""
    verdicts = TrialLedger(home.ledger).newest_verdicts()
    words = []
    for name in dict.fromkeys(models):
        verdict, reasons = verdicts.get(name, (UNJUDGED, ("It was never judged.",)))
        words.append(PromotionWord(name, PromotionOutcome(verdict), reasons))
    return words


def not_traded_on(
    strategies: Iterable[StrategyConfig], words: Iterable[PromotionWord], *, override: bool
) -> tuple[str, ...]:
    """Models that the gate keeps from trading. A strategy of somebody's own hears its models all the same."""
    if override:
        return ()
    gated = {model for strategy in strategies if not strategy.use for model in strategy.models}
    return tuple(
        word.model for word in words if word.model in gated and word.verdict is not PromotionOutcome.ACCEPTED
    )


def stopped_by_gate(
    strategies: Sequence[StrategyConfig], words: Sequence[PromotionWord], *, override: bool
) -> str:
    """Which strategies will send no order because all of their models are refused, and why; else empty."""
    out = set(not_traded_on(strategies, words, override=override))
    stopped = [one for one in strategies if one.models and not one.use and set(one.models) <= out]
    if not stopped:
        return ""
    heard = {model for one in stopped for model in one.models}
    each = "; ".join(f"{word.model}: {_first(word.reasons)}" for word in words if word.model in heard)
    names = " and ".join(one.name for one in stopped)
    return f"The gate has accepted no model of {names}, so no order will come of it. {each}. {WHAT_TO_DO}"


def _first(reasons: Sequence[str]) -> str:
    said = (reasons[0] if reasons else "refused").rstrip(".")
    return f"{said} (and {len(reasons) - 1} more)" if len(reasons) > 1 else said
