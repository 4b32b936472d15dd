"""What the orders of a journal's last session cost, from the journal alone."""

from collections.abc import Sequence
from pathlib import Path

from tradewind.app.session.calibration import Calibration, calibrate
from tradewind.app.session.journals import session_instrument
from tradewind.app.session.last_session import last_start
from tradewind.core.errors import ConfigError
from tradewind.core.journal_ports import JournalReader
from tradewind.views.tca.analysis import AFTER, analyse
from tradewind.views.tca.following import KINDS
from tradewind.views.tca.rows import TransactionCosts


def transaction_costs(
    reader: JournalReader, symbol: str = "", after: Sequence[int] = AFTER
) -> TransactionCosts:
    """The analysis of the last session, of one symbol or of all; ``after`` counts prices after each fill.

    Raises
    ------
    ConfigError
        A count of ``after`` is below 1.
    UnknownSymbolError
        The session does not know the symbol.
    JournalError
        The journal holds no session.
    """
    wrong = [count for count in after if count < 1]
    if wrong or not after:
        message = f"A mark-out cannot be taken {wrong[0] if wrong else 'no'} prices after a fill."
        raise ConfigError(message, "Give whole numbers of 1 or more, such as --after 1,5,20.")
    start, first = last_start(reader)
    wanted = session_instrument(reader, symbol).id if symbol else ""
    records = reader.read_kind(*KINDS, start=first)
    return analyse(start, records, instrument_id=wanted, after=tuple(dict.fromkeys(after)))


def calibrate_costs(reader: JournalReader, costs: TransactionCosts, name: str, home: Path) -> Calibration:
    """Keep the cost model's figures as the session's fills have them; see :mod:`.calibration`."""
    return calibrate(costs, last_start(reader)[0], name, home)
