"""What has to be said before a session may trade real money: a switch, typed words, a capped size.

Nothing here opens anything: the ``live`` verb asks these in turn, and each refuses by raising.
"""

from collections.abc import Callable

from tradewind.core.errors import ConfigError
from tradewind.core.settings import Amount, Settings


class LiveSettings(Settings, frozen=True, kw_only=True):
    """The section that arms live trading.

    Attributes
    ----------
    armed
        The explicit switch; ``--live`` says the same. Off, no live session starts.
    cap
        The most of the account's currency that the session may hold or owe; it has to be given.
    """

    armed: bool = False
    cap: Amount = 0.0


def require_armed(settings: LiveSettings, *, switch: bool) -> None:
    """ConfigError unless somebody said (option or setting) that the session is live, and how large."""
    if not (switch or settings.armed):
        message = "A live session trades real money, and nobody said that it may."
        raise ConfigError(message, "Give --live, or set live.armed.", location=("live", "armed"))
    if settings.cap <= 0.0:
        message = "A live session wants a cap on its size, and live.cap is not set."
        raise ConfigError(message, "Set live.cap to an amount that you can lose.", location=("live", "cap"))


def words_to_type(broker: str, account: str, settings: LiveSettings) -> str:
    """The words that a person types: they name the broker, the account and the cap."""
    return f"trade {settings.cap:g} live at {broker} as {account}"


def require_typed(wanted: str, ask: Callable[[str], str]) -> None:
    """Ask a person to type the words; ConfigError where something else comes."""
    if ask(wanted).strip() != wanted:
        message = "The words were not typed as asked."
        raise ConfigError(message, f"Nothing was started. Type: {wanted}")


def capped_equity_e8(equity_e8: int, settings: LiveSettings) -> int:
    """What the session sizes by: the account's equity in 1e-8, never above the cap."""
    return min(equity_e8, round(settings.cap * 1e8))
