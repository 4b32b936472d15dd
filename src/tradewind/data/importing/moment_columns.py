"""What the stamps of a table say, as columns."""

from dataclasses import dataclass

import numpy as np

from tradewind.core.panel import Bools, Ints
from tradewind.core.timestamps import NS_PER_DAY


@dataclass(frozen=True)
class Moments:
    """What the rows' stamps say, (R,).

    ``local_ns`` is the clock's own reading as if it were UTC, ``utc_ns`` the moment, where the file tells it
    (None: there is no offset, so the zone is asked for). ``bad`` are cells that are no date.
    """

    local_ns: Ints
    utc_ns: Ints | None
    bad: Bools
    date_order: str = ""
    settled_by: str = ""
    notes: tuple[str, ...] = ()

    @property
    def has_time(self) -> bool:
        """Whether any stamp is not a midnight."""
        return bool(np.any(self.local_ns[~self.bad] % NS_PER_DAY))
