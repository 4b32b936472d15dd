"""``tradewind risk``: what a session's book could lose, and who earned what, from a journal alone."""

from typing import TYPE_CHECKING, Annotated

import typer

from tradewind.cli.options import Config, Home, Journal, Json, read_home
from tradewind.cli.output import print_json, say
from tradewind.cli.tables import print_table
from tradewind.cli.which_session import chosen_journal

if TYPE_CHECKING:
    from tradewind.app.session.risk_desk import RiskReport
    from tradewind.app.session.risk_tail import TailFit


def register(app: typer.Typer) -> None:
    """Enter the verb."""
    app.command()(risk)


def risk(
    name: Annotated[
        str, typer.Argument(help="Name of the session; none takes the newest in the home folder.")
    ] = "",
    journal: Journal = None,
    config: Config = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Measure a session's book: exposure, value at risk and its parts, stress, and profit by who earned it.

    Example: tradewind risk paper
    """
    import msgspec

    from tradewind.app.session.journals import open_journal
    from tradewind.app.session.risk_desk import risk_of

    path = chosen_journal(read_home(config, home), name, journal, quiet=as_json)
    with open_journal(path, say, by_index=True) as reader:
        found = risk_of(reader)
    if as_json:
        print_json({"journal": str(path)} | msgspec.to_builtins(found))
        return
    _print_measures(found)
    _print_profit(found)
    for note in found.notes:
        say(note)
    say(f"{found.session_id}: equity {found.equity} {found.base_currency}, profit {found.profit}.")


def _print_measures(found: "RiskReport") -> None:
    print_table(
        "Exposure",
        ("by", "name", "gross", "net", "gross %"),
        ((row.by, row.name, row.gross, row.net, row.gross_pct) for row in found.exposures),
    )
    print_table(
        "Concentration of gross exposure",
        ("by", "Herfindahl", "worth so many equal ones"),
        ((row.by, row.herfindahl, row.effective) for row in found.concentration),
    )
    if found.var:
        print_table(
            f"Value at risk of one day, in % of equity, over {found.var_days} days",
            ("method", "level", "value at risk %", "expected shortfall %"),
            ((row.method, f"{row.level:.0%}", row.var_pct, row.shortfall_pct) for row in found.var),
        )
        print_table(
            f"Whose it is (normal, 99 %); being together saves {found.diversification_pct:.2f} %",
            ("instrument", "weight %", "part %", "alone %"),
            (
                (row.instrument_id, row.weight_pct, row.component_pct, row.standalone_pct)
                for row in found.components
            ),
        )
    if found.tail:
        _print_tail(found.tail)
    print_table(
        "Stress, the worst first",
        ("scenario", "change", "% of equity", "worst", "what it is"),
        ((row.scenario, row.change, row.change_pct, row.worst, row.description) for row in found.stress),
    )
    if found.backtest:
        print_table(
            "Historical value at risk of up to "
            f"{found.backtest[0].window} days against the account's own next day",
            ("level", "days", "exceptions", "expected", "Kupiec p", "Christoffersen p", "light"),
            (
                (
                    f"{row.level:.0%}",
                    row.days,
                    row.exceptions,
                    row.expected,
                    row.kupiec_p,
                    row.christoffersen_p,
                    row.light,
                )
                for row in found.backtest
            ),
        )


def _print_tail(tail: "TailFit") -> None:
    print_table(
        f"Tail beyond {tail.threshold_pct:.2f} % (generalised Pareto, {tail.excesses} days)",
        ("shape", "± s.e.", "scale %", "± s.e.", "mean excess %", "QQ correlation", "VaR 99 %", "ES 99 %"),
        (
            (
                tail.shape,
                "none" if tail.shape_error is None else tail.shape_error,
                tail.scale_pct,
                "none" if tail.scale_error_pct is None else tail.scale_error_pct,
                tail.mean_excess_pct,
                tail.quantile_correlation,
                tail.var_pct,
                "infinite" if tail.shortfall_pct is None else tail.shortfall_pct,
            ),
        ),
    )


def _print_profit(found: "RiskReport") -> None:
    print_table(
        f"Who earned what, in {found.base_currency} (income {found.income}, commission {found.commission})",
        ("by", "name", "profit"),
        ((row.by, row.name, row.profit) for row in found.attribution),
    )
