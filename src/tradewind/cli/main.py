"""``tradewind``: the root of all verbs, and the one place where an error becomes an exit code."""

import os
import re
import sys
import traceback
from typing import Annotated, Any

import typer

from tradewind.cli import (
    audit,
    backtest,
    config,
    data,
    demo,
    explain,
    factors,
    health,
    journal,
    live,
    orders,
    paper,
    plugins,
    positions,
    replay,
    report,
    risk,
    route,
    serve,
    tca,
    train,
    validate,
    venue,
    warm,
)
from tradewind.cli.output import print_error, say_error
from tradewind.core.errors import StoreError, TradewindError
from tradewind.core.redaction import redact_message
from tradewind.core.version import VERSION

app = typer.Typer(
    name="tradewind",
    help="From raw market data to orders that are sized, checked, executed, recorded and explained.",
    epilog="Start with: tradewind demo. Nothing here is investment advice.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"max_content_width": 110},
    rich_markup_mode=None,  # plain help: what draws frames takes longer to load than all the rest
)

BROKEN_OFF = 130
"""Exit code after Ctrl-C, as shells have it."""

_OptionError: Any = typer.BadParameter.__mro__[1]
"""What typer raises for any wrong option."""

for _verb in (
    demo,
    train,
    validate,
    backtest,
    paper,
    live,
    replay,
    report,
    orders,
    positions,
    explain,
    tca,
    route,
    risk,
    health,
    serve,
    venue,
    warm,
):
    _verb.register(app)
for _group in (data, factors, plugins, audit, journal, config):
    app.add_typer(_group.app)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"tradewind {VERSION}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options that stand before any verb."""
    if "--help" not in sys.argv[1:]:
        _check_variables()


def _check_variables() -> None:
    """Refuse a variable ``TRADEWIND_*`` that is none, whether or not the verb reads the configuration."""
    if any(name.upper().startswith("TRADEWIND_") for name in os.environ):  # else nothing is to be imported
        from tradewind.app.config import TradewindConfig
        from tradewind.app.environment import from_environment

        from_environment(TradewindConfig.model_fields)


def main() -> None:
    """Run the command line. Exit code 0 is success; each kind of error has its own (see core/errors)."""
    as_json = "--json" in sys.argv[1:]
    # Whatever is written, journals and their side files above all, is the owner's alone from its first byte.
    mask = os.umask(0o077)
    try:
        code = _run(as_json=as_json)
    except TradewindError as error:
        say_error(error, as_json=as_json)
        code = error.exit_code
    except BrokenPipeError:
        code = 141
    except OSError as error:
        refused = StoreError(_words_of(error), "Check the path and the room on the disk.")
        say_error(refused, as_json=as_json)
        code = refused.exit_code
    except Exception as error:
        if not as_json:
            raise
        traceback.print_exc()
        print_error(type(error).__name__, str(error), "This is a fault of Tradewind: please report it.", 1)
        code = 1
    finally:
        os.umask(mask)
    sys.exit(code)


def _run(*, as_json: bool) -> int:
    """The exit code of what was asked for; a wrong option is one sentence, and an object with ``--json``."""
    try:
        return int(app(prog_name="tradewind", standalone_mode=False) or 0)
    except _OptionError as error:
        message = " ".join(error.format_message().split()).rstrip(".")
        if not message:  # Nothing was asked for, and the help has been shown.
            return int(error.exit_code)
        message += _given(message)
        asked = error.ctx.command_path if error.ctx is not None else "tradewind"
        hint = f"See `{asked} --help`."
        sys.stderr.write(f"Error: {redact_message(f'{message}. {hint}')}\n")
        if as_json:
            print_error("OptionError", f"{message}.", hint, error.exit_code)
        return int(error.exit_code)
    except (typer.Abort, KeyboardInterrupt):
        sys.stderr.write("Broken off. A session goes on where its journal ends when it is started again.\n")
        if as_json:
            print_error("Aborted", "It was broken off.", "Start it again.", BROKEN_OFF)
        return BROKEN_OFF


def _given(message: str) -> str:
    """What was given for the option that the message names, where the message leaves it out."""
    named = re.search(r"'(--[a-z-]+)'", message)
    words = sys.argv[1:]
    for word, after in zip(words, [*words[1:], ""], strict=True):
        option, joined, value = word.partition("=")
        given = value if joined else after
        if named and option == named[1] and given and given not in message:
            return f", it is {given}"
    return ""


def _words_of(error: OSError) -> str:
    named = f"{error.filename}: " if error.filename else ""
    return f"{named}{error.strerror or error}."
