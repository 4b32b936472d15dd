"""Looking names up so that an error knows where in the configuration the name stands."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from tradewind.app.market.names import InstrumentNames
from tradewind.core.errors import TradewindError
from tradewind.core.instruments import Instrument
from tradewind.core.registry import Registry
from tradewind.core.settings import Location, dotted

T = TypeVar("T")


def located(location: Location, act: Callable[[], T]) -> T:
    """``act``, whose errors then know where the setting stands."""
    try:
        return act()
    except TradewindError as error:
        if not error.location:
            error.location = location
            error.message = f"{dotted(location)}: {error.message}"
        raise


def known(registry: Registry[Any], name: str, at: Location) -> Any:
    """The plug-in of that name, whose library is there."""
    return located(at, lambda: registry.get(name))


def instruments_at(symbols: Iterable[str], at: Location, names: InstrumentNames) -> dict[str, Instrument]:
    """The instruments that are meant, by id; nobody is asked for them."""
    return located(at, lambda: names.named(tuple(symbols)))
