"""Hands every event to the consumers that want its kind."""

from tradewind.core.errors import TradewindError
from tradewind.core.market import Event
from tradewind.data.streams.consumer_queue import ConsumerQueue, QueueSettings


class Hub:
    """Consumers by kind of event; a consumer that is slow or gone changes nothing for the others."""

    def __init__(self) -> None:
        self._by_kind: dict[type[Event], list[ConsumerQueue]] = {}

    def add(self, kinds: tuple[type[Event], ...], settings: QueueSettings | None = None) -> ConsumerQueue:
        """A queue that gets all events of these kinds from now on."""
        queue = ConsumerQueue(settings)
        for kind in kinds:
            self._by_kind.setdefault(kind, []).append(queue)
        return queue

    def remove(self, queue: ConsumerQueue) -> None:
        """Give it nothing more."""
        for queues in self._by_kind.values():
            if queue in queues:
                queues.remove(queue)
        queue.discard()

    def wants(self, kind: type[Event]) -> bool:
        """Whether anybody takes events of this kind."""
        return bool(self._by_kind.get(kind))

    def publish(self, event: Event) -> None:
        """Offer an event to everyone who wants its kind; never waits."""
        for queue in self._by_kind.get(type(event), ()):
            queue.offer(event)

    def close(self, error: TradewindError | None = None) -> None:
        """Tell all consumers that the source is at its end."""
        for queues in self._by_kind.values():
            for queue in queues:
                queue.close(error)
