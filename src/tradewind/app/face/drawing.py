"""A plot for notebooks and files: the report's own figure, with its colours inside."""

from dataclasses import dataclass
from pathlib import Path

from tradewind.core.errors import ConfigError, NoDataError
from tradewind.store.export import write_file
from tradewind.views.report.figures import equity_figure
from tradewind.views.rows import Changes

_STYLE = (
    "svg{font:12px system-ui,sans-serif;background:#fff}.curve{fill:none;stroke-width:1.6}"
    ".thin{stroke-width:1.1}.accent{stroke:#2563eb}.down{stroke:#c0392b}.accent-area{fill:#2563eb1f}"
    ".down-area{fill:#c0392b1f}.grid{stroke:#e3e6ea}.axis{stroke:#9aa1a9}text{fill:#4a5058}"
    ".middle{text-anchor:middle}.end{text-anchor:end}"
)


@dataclass(frozen=True)
class Drawing:
    """One SVG picture."""

    svg: str

    def save(self, path: str | Path) -> Path:
        """Write the picture; ConfigError for another ending than .svg or .html."""
        where = Path(path)
        if where.suffix.lower() not in (".svg", ".html"):
            message = f"{where} ends in {where.suffix!r}."
            raise ConfigError(message, "Use .svg or .html.")
        write_file(where, self.svg.encode())
        return where

    def _repr_html_(self) -> str:
        return self.svg


def draw_session(session: Changes) -> Drawing:
    """Equity over time with the drawdown below it; NoDataError where the account was never valued twice."""
    if len(session.curve) < 2:
        message = f"The session has {len(session.curve)} marks of its account."
        raise NoDataError(message, "Run it over more bars.")
    drawn = str(equity_figure(session.curve))
    opened = drawn.index(">") + 1
    return Drawing(f"{drawn[:opened]}<style>{_STYLE}</style>{drawn[opened:]}")
