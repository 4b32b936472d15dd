"""One self-contained page about what a session's orders cost, and its figures as JSON beside it."""

from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from tradewind.core.errors import StoreError
from tradewind.core.money import cash_to_decimal
from tradewind.views.amounts import shown_figure, shown_money
from tradewind.views.fill_times import FILL_TIMES
from tradewind.views.tca import figures
from tradewind.views.tca.rows import TransactionCosts

if TYPE_CHECKING:
    from jinja2 import Template

_DEAREST = 40


def render_costs(costs: TransactionCosts) -> str:
    """The page as HTML: no script, no file or host besides itself."""
    groups = [(by, list(members)) for by, members in groupby(costs.groups, key=lambda group: group.by)]
    some = any(bps == bps for bps in costs.total.markout_bps.values())
    return _template().render(
        costs=costs,
        parts=figures.parts_figure(costs.total.parts),
        part_names=figures.PART_NAMES,
        markouts=figures.markout_figure(costs.total) if some else "",
        groups=[(by, members, figures.groups_figure(members)) for by, members in groups],
        dearest=sorted(costs.orders, key=lambda row: -row.shortfall_e8)[:_DEAREST],
        fill_times=FILL_TIMES,
        nan=float("nan"),
    )


def write_costs(costs: TransactionCosts, path: Path) -> tuple[Path, Path]:
    """Write the page at ``path`` and the JSON beside it; gives both. StoreError where the disk refuses."""
    data = path.with_suffix(".json")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(render_costs(costs), encoding="utf-8")
        data.write_bytes(msgspec.json.encode(costs))
    except OSError as error:
        message = f"The page {path} cannot be written: {error.strerror or error}."
        raise StoreError(message, "Choose another path, or free some space.") from error
    return path, data


@cache
def _template() -> "Template":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("tradewind.views.tca.page", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"cash": _cash, "figure": shown_figure}
    return environment.get_template("page.html.j2")


def _cash(cash_e8: int) -> str:
    return shown_money(cash_to_decimal(cash_e8))
