"""What each model really carries in the blend: its share in the latest decisions, not what it was given."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from tradewind.core.decisions import DecisionMade
from tradewind.core.events import ModelStatus

ModelKey = tuple[str, str, int]
"""Model, timeframe, horizon in bars."""


class Carried(NamedTuple):
    """The mean ``share`` of a model (0 to 1) over ``blends``; ``seq`` is the latest decision among them."""

    seq: int
    share: float
    blends: int


def carried(
    decisions: Iterable[tuple[int, DecisionMade]], models: Mapping[ModelKey, tuple[int, ModelStatus]]
) -> dict[ModelKey, Carried]:
    """The share of each model that has voted.

    ``decisions`` are the latest ones of each strategy and instrument in which the blend had a view. A model
    that is silent on one of its strategy's instruments carries 0 there; instruments of strategies that do
    not listen to it do not count. Over the models of one strategy the shares add up to 1.
    """
    fitted = Counter((name, status.model_version) for (name, _, _), (_, status) in models.items())
    voted: dict[str, list[tuple[int, DecisionMade]]] = {}
    for seq, decision in decisions:
        voted.setdefault(decision.strategy, []).append((seq, decision))
    shares: dict[ModelKey, Carried] = {}
    for key, (_, status) in models.items():
        alone = fitted[key[0], status.model_version] == 1
        found = [
            blend for blends in voted.values() if (blend := _in_strategy(blends, key, status, alone=alone))
        ]
        if found:
            count = sum(one.blends for one in found)
            shares[key] = Carried(
                max(one.seq for one in found), sum(one.share for one in found) / count, count
            )
    return shares


def _in_strategy(
    blends: list[tuple[int, DecisionMade]], key: ModelKey, status: ModelStatus, *, alone: bool
) -> Carried | None:
    """The sum of the model's shares over the strategy's blends; None where it votes in none of them.

    A version that was fitted more than once is told apart by the timeframe that the strategy decides on.
    """
    total, votes = 0.0, 0
    for _, decision in blends:
        for vote in decision.votes:
            same = vote.model == key[0] and vote.version == status.model_version
            if same and (alone or decision.timeframe == key[1]):
                total, votes = total + vote.weight, votes + 1
    return Carried(max(seq for seq, _ in blends), total, len(blends)) if votes else None
