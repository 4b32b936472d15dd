"""Why an order exists, or why there is none, from a journal alone."""

from contextlib import closing

from tradewind.app.session.journals import session_instrument
from tradewind.core.journal_ports import OpenReader
from tradewind.journal.opening import open_names
from tradewind.views.explanation.explain import explain_order
from tradewind.views.explanation.refusal import explain_refusal
from tradewind.views.explanation.steps import Explanation


def explain(reader: OpenReader, order: str = "", symbol: str = "") -> Explanation:
    """The story of an order; without one the refusal that came nearest to an order.

    Raises
    ------
    JournalError
        The journal holds no order of that id.
    UnknownSymbolError
        The session does not know the symbol.
    """
    if order:
        with closing(open_names(reader.path)) as names:
            return explain_order(reader, order, names.name)
    return explain_refusal(reader, session_instrument(reader, symbol).id if symbol else "")
