"""One source in a row of them: its stream, who fetches what it missed, and how it does."""

from dataclasses import dataclass, field

from tradewind.core.ports import StreamProvider
from tradewind.data.failover.health import Health, HealthSettings
from tradewind.data.failover.probation import Probation, ProbationSettings, Standing
from tradewind.data.streams.bar_events import FetchBars

LEAST_AGREEMENT = 0.5
"""Part of the newest bars that agree with what was served, under which a source is not taken."""


@dataclass(frozen=True)
class Source:
    """One of the row.

    Attributes
    ----------
    name
        What records call it.
    fetch_bars
        Asked, in a thread, for bars that it missed.
    polled
        It is asked for each bar once that has closed, and so may be later by ``polled_grace_s``.
    """

    name: str
    stream: StreamProvider
    fetch_bars: FetchBars
    polled: bool = False


@dataclass(frozen=True)
class FailoverSettings:
    """When the serving source is left.

    Attributes
    ----------
    grace_s
        How much later than the first source it may bring a bar.
    polled_grace_s
        The same of a source that is polled.
    quiet_s
        How long it may bring nothing at all while another source does, where both are heard all the time.
    restart_s
        After how long a stream that ended is started again.
    retake
        Whether a source that stands earlier in the row takes over again once it has proved itself.
    """

    grace_s: float = 0.5
    polled_grace_s: float = 5.0
    quiet_s: float = 1.0
    restart_s: float = 1.0
    retake: bool = True
    health: HealthSettings = field(default_factory=HealthSettings)
    probation: ProbationSettings = field(default_factory=ProbationSettings)


class Runner:
    """A source while it runs."""

    def __init__(self, source: Source, place: int, settings: FailoverSettings) -> None:
        self.source, self.place = source, place
        self.name = source.name
        self.grace_s = settings.polled_grace_s if source.polled else settings.grace_s
        self.health = Health(settings.health, settings.quiet_s)
        self.probation = Probation(settings.probation)
        self.up = False
        self.ended = False
        """Its stream ended with an error that no waiting mends: it is out for good."""

    def can_serve(self) -> bool:
        """Whether it may be switched to: connected, not out, and mostly at the others' prices."""
        standing, agreement = self.probation.standing, self.health.agreement
        return self.up and not self.ended and standing is not Standing.OUT and agreement >= LEAST_AGREEMENT

    def rank(self, at_s: float) -> tuple[bool, float, int]:
        """Sorts the best first: proved ones, then by score in steps of a tenth, then by place in the row."""
        proved = self.probation.standing is Standing.GOOD
        return (not proved, -round(self.health.score(at_s), 1), self.place)
