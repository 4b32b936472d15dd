"""Longs minus shorts stay within a share of equity, either way."""

from tradewind.core.decisions import RiskVerdict
from tradewind.core.instruments import Instrument
from tradewind.core.orders import Order, Side
from tradewind.core.settings import Limit, Settings
from tradewind.risk.breach import within
from tradewind.risk.registry import risk_rule
from tradewind.risk.view import OrderView


class NetExposure(Settings, frozen=True, kw_only=True):
    """Largest net exposure, long or short, as a fraction of equity."""

    limit: Limit = 1.0


@risk_rule("net_exposure", NetExposure(), stage=3, needs_exposure=True)
def net_exposure(order: Order, instrument: Instrument, view: OrderView, settings: NetExposure) -> RiskVerdict:
    """Refuse a buy that could make the book too long, or a sale that could make it too short.

    The net is taken with every open order of the order's side filled and none of the other. It is the net
    on that side which counts: a buy that brings a book that is too short back towards zero passes.
    """
    exposures = view.exposures
    net = exposures.longest_net_e8 if order.side is Side.BUY else -exposures.shortest_net_e8
    return within("net_exposure", "Net exposure", net, settings.limit, view.book.equity_e8)
