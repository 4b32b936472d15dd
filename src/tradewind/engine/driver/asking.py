"""Asking models: at once, out of what was prepared, or in a worker whose late answers a deadline decides.

All give back events; neither decides anything. The forecasts enter the journal as inputs.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol

from tradewind.core.forecasts import FactorRow, Forecast, ForecastFailed
from tradewind.core.ports import ModelHost
from tradewind.engine.driver.mailbox import Answered, Mailbox

Said = Sequence[FactorRow | Forecast | ForecastFailed]


class Asking(Protocol):
    """How a cycle's rows become forecasts."""

    def ask(self, ts_ns: int, rows: Sequence[FactorRow]) -> Said | None:
        """The answers; None when they will come through the mailbox."""
        ...

    def take(self, answer: Answered) -> Said | None:
        """What an answer from the mailbox brings; None for one of an earlier cycle."""
        ...

    def waiting(self) -> bool:
        """Whether answers are still to come."""
        ...

    def at_rest(self) -> bool:
        """Whether no model works: not even for a cycle that was decided without it."""
        ...

    def overdue(self, now_s: float) -> Said:
        """Failures of all models that have not answered by their deadline; then nothing waits any more."""
        ...

    def close(self) -> None:
        """Let go of workers."""
        ...


class _AnsweredAtOnce:
    """What is the same for all who answer while they are asked: nothing is ever on its way."""

    def take(self, answer: Answered) -> Said | None:
        """Nothing comes through the mailbox."""
        return None

    def waiting(self) -> bool:
        """Never."""
        return False

    def at_rest(self) -> bool:
        """Always."""
        return True

    def overdue(self, now_s: float) -> Said:
        """Never any."""
        return []

    def close(self) -> None:
        """Nothing to let go of."""


class AskAtOnce(_AnsweredAtOnce):
    """Models answer in the loop's own thread: recorded feeds, which wait for everybody."""

    def __init__(self, host: ModelHost) -> None:
        self._host = host

    def ask(self, ts_ns: int, rows: Sequence[FactorRow]) -> Said | None:
        """All answers, now."""
        return self._host.forecasts(rows) if rows else []


class AskPrepared(_AnsweredAtOnce):
    """Factor rows and forecasts made beforehand, handed out as their time comes: backtests.

    Parameters
    ----------
    events
        In order of time; a row comes before the forecasts made from it.
    after_ns
        What was known up to here has been handed out before.
    """

    def __init__(self, events: Iterable[FactorRow | Forecast | ForecastFailed], after_ns: int = 0) -> None:
        self._events = iter(events)
        self._next = next((event for event in self._events if event.ts_event > after_ns), None)

    def ask(self, ts_ns: int, rows: Sequence[FactorRow]) -> Said | None:
        """All that is known by now and has not been handed out."""
        said: list[FactorRow | Forecast | ForecastFailed] = []
        while self._next is not None and self._next.ts_event <= ts_ns:
            said.append(self._next)
            self._next = next(self._events, None)
        return said


class AskWorkers:
    """Models answer in a worker thread, each as it is ready; one that is late drops out of the cycle.

    Parameters
    ----------
    deadline_s
        Seconds from the question; a model that has not answered by then has failed in this cycle.
    now_s
        A clock that never goes back.
    """

    def __init__(
        self, host: ModelHost, mailbox: Mailbox, deadline_s: float, now_s: Callable[[], float]
    ) -> None:
        self._host, self._mailbox, self._deadline_s, self._now_s = host, mailbox, deadline_s, now_s
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="models")
        self._cycle = 0
        self._rows: Sequence[FactorRow] = ()
        self._missing: set[str] = set()
        self._due_s = 0.0
        self._running: Future[None] | None = None

    def ask(self, ts_ns: int, rows: Sequence[FactorRow]) -> Said | None:
        """Hand the rows to the worker; its answers come through the mailbox."""
        if not rows:
            return []
        self._cycle += 1
        self._rows, self._missing = rows, set(self._host.model_names)
        self._due_s = self._now_s() + self._deadline_s
        self._running = self._pool.submit(self._work, self._cycle, tuple(rows))
        return None

    def take(self, answer: Answered) -> Said | None:
        """An answer of the cycle that waits; one of an earlier cycle came too late and is dropped."""
        if answer.cycle != self._cycle or not self._missing:
            return None
        if answer.model:
            self._missing.discard(answer.model)
        else:
            self._missing.clear()
        return answer.events

    def waiting(self) -> bool:
        """Whether a model has not answered."""
        return bool(self._missing)

    def at_rest(self) -> bool:
        """Whether the worker has done all that it was asked: only then is the host's memory all rows."""
        return self._running is None or self._running.done()

    def overdue(self, now_s: float) -> Said:
        """A failure for each row of each model that is late."""
        if not self._missing or now_s < self._due_s:
            return []
        late, self._missing = sorted(self._missing), set()
        reason = f"no answer within {self._deadline_s:g} s"
        return [
            ForecastFailed(
                ts_event=row.ts_event,
                model=model,
                instrument_id=row.instrument_id,
                reason=reason,
                timeframe=row.timeframe,
            )
            for model in late
            for row in self._rows
        ]

    def close(self) -> None:
        """Let go of the worker; a model that never ends is left to itself."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _work(self, cycle: int, rows: Sequence[FactorRow]) -> None:
        for model, said in self._host.answers(rows):
            self._mailbox.put(Answered(cycle, model, said))
        self._mailbox.put(Answered(cycle, "", ()))
