"""An explanation: steps in words with the figures behind them, as text for people and as JSON for pages."""

import msgspec

Figure = str | float | bool | None


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step of the story: a heading, what happened in words, and the figures. ``seq`` is its record."""

    heading: str
    sentences: tuple[str, ...]
    seq: int | None = None
    figures: tuple[dict[str, Figure], ...] = ()


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """Why an order exists and what became of it, or why there is none."""

    title: str
    summary: str
    instrument_id: str
    client_order_id: str
    decision_id: str
    steps: tuple[Step, ...]

    def to_dict(self) -> dict[str, object]:
        """Plain JSON types; a figure that is not a number is None."""
        plain: dict[str, object] = msgspec.json.decode(msgspec.json.encode(self))
        return plain

    def to_text(self) -> str:
        """The story as plain text, one heading a paragraph."""
        lines = [self.title, "=" * len(self.title), self.summary]
        for number, step in enumerate(self.steps, start=1):
            where = f"  (record {step.seq})" if step.seq is not None else ""
            lines += ["", f"{number}. {step.heading}{where}"]
            lines += [f"   {sentence}" for sentence in step.sentences]
        return "\n".join(lines) + "\n"
