"""The ``providers:`` section: limits, manners and addresses of sources; their keys the environment has alone.

What a source takes is read off its factory: ``settings`` with its free tier as the default, ``base_url``, and
a :class:`~tradewind.data.policy.redaction.Secret` for each key, which the variable ``TRADEWIND_<NAME>_<KEY>``
gives (``api_key`` of ``alpha_vantage`` is ``TRADEWIND_ALPHA_VANTAGE_API_KEY``).
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from inspect import Parameter, signature
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from tradewind.app.environment import KEYS, PREFIX
from tradewind.app.market.instrument_config import FeeConfig
from tradewind.core.errors import ConfigError
from tradewind.data.policy.call_budget import PER_DAY, PER_MINUTE, CallLimit
from tradewind.data.policy.provider_policy import PolicySettings
from tradewind.data.policy.redaction import Secret

_WORDS = {"base_url": "address", "feed": "feed to choose", "contact": "use for a contact"}
_TIMES = {"calls_per_minute": PER_MINUTE, "calls_per_day": PER_DAY}


class VendorConfig(BaseModel):
    """One source; what is left out is its free tier's."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    calls_per_minute: int | None = Field(default=None, ge=1, le=1_000_000, description="or units of weight")
    calls_per_day: int | None = Field(default=None, ge=1, le=100_000_000)
    timeout_s: float | None = Field(default=None, gt=0.0, le=600.0, description="of one call")
    cache_ttl_s: float | None = Field(default=None, ge=0.0, le=31_536_000.0, description="age of an answer")
    base_url: str = Field(default="", max_length=200, description="another address, https or loopback")
    feed: str = Field(default="", max_length=40, description="which of its feeds, such as sip of alpaca")

    contact: str = Field(
        default="", max_length=200, pattern=r"^[ -~]*$", description="who asks: a name and an e-mail address"
    )

    fees: FeeConfig | None = Field(default=None, description="of your account's tier, of an exchange")

    def settings(self, free: PolicySettings) -> PolicySettings:
        """The free tier with what is said here in its place."""
        said = {per_s: calls for name, per_s in _TIMES.items() if (calls := getattr(self, name)) is not None}
        kept = tuple(limit for limit in free.limits if limit.per_s not in said)
        changed = tuple(CallLimit(calls, per_s) for per_s, calls in said.items())
        given = {name: getattr(self, name) for name in ("timeout_s", "cache_ttl_s")}
        return replace(
            free, limits=kept + changed, **{name: value for name, value in given.items() if value is not None}
        )


USUAL = VendorConfig()


def key_variables(name: str, factory: Callable[..., Any]) -> dict[str, str]:
    """The variable of the environment for each key that a source takes, by its keyword."""
    takes = signature(factory).parameters
    return {word: f"{PREFIX}{name.upper()}_{word.upper()}" for word in KEYS if word in takes}


def vendor_arguments(
    name: str,
    factory: Callable[..., Any],
    folder: Path,
    vendor: VendorConfig = USUAL,
    environment: Mapping[str, str] = os.environ,
) -> dict[str, Any]:
    """What to call a source's ``factory`` with: its folder, address, limits and keys, where it takes them.

    A key that is not set is left out: the source says which variable it wants when it is asked for data.

    Raises
    ------
    ConfigError
        The configuration says something of it that it does not take.
    """
    takes = signature(factory).parameters
    given = own_arguments(name, factory, folder, environment)
    for word in _WORDS:
        if said := getattr(vendor, word):
            _require(takes, word, name)
            given[word] = said
    if vendor.fees is not None:
        _require(takes, "fees", name)
        given["fees"] = vendor.fees.schedule()
    if vendor.model_dump(exclude={*_WORDS, "fees"}, exclude_none=True):
        _require(takes, "settings", name)
        given["settings"] = vendor.settings(takes["settings"].default)
    return given


def own_arguments(
    name: str, factory: Callable[..., Any], folder: Path, environment: Mapping[str, str] = os.environ
) -> dict[str, Any]:
    """A source's folder and keys alone, where it takes them."""
    given: dict[str, Any] = {"folder": folder} if "folder" in signature(factory).parameters else {}
    for word, variable in key_variables(name, factory).items():
        if environment.get(variable):
            given[word] = Secret(environment[variable])
    return given


def call_limits(factory: Callable[..., Any], vendor: VendorConfig = USUAL) -> tuple[CallLimit, ...]:
    """The limits that a source is held to; none where it says none."""
    settings = signature(factory).parameters.get("settings")
    free = settings.default if settings is not None else None
    return vendor.settings(free).limits if isinstance(free, PolicySettings) else ()


def _require(takes: Mapping[str, Parameter], word: str, name: str) -> None:
    if word not in takes:
        what = _WORDS.get(word, "fees to set" if word == "fees" else "limit, timeout or cache of its own")
        message = f"The provider {name!r} has no {what}."
        raise ConfigError(message, f"Take it out of providers.{name}.", location=("providers", name))
