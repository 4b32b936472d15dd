"""``tradewind data universe``: which instruments pass the configured filters as of a date."""

from typing import Annotated

import typer

from tradewind.cli.options import Config, Home, Json, read_config
from tradewind.cli.output import print_json
from tradewind.cli.spans import words
from tradewind.cli.tables import print_table


def universe(
    symbols: Annotated[
        list[str] | None, typer.Argument(help="Symbols; none takes those of the session.")
    ] = None,
    as_of: Annotated[
        str, typer.Option("--as-of", help="By what was known then, as 2015-03-02.", show_default="now")
    ] = "",
    timeframe: Annotated[str, typer.Option("--timeframe", help="Length of a bar: 1m, 1h, 1d ...")] = "1d",
    config: Config = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Show who passes the filters of ``session.universe`` at a date, and what left the others out.

    Looks at stored bars and facts known by then, and at nothing after.

    Example: tradewind data universe MSFT --as-of 2005-06-01
    """
    from tradewind.app.market.universe_desk import universe_as_of
    from tradewind.core.clock import WallClock
    from tradewind.core.instruments import symbol_of
    from tradewind.core.timestamps import iso, parse_ns

    moment = parse_ns(as_of) if as_of else WallClock().now_ns()
    found = universe_as_of(read_config(config, home), words(symbols), moment, timeframe)
    if as_json:
        print_json(
            {
                "as_of": iso(moment),
                "instruments": [
                    {
                        "instrument_id": one.instrument_id,
                        "called": one.called or symbol_of(one.instrument_id),
                        "inside": one.inside,
                        "why": one.why,
                        "rank": one.rank,
                        "traded_value": one.traded_value,
                        "filters": [
                            {"filter": name, "passes": s.passes, "figure": s.figure, "words": s.words}
                            for name, s in one.said
                        ],
                    }
                    for one in found
                ],
            }
        )
        return
    rows = [
        (one.label, "in" if one.inside else "out", one.rank or "", one.traded_value, one.why) for one in found
    ]
    title = f"Universe as of {iso(moment)[:16]}: {sum(one.inside for one in found)} of {len(found)}"
    print_table(title, ("instrument", "universe", "rank", "median value of a day", "why"), rows)
