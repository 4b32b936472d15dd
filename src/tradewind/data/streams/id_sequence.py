"""Messages once each: of numbered ones a late one is let through and a hole counted."""

from collections import OrderedDict, deque
from collections.abc import Hashable


class IdSequence:
    """Ids of an instrument's trades, rising by one; ``most_missing`` at most are remembered as missing."""

    def __init__(self, most_missing: int = 10_000) -> None:
        self.last: int | None = None
        self.repeated = 0
        self.late = 0
        self._most_missing = most_missing
        self._missing: set[int] = set()
        self._order: deque[int] = deque()
        self._lost = 0

    @property
    def missing(self) -> int:
        """Ids that were passed over and have not come since."""
        return len(self._missing) + self._lost

    def is_new(self, number: int) -> bool:
        """Whether this id has not been seen; it then has."""
        if self.last is None or number == self.last + 1:
            self.last = number
            return True
        if number > self.last:
            self._pass_over(self.last + 1, number)
            self.last = number
            return True
        if number in self._missing:
            self._missing.remove(number)
            self.late += 1
            return True
        self.repeated += 1
        return False

    def _pass_over(self, first: int, end: int) -> None:
        self._lost += max(end - first - self._most_missing, 0)
        for number in range(max(first, end - self._most_missing), end):
            self._missing.add(number)
            self._order.append(number)
        while len(self._order) > self._most_missing:
            oldest = self._order.popleft()
            if oldest in self._missing:
                self._missing.remove(oldest)
                self._lost += 1


class RecentIds:
    """Messages that are told apart and not numbered: each of the last ``most`` is new once."""

    def __init__(self, most: int = 10_000) -> None:
        self._most = most
        self._seen: OrderedDict[Hashable, None] = OrderedDict()

    def is_new(self, key: Hashable) -> bool:
        """Whether this one has not been seen lately; it then has."""
        if key in self._seen:
            return False
        self._seen[key] = None
        if len(self._seen) > self._most:
            self._seen.popitem(last=False)
        return True
