"""Why an order exists, or why there is none, from a journal alone."""

from tradewind.app.session.journals import session_instrument
from tradewind.core.journal_ports import JournalReader
from tradewind.views.explanation.explain import explain_order
from tradewind.views.explanation.refusal import explain_refusal
from tradewind.views.explanation.steps import Explanation


def explain(reader: JournalReader, order: str = "", symbol: str = "") -> Explanation:
    """The story of an order; without one the refusal that came nearest to an order.

    Raises
    ------
    JournalError
        The journal holds no order of that id.
    UnknownSymbolError
        The session does not know the symbol.
    """
    if order:
        return explain_order(reader, order)
    return explain_refusal(reader, session_instrument(reader, symbol).id if symbol else "")
