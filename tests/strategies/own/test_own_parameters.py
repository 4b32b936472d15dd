"""Parameters of own strategies: annotated attributes, typed and bounded."""

from typing import Annotated, ClassVar, Literal

import msgspec
import pytest

import tradewind as tw
from tradewind.core.errors import ConfigError
from tradewind.strategies.own.strategy import factor_names_of, parameters_of


class Mine(tw.Strategy):
    """Parameters of several types."""

    fast: int = 10
    share: Annotated[float, msgspec.Meta(gt=0.0, le=1.0)] = 0.5
    side: Literal["long", "both"] = "long"
    limits: ClassVar[int] = 7
    factors = ("rsi_{fast}", "ema_50")


def test_parameters_are_the_annotated_attributes_and_keywords_change_them() -> None:
    assert list(parameters_of(Mine)) == ["fast", "share", "side"]
    made = Mine(fast=21)
    assert (made.fast, made.share, made.side) == (21, 0.5, "long")
    assert factor_names_of(made) == ("rsi_21", "ema_50")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"fsat": 3}, r"no parameter 'fsat'.*It has fast, share, side"),
        ({"fast": "ten"}, r"parameters\.fast is 'ten'"),
        ({"fast": 1.5}, r"parameters\.fast is 1\.5"),
        ({"share": 0}, r"parameters\.share is 0"),
        ({"share": float("nan")}, r"parameters\.share is nan"),
        ({"side": "short"}, r"parameters\.side is 'short'"),
        ({"limits": 9}, r"no parameter 'limits'"),
    ],
)
def test_wrong_parameters_are_refused_by_name(given: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        Mine(**given)


def test_a_factor_that_names_no_parameter_is_refused() -> None:
    class Other(tw.Strategy):
        factors = ("rsi_{length}",)

    with pytest.raises(ConfigError, match="Other names a parameter that it lacks"):
        factor_names_of(Other())
