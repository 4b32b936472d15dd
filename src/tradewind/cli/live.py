"""``tradewind live``: orders go to an account at a broker; ``tradewind shadow``: they go nowhere."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from tradewind.cli.options import Config, Home, Json, Seed, read_config
from tradewind.cli.output import say
from tradewind.cli.session_options import with_session_options
from tradewind.cli.sessions import SessionName, live_words, prepare, tell_outcome
from tradewind.cli.stages import stage_bars
from tradewind.core.vocabulary import SessionMode

if TYPE_CHECKING:
    from tradewind.app.session.asked import Asked
    from tradewind.app.session.plan import SessionPlan

Url = Annotated[str, typer.Option("--url", help="Another address of the live stream.", show_default=False)]
RestUrl = Annotated[
    str, typer.Option("--rest-url", help="Another address of its history.", show_default=False)
]


def register(app: typer.Typer) -> None:
    """Enter the verbs."""
    app.command()(with_session_options(live))
    app.command()(with_session_options(shadow))


def live(
    asked: "Asked",
    name: SessionName = "live",
    broker: Annotated[
        str, typer.Option("--broker", help="Whose account it trades, such as alpaca.", show_default=False)
    ] = "",
    real_money: Annotated[
        bool,
        typer.Option("--real-money", help="The account holds real money; else the broker's paper account."),
    ] = False,
    confirm: Annotated[
        str,
        typer.Option(
            "--confirm", help="The words to type for real money, where nobody can.", show_default=False
        ),
    ] = "",
    rehearsal: Annotated[
        str,
        typer.Option(
            "--rehearsal",
            help="Address of a `tradewind venue`: trade there, in its time.",
            show_default=False,
        ),
    ] = "",
    url: Url = "",
    rest_url: RestUrl = "",
    config: Config = None,
    home: Home = None,
    seed: Seed = None,
    as_json: Json = False,
) -> None:
    """Trade an account at a broker on a live feed: its paper account, or with --real-money a real one.

    The session takes over what the account holds, as session.broker.holdings says, and uses at most
    session.broker.capital of it. Started again under its name after a crash it asks the broker how everything
    stands before it decides anything, and sends no order twice. Keys are read from variables such as
    TRADEWIND_ALPACA_PAPER_API_KEY.

    With --rehearsal it trades at a local venue over recorded prices instead, where nothing is real.

    Example: tradewind live --broker alpaca --symbols AAPL,MSFT --models time_series_momentum
    """
    from tradewind.app.rehearsal.joining import join
    from tradewind.app.session.live_account import run_at_broker
    from tradewind.app.session.opening_broker import broker_of, require_broker, require_words
    from tradewind.app.session.operators import os_user

    asked = replace(asked, live=True, url=url, rest_url=rest_url, broker=broker)
    loaded = read_config(config, home, seed)
    joined = join(rehearsal) if rehearsal else None
    if joined is not None:
        loaded = loaded.changed_by(joined.options())
    with stage_bars(quiet=as_json) as on_stage:
        plan, kept = prepare(
            loaded, asked, name, SessionMode.LIVE, on_stage,
            lambda wanted: require_broker(wanted, real_money=real_money),
        )  # fmt: skip
        require_broker(plan.config, real_money=real_money)  # as it was begun, where it goes on
        require_words(plan, confirm or _typed(plan))
        say(live_words(plan))
        ran = run_at_broker(plan, broker_of(plan, joined), operator=os_user(), tell=say)
    tell_outcome(plan, ran, kept, as_json=as_json)


def shadow(
    asked: "Asked",
    name: SessionName = "shadow",
    url: Url = "",
    rest_url: RestUrl = "",
    config: Config = None,
    home: Home = None,
    seed: Seed = None,
    as_json: Json = False,
) -> None:
    """Decide on a live feed and send nothing: every order is recorded as it would have left, and none leaves.

    Nothing is ever held, so each decision says what it would begin now.

    Example: tradewind shadow --config my.yaml
    """
    from tradewind.app.session.live_account import run_shadow
    from tradewind.app.session.operators import os_user

    asked = replace(asked, live=True, url=url, rest_url=rest_url)
    loaded = read_config(config, home, seed)
    with stage_bars(quiet=as_json) as on_stage:
        plan, kept = prepare(loaded, asked, name, SessionMode.SHADOW, on_stage)
        say(live_words(plan))
        ran = run_shadow(plan, operator=os_user(), tell=say)
    tell_outcome(plan, ran, kept, as_json=as_json)


def _typed(plan: "SessionPlan") -> str:
    """What a person types where the money is real; nothing is asked elsewhere."""
    from tradewind.app.session.opening_broker import REAL, words_to_type

    if plan.config.session.broker.account != REAL:
        return ""
    say(f"Real money. To go on, type: {words_to_type(plan)}")
    return str(typer.prompt("", prompt_suffix="> ", default="", show_default=False, err=True))
