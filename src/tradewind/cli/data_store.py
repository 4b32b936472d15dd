"""``tradewind data store``: files or a PostgreSQL server, its upgrade, and all of it copied to the other."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from tradewind.cli.options import Config, Home, Json, read_config
from tradewind.cli.output import print_json, progress_bar, say
from tradewind.cli.tables import print_table
from tradewind.core.errors import ConfigError, StoreError

if TYPE_CHECKING:
    from tradewind.app.config import TradewindConfig


def store(
    upgrade: Annotated[
        bool, typer.Option("--upgrade", help="Make or bring up to date the tables on the server.")
    ] = False,
    copy: Annotated[
        str, typer.Option("--copy", help="Copy all of it: to-server or to-files.", show_default=False)
    ] = "",
    replace: Annotated[
        bool, typer.Option("--replace", help="With --copy: replace what is there and differs.")
    ] = False,
    config: Config = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Show where loaded data is kept; upgrade the database; copy between files and server.

    Files of the home keep it, or the server that postgres.url names. A copy that is broken off goes on when
    it is asked for again, and leaves alone what is there and differs.

    Example: tradewind data store
    """
    settings = read_config(config, home)
    if replace and not copy:
        message = "--replace is for --copy, which is not given."
        raise ConfigError(message, "Say --copy to-server or --copy to-files.")
    if upgrade:
        _upgrade(settings, as_json=as_json and not copy)
    if copy:
        _copy(settings, copy, replace=replace, as_json=as_json)
    elif not upgrade:
        _show(settings, as_json=as_json)


def _show(config: "TradewindConfig", *, as_json: bool) -> None:
    from tradewind.app.market.store_desk import store_card

    card = store_card(config)
    if as_json:
        print_json(asdict(card) | {"current": card.revision is None or card.revision.current})
        return
    say(f"{card.kind}: {card.place}")
    if card.revision is not None:
        has, newest = card.revision.at or "none", card.revision.newest
        say(
            f"Revision {has}, newest {newest}" + ("." if card.revision.current else ": data store --upgrade.")
        )
    rows = [(table, str(count)) for table, count in card.tables.items()]
    if rows:
        print_table("What is kept", ("table", "partitions"), rows)
    else:
        say("Nothing is kept yet.")


def _upgrade(config: "TradewindConfig", *, as_json: bool) -> None:
    from tradewind.app.market.store_desk import upgrade_store

    before, after = upgrade_store(config)
    if as_json:
        print_json({"before": before.at, "after": after.at, "changed": before.at != after.at})
    elif before.at == after.at:
        say(f"The database is at revision {after.at}, the newest: nothing to do.")
    else:
        say(f"The database went from {before.at or 'nothing'} to revision {after.at}.")


def _copy(config: "TradewindConfig", to: str, *, replace: bool, as_json: bool) -> None:
    from tradewind.app.market.store_desk import Direction, copy_store

    if to not in set(Direction):
        message = f"--copy {to!r} is no direction."
        raise ConfigError(message, f"Choose one of: {', '.join(Direction)}.")
    with progress_bar("Copying", quiet=as_json) as update:
        done = copy_store(config, Direction(to), replace=replace, on_progress=update)
    if as_json:
        print_json(asdict(done))
    else:
        say(f"{done.copied} partitions copied, {done.same} were there, {len(done.differing)} differ.")
        for name in done.differing:
            say(f"  {name}: other rows are there; --replace puts these in their place.")
    if done.differing:
        raise typer.Exit(StoreError.exit_code)
