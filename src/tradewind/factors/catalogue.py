"""The catalogue page, generated from the registry."""

from itertools import groupby

from tradewind.core.registry import Registry
from tradewind.factors.describe import FactorCard, describe_all
from tradewind.factors.families import FactorRegistry
from tradewind.factors.registry import FACTORS, FactorSpec

_INTRO = """# Factors

This page is generated from the registry. Row counts are bars of the instrument itself. *First* is the first
row with a value; *settle* is the row from which an earlier start changes nothing above 1e-6 of scale.
Any factor can be asked for at a lag of 1 to 50 bars, as `rsi_14.lag3`. Letters may be of any case.
Those listed are the usual ones of their [families](#families); others resolve when they are asked for.
"""
_FAMILIES = """## Families

Any numbers are made from the same declaration: `rsi_13`, `macd_10_20_5`, `rank_rsi_13`.

| family | takes |
|---|---|
"""


def catalogue(registry: Registry[FactorSpec] = FACTORS) -> str:
    """The page in Markdown: the package's own factors, whatever else is installed."""
    own = (card for card in describe_all(registry=registry) if not registry.entry(card.name).outside)
    cards = sorted(own, key=lambda card: (card.group, card.name))
    parts = [_INTRO, f"There are {len(cards)} factors.\n"]
    for group, members in groupby(cards, key=lambda card: card.group):
        rows = [_line(card) for card in members]
        head = "| name | formula | source | inputs | first | settle | memory |\n|---|---|---|---|---|---|---|"
        parts.append(f"## {group} ({len(rows)})\n\n{head}\n" + "\n".join(rows) + "\n")
    if isinstance(registry, FactorRegistry):
        families = (f"| `{family.template}` | {family.takes()} |\n" for family in registry.families())
        parts.append(_FAMILIES + "".join(families))
    return "\n".join(parts)


def _line(card: FactorCard) -> str:
    formula = f"= `{card.also}`: {card.formula}" if card.also else card.formula
    cells = (
        f"`{card.name}`",
        formula.replace("|", "\\|"),
        card.source,
        ", ".join(card.inputs),
        str(card.first_valid),
        str(card.settle),
        card.memory,
    )
    return "| " + " | ".join(cells) + " |"
