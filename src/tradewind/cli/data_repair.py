"""``tradewind data repair``: what is wrong with a stored series, and what is to be done about it."""

from typing import TYPE_CHECKING, Annotated

import typer

from tradewind.cli.options import Config, Home, Json, read_workspace
from tradewind.cli.output import print_json
from tradewind.cli.tables import print_table
from tradewind.core.errors import ConfigError

if TYPE_CHECKING:
    from tradewind.app.market.repairing import Case, Choice, SeriesCases

_SHOWN = 40


def repair(
    symbol: Annotated[str, typer.Argument(help="One symbol, as people write it.")],
    accept: Annotated[
        list[str] | None, typer.Option("--accept", help="Id of a case to repair; several are allowed.")
    ] = None,
    reject: Annotated[
        list[str] | None, typer.Option("--reject", help="Id of a case that is none: it no longer counts.")
    ] = None,
    withdraw: Annotated[
        list[str] | None, typer.Option("--withdraw", help="Id of a case of which nothing is chosen any more.")
    ] = None,
    explain: Annotated[
        str | None, typer.Option("--explain", help="Id of a case to show in full.", show_default=False)
    ] = None,
    rule: Annotated[str, typer.Option("--rule", help="Only cases of this rule.")] = "",
    every: Annotated[bool, typer.Option("--all", help="Cases without a repair and mere hints too.")] = False,
    timeframe: Annotated[str, typer.Option("--timeframe", help="Length of a bar: 1m, 1h, 1d ...")] = "1d",
    source: Annotated[
        str | None,
        typer.Option("--source", help="Which source, where several are stored.", show_default=False),
    ] = None,
    by: Annotated[str, typer.Option("--by", help="Who chooses; the user of this computer if empty.")] = "",
    note: Annotated[str, typer.Option("--note", help="Why, kept with the choice.")] = "",
    config: Config = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """List what quality rules found in a stored series; accept, reject or explain a case.

    Stored bars are never changed: an accepted repair is made whenever they are read, and can be withdrawn.

    Example: tradewind data repair MSFT --all
    """
    from tradewind.app.market import repairing

    workspace = read_workspace(config, home)
    series = repairing.series_cases(workspace, symbol, timeframe, source)
    wanted = [(repairing.ACCEPTED, accept), (repairing.REJECTED, reject), (repairing.WITHDRAWN, withdraw)]
    chosen = [(choice, ids) for choice, ids in wanted if ids]
    if len(chosen) + (explain is not None) > 1:
        message = "Several of --accept, --reject, --withdraw and --explain are given."
        raise ConfigError(message, "Do one thing at a time.")
    if explain is not None:
        case = series.named(explain)
        rows = repairing.values_before_after(workspace, series, case)
        _print_explained(series, case, rows, as_json=as_json)
        return
    if chosen:
        choice, ids = chosen[0]
        made = repairing.choose(workspace, series, choice, ids, by=by, note=note)
        _print_made(series, made, as_json=as_json)
        return
    listed = [case for case in series.cases if not rule or case.rule == rule]
    _print_list(series, listed, every=every or bool(rule), as_json=as_json)


def _print_list(series: "SeriesCases", cases: list["Case"], *, every: bool, as_json: bool) -> None:
    shown = [case for case in cases if every or case.edit is not None or series.state(case) != "open"]
    if as_json:
        print_json(
            {
                "instrument_id": series.instrument_id,
                "timeframe": series.timeframe,
                "source": series.source,
                "cases": [_facts(series, case) for case in shown],
                "choices": [_choice_facts(one) for one in series.choices],
            }
        )
        return
    if shown:
        title = f"Cases of {series.instrument_id} {series.timeframe} from {series.source}"
        columns = ("id", "state", "rule", "severity", "first", "last", "rows", "repair")
        facts = [_facts(series, case) for case in shown[:_SHOWN]]
        print_table(title, columns, ([str(one[name])[:60] for name in columns] for one in facts))
    left = len(cases) - min(len(shown), _SHOWN)
    typer.echo(
        f"{len(shown)} of {len(cases)} cases have a repair or a choice"
        + (f"; {left} are not shown: see --all, --rule or --json." if left else ".")
    )


def _print_explained(
    series: "SeriesCases", case: "Case", rows: list[dict[str, object]], *, as_json: bool
) -> None:
    history = [_choice_facts(one) for one in series.choices if one.case.id == case.id]
    facts = _facts(series, case)
    if as_json:
        print_json(facts | {"bars": rows, "choices": history})
        return
    print_table(f"Case {case.id} of {series.instrument_id}", ("what", "value"), list(facts.items()))
    if rows:
        columns = ("time", "open_old", "open_new", "close_old", "close_new", "volume_old", "volume_new")
        print_table("Its first bars", columns, ([row[name] for name in columns] for row in rows))
    if history:
        names = ("time", "choice", "by", "old", "new", "note")
        print_table("What was chosen", names, ([one[name] for name in names] for one in history))


def _print_made(series: "SeriesCases", made: list["Choice"], *, as_json: bool) -> None:
    if as_json:
        print_json([_choice_facts(one) for one in made])
        return
    from tradewind.app.market.repairing import repair_words

    for one in made:
        words = f": {repair_words(one.case.edit)}" if one.choice == "accepted" else ""
        typer.echo(f"{one.choice.capitalize()} {one.case.id} ({one.case.rule}) by {one.by}{words}.")
    typer.echo(f"It holds from now on; the score follows with: tradewind data load {series.instrument_id}.")


def _facts(series: "SeriesCases", case: "Case") -> dict[str, object]:
    from tradewind.app.market.repairing import repair_words
    from tradewind.core.timestamps import iso

    return {
        "id": case.id,
        "state": series.state(case),
        "rule": case.rule,
        "severity": case.severity,
        "first": iso(case.first_ns)[:16],
        "last": iso(case.last_ns)[:16],
        "rows": case.rows,
        "what": case.what,
        "repair": repair_words(case.edit),
        "old": None if case.edit is None else _number(case.edit.old),
        "new": None if case.edit is None else _number(case.edit.new),
    }


def _choice_facts(one: "Choice") -> dict[str, object]:
    from tradewind.core.timestamps import iso

    edit = one.case.edit
    return {
        "time": iso(one.chosen_ns),
        "choice": one.choice,
        "by": one.by,
        "id": one.case.id,
        "rule": one.case.rule,
        "old": None if edit is None else _number(edit.old),
        "new": None if edit is None else _number(edit.new),
        "note": one.note,
    }


def _number(value: float) -> float | None:
    """NaN is no JSON."""
    return value if value == value else None
