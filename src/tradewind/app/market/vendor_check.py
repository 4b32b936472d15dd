"""Whether what is said of sources can be: their names, limits, addresses, and the keys of the environment."""

import os
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any

from tradewind.app.environment import is_key
from tradewind.app.located import located
from tradewind.app.market.vendor_config import VendorConfig, key_variables, vendor_arguments
from tradewind.core.errors import ConfigError, RegistryError
from tradewind.data.policy.addresses import check_address
from tradewind.data.registry import SOURCES
from tradewind.execution.brokers.credentials import AccountKind, variables
from tradewind.execution.brokers.registry import BROKERS


def check_vendors(vendors: Mapping[str, VendorConfig], environment: Mapping[str, str] = os.environ) -> None:
    """Refuse limits of sources that are none, addresses that are not safe, and keys that nobody wants.

    Raises
    ------
    ConfigError, RegistryError
        Names the setting or the variable.
    """
    for name, vendor in vendors.items():
        at = ("providers", name)
        factories = _factories(name)
        if not factories:
            known = sorted({one for registry in SOURCES for one in registry.names()})
            message = f"providers names {name!r}, which is no source of data."
            raise RegistryError(message, f"Known are: {', '.join(known)}.", location=at)
        if vendor.base_url:
            located((*at, "base_url"), partial(check_address, vendor.base_url))
        _check_taken(name, factories, vendor)
    _check_keys(environment)


def _factories(name: str) -> list[Callable[..., Any]]:
    """What makes the parts of a source that are installed."""
    return [
        registry.get(name)
        for registry in SOURCES
        for entry in registry.entries()
        if entry.name == name and not entry.missing()
    ]


def _check_taken(name: str, factories: list[Callable[..., Any]], vendor: VendorConfig) -> None:
    """Some part of the source takes what is said of it."""
    refused = ConfigError(f"The source {name!r} takes no settings.", f"Take out providers.{name}.")
    for factory in factories:
        try:
            vendor_arguments(name, factory, Path(), vendor, {})
        except ConfigError as error:
            refused = error
        else:
            return
    raise refused


def _check_keys(environment: Mapping[str, str]) -> None:
    given = sorted(name for name in environment if is_key(name))
    if not given:
        return  # all sources are imported only where there is a key to be placed
    wanted = {
        variable
        for registry in SOURCES
        for entry in registry.entries()
        for variable in key_variables(entry.name, entry.plugin).values()
    }
    wanted |= {
        variable for name in BROKERS.names() for kind in AccountKind for variable in variables(name, kind)
    }
    for name in given:
        if name.upper() not in wanted:
            near = get_close_matches(name.upper(), wanted, n=1)
            known = f"Did you mean {near[0]}?" if near else f"Keys are: {', '.join(sorted(wanted))}."
            message = f"The environment has {name}, a key of no source."
            raise ConfigError(message, f"Unset it. {known}")
