"""Which providers there are: each is one file (or folder) under ``data/providers``."""

from collections.abc import Callable

from tradewind.core.ports import HistoryProvider
from tradewind.core.registry import Registry

PROVIDERS: Registry[Callable[..., HistoryProvider]] = Registry("provider", "tradewind.data.providers")
"""Factories by name; what they take (keys, addresses, limits) is each provider's own keyword arguments."""
