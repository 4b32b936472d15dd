"""What holds for a whole file: its timeframe, which end of a bar it stamps, and where its clock stands."""

from dataclasses import dataclass

import numpy as np

from tradewind.core.errors import BarFileError, UnsettledFileError
from tradewind.core.market import Timeframe
from tradewind.core.timestamps import NS_PER_DAY, iso
from tradewind.data.importing.layout import Layout
from tradewind.data.importing.options import ImportOptions, Stamped
from tradewind.data.importing.spacing import spacing_of
from tradewind.data.importing.table import Table
from tradewind.data.importing.table_series import TableSeries


@dataclass(frozen=True)
class Habits:
    """What holds for all series of a file. ``zone`` is empty where it is not needed."""

    frame: Timeframe
    told_by: str
    stamped: Stamped
    zone: str
    intraday: bool


def habits_of(table: Table, layout: Layout, options: ImportOptions, found: TableSeries) -> Habits:
    """Timeframe, stamp and zone, by what is said, else by the shape, else by the rows.

    Raises
    ------
    UnsettledFileError
        The timeframe or the zone is not to be told.
    BarFileError
        The rows have the distance of no timeframe.
    """
    moments = found.moments
    if moments.bad.all():
        row = int(np.argmax([len(rows) for rows in found.rows]))
        line = int(table.line[0])
        message = (
            f"{table.file} line {line}: {found.faults[row].get(0, 'the date is missing')}; no row has a date."
        )
        raise BarFileError(
            message, "Say its date_format (--date-format), such as %d/%m/%Y.", file=table.file, line=line
        )
    asked = options.timeframe or layout.timeframe
    if asked:
        frame = Timeframe(asked)
        told_by = "the option timeframe" if options.timeframe else "the file's own word"
        if not moments.has_time and frame.length_ns < NS_PER_DAY and len(table.line) > 1:
            message = f"{table.file} has dates without times, which are no {frame} bars."
            raise BarFileError(message, "Leave the timeframe out.", file=table.file)
    else:
        longest = max(found.rows, key=len)
        sound = ~moments.bad[longest.row]
        frame, told_by = spacing_of(np.unique(longest.local_ns[sound]), moments.has_time, table.file)
    intraday = frame.length_ns < NS_PER_DAY
    zone = options.zone or layout.zone
    if intraday and moments.utc_ns is None and not zone:
        row = int(np.argmax(~moments.bad))
        when = iso(int(moments.local_ns[row])).removesuffix("Z")
        message = f"{table.file} line {int(table.line[row])}: the time {when} has no zone."
        step = "Say the zone in which its clock stands (--zone), such as America/New_York or UTC."
        raise UnsettledFileError(message, step, file=table.file, option="zone", line=int(table.line[row]))
    stamped = Stamped(options.stamped) if options.stamped else layout.stamped
    return Habits(
        frame, told_by, stamped, "" if moments.utc_ns is not None or not intraday else zone, intraday
    )
