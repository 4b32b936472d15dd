"""Which live streams there are: each is one file (or folder) under ``data/streams``."""

from collections.abc import Callable

from tradewind.core.ports import StreamProvider
from tradewind.core.registry import Registry

STREAMS: Registry[Callable[..., StreamProvider]] = Registry("stream", "tradewind.data.streams")
"""Factories by name; what they take (addresses, settings) is each stream's own keyword arguments."""
