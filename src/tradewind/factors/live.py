"""Factors inside the loop: fed bars of one timeframe, it gives a row per instrument at each ``cycle``.

Window and decaying factors are computed again over a tail of the instrument's own bars, long enough that the
start of a decaying one weighs under 1e-14; anchored factors carry their state. The functions are those of
the batch engine. A split brings the kept bars to the prices after it, so that no factor shows its jump: a row
is what a batch gives over the history adjusted as of the row's own moment.
"""

import sys
from collections.abc import Mapping, Sequence

import numpy as np

from tradewind.core.accounts import CorporateAction, price_factor
from tradewind.core.errors import ConfigError, DataError
from tradewind.core.events import AnyEvent, Timer, content_hash
from tradewind.core.forecasts import FactorRow
from tradewind.core.market import Bar
from tradewind.core.panel import BAR_COLUMNS, Floats
from tradewind.core.registry import Registry
from tradewind.core.vocabulary import ActionKind, TimerName
from tradewind.factors.evaluate import across_node
from tradewind.factors.history import History, SavedStage, decode_stage, encode_stage
from tradewind.factors.plan import Plan, is_raw, make_plan
from tradewind.factors.registry import FACTORS, FactorSpec
from tradewind.factors.tails import TailWork, anchored_nodes, tail_works

SLACK = 256
"""Bars kept beyond the longest tail, so that values can be had as of a slightly earlier time."""
REFERENCE_ROWS = 8_192


class LiveFactors:
    """Implements ``core.ports.FactorStage``.

    Parameters
    ----------
    names
        Factors; each row's values are aligned with them.
    instruments
        Instruments to give rows for, in the order in which rows come.
    groups
        Group of each instrument: factors across instruments go across its group. One group where not given.
    references
        Instrument that plays each role (``{"spy": "SPY"}``); its bars may come without it being in
        ``instrument_ids``.
    missing
        Bar columns that an instrument does not have at all.
    timeframe
        Of its bars and rows; bars of others pass it by.
    """

    def __init__(
        self,
        names: Sequence[str],
        instrument_ids: Sequence[str],
        *,
        groups: Mapping[str, str] | None = None,
        references: Mapping[str, str] | None = None,
        missing: Mapping[str, frozenset[str]] | None = None,
        timeframe: str = "1d",
        registry: Registry[FactorSpec] = FACTORS,
    ) -> None:
        self.timeframe = sys.intern(timeframe)  # records leave out a default by identity
        self.names = tuple(names)
        self.instrument_ids = tuple(instrument_ids)
        self._groups = {
            instrument_id: (groups or {}).get(instrument_id, "") for instrument_id in self.instrument_ids
        }
        self._roles = dict(references or {})
        self._plan: Plan = make_plan(self.names, registry)
        own = [key for key in self._plan.outputs if not self._plan.nodes[key].across]
        bases = [
            text
            for key in self._plan.outputs
            if self._plan.nodes[key].across
            for text in across_node(self._plan, key).inputs
        ]
        self._own: list[TailWork] = tail_works(self._plan, own)
        self._bases: list[TailWork] = tail_works(self._plan, bases)
        self._anchored = anchored_nodes(self._plan)
        self._joined = tuple(text for text in self._plan.raw if ":" in text)
        self._absent = {
            instrument_id: self._absent_names(instrument_id, missing or {})
            for instrument_id in self.instrument_ids
        }
        height = max((work.height for work in (*self._own, *self._bases)), default=1)
        extra = (*self._joined, *(node.key for node in self._anchored))
        self._histories = {s: History(s, extra, height + SLACK) for s in self.instrument_ids}
        for instrument_id in self._roles.values():
            if instrument_id not in self._histories:
                self._histories[instrument_id] = History(instrument_id, (), height + SLACK)
            self._histories[instrument_id].keep = max(REFERENCE_ROWS, height + SLACK)

    def absent_names(self) -> dict[str, frozenset[str]]:
        """By instrument, the names that it cannot have because it lacks their inputs; NaN in its rows."""
        named = frozenset(self.names)
        return {instrument_id: absent & named for instrument_id, absent in self._absent.items()}

    def on_event(self, event: AnyEvent) -> Sequence[FactorRow]:
        """Take a bar or a split; at a ``cycle`` timer give the row of each instrument with a new bar.

        Raises
        ------
        DataError
            A bar is not newer than the one before it, or holds a value that is not finite.
        """
        if isinstance(event, Bar):
            history = self._histories.get(event.instrument_id)
            if history is not None and event.timeframe == self.timeframe:
                history.append(event)
        elif isinstance(event, Timer) and event.name == TimerName.CYCLE:
            return self._cycle()
        elif isinstance(event, CorporateAction) and event.kind is ActionKind.SPLIT:
            self._split(event)
        return ()

    def snapshot(self) -> bytes:
        """The whole state; equal states give equal bytes."""
        return encode_stage(self.names, self._histories.values())

    def restore(self, state: bytes) -> None:
        """Become what was snapshot.

        Raises
        ------
        ConfigError
            The state is of other factors or instruments.
        """
        saved: SavedStage = decode_stage(state)
        if saved.names != self.names or [h.instrument_id for h in saved.histories] != list(self._histories):
            message = "The state of the factors was saved for other factors or instruments."
            raise ConfigError(message, "Start with the configuration that it was saved with.")
        for kept in saved.histories:
            self._histories[kept.instrument_id].take_over(kept)

    def _split(self, action: CorporateAction) -> None:
        """Rescale the instrument's bars, and what others have of them as a reference."""
        price = price_factor(action)
        self._settle()  # bars that wait belong to the old basis
        history = self._histories.get(action.instrument_id)
        if history is not None:
            history.rescale(price)
            for node in self._anchored:
                if node.key in history.columns:
                    node.rescale(history, price)
        roles = {role for role, known in self._roles.items() if known == action.instrument_id}
        joined = tuple(text for text in self._joined if text.rsplit(":", 1)[0] in roles)
        if joined:
            for instrument_id in self.instrument_ids:
                self._histories[instrument_id].rescale(price, joined)

    # A cycle ---------------------------------------------------------------------------------

    def _cycle(self) -> list[FactorRow]:
        fresh = [
            self._histories[instrument_id]
            for instrument_id in self.instrument_ids
            if self._histories[instrument_id].fresh
        ]
        self._settle()
        if not fresh:
            return []
        values = self._evaluate(self._own, {h.instrument_id: h.length for h in fresh})
        self._add_across(fresh, values)
        rows = [self._row(history, values[history.instrument_id]) for history in fresh]
        for history in self._histories.values():
            history.fresh = False
            history.trim()
        return rows

    def _row(self, history: History, values: Mapping[str, float]) -> FactorRow:
        absent = self._absent[history.instrument_id]
        row = np.array(
            [
                np.nan if name in absent else values.get(key, np.nan)
                for name, key in zip(self.names, self._plan.outputs, strict=True)
            ],
            dtype="<f8",
        )
        row[np.isnan(row)] = np.nan  # one bit pattern, so that equal rows have equal hashes
        return FactorRow(
            ts_event=int(history.ts_event[history.length - 1]),
            instrument_id=history.instrument_id,
            values=tuple(row.tolist()),
            timeframe=self.timeframe,
            data_hash=content_hash(row.tobytes()),
        )

    def _settle(self) -> None:
        """Fill what is computed once per bar: joined references and anchored columns of new bars."""
        waiting: dict[int, list[History]] = {}
        for instrument_id in self.instrument_ids:
            history = self._histories[instrument_id]
            if history.pending:
                self._join(history)
                waiting.setdefault(history.pending, []).append(history)
        for pending, histories in waiting.items():
            for node in self._anchored:
                node.advance(histories, pending)
            for history in histories:
                history.pending = 0
        for instrument_id in self._roles.values():
            if instrument_id not in self.instrument_ids:
                self._histories[instrument_id].pending = 0

    def _join(self, history: History) -> None:
        rows = slice(history.length - history.pending, history.length)
        for text in self._joined:
            role, column = text.rsplit(":", 1)
            instrument_id = self._roles.get(role)
            if instrument_id is None:
                history.columns[text][rows] = np.nan
                continue
            other = self._histories[instrument_id]
            at = np.searchsorted(other.times(), history.ts_event[rows], side="right") - 1
            joined = np.full(len(at), np.nan)
            joined[at >= 0] = other.columns[column][at[at >= 0]]
            history.columns[text][rows] = joined

    def _evaluate(self, works: Sequence[TailWork], ends: Mapping[str, int]) -> dict[str, dict[str, float]]:
        """Values of all targets for each instrument, as of its first ``ends[instrument]`` bars."""
        found: dict[str, dict[str, float]] = {instrument_id: {} for instrument_id in ends}
        for work in works:
            batches: dict[int, list[tuple[History, int]]] = {}
            for instrument_id, end in ends.items():
                rows = work.rows_at_hand(self._histories[instrument_id], end)
                if rows:
                    batches.setdefault(rows, []).append((self._histories[instrument_id], end))
            for rows, lanes in batches.items():
                last = work.last_values(lanes, rows)
                for lane, (history, _) in enumerate(lanes):
                    found[history.instrument_id].update({key: row[lane] for key, row in last.items()})
        return found

    def _add_across(self, fresh: Sequence[History], values: dict[str, dict[str, float]]) -> None:
        keys = [key for key in self._plan.outputs if self._plan.nodes[key].across]
        known: dict[tuple[str, int], dict[str, dict[str, float]]] = {}
        for history in fresh:
            group = self._groups[history.instrument_id]
            for key in keys:
                row = history.length - 1 - self._plan.nodes[key].lag
                if row < 0:
                    continue
                moment = int(history.ts_event[row])
                if (group, moment) not in known:
                    known[group, moment] = self._across_at(group, moment)
                base = across_node(self._plan, key).key
                values[history.instrument_id][key] = known[group, moment][base].get(
                    history.instrument_id, np.nan
                )

    def _across_at(self, group: str, moment: int) -> dict[str, dict[str, float]]:
        """Each factor across instruments for all instruments of a group, as of ``moment``."""
        members = [
            instrument_id for instrument_id in self.instrument_ids if self._groups[instrument_id] == group
        ]
        ends = {instrument_id: self._histories[instrument_id].end_at(moment) for instrument_id in members}
        values = self._evaluate(self._bases, {s: end for s, end in ends.items() if end})
        found: dict[str, dict[str, float]] = {}
        for key in self._plan.outputs:
            if not self._plan.nodes[key].across:
                continue
            node = across_node(self._plan, key)
            if node.key in found or node.spec is None:
                continue
            planes = [
                np.array([[self._known(s, text, ends[s], values, node.key) for s in members]])
                for text in node.inputs
            ]
            plane: Floats = node.spec.function(*planes, **node.spec.params)
            found[node.key] = dict(zip(members, plane[0].tolist(), strict=True))
        return found

    def _known(
        self, instrument_id: str, text: str, end: int, values: Mapping[str, Mapping[str, float]], key: str
    ) -> float:
        if not end or key in self._absent[instrument_id]:
            return float("nan")
        if is_raw(text):
            return float(self._histories[instrument_id].columns[text][end - 1])
        return values[instrument_id].get(text, float("nan"))

    def _absent_names(self, instrument_id: str, missing: Mapping[str, frozenset[str]]) -> frozenset[str]:
        unknown = {
            text for text in self._plan.raw if ":" in text and text.rsplit(":", 1)[0] not in self._roles
        }
        lacks = missing.get(instrument_id, frozenset()) | unknown
        bad = lacks - set(BAR_COLUMNS) - unknown
        if bad:
            message = f"{instrument_id} is said to lack {', '.join(sorted(bad))}, which no bar has."
            raise DataError(message, f"A bar has {', '.join(BAR_COLUMNS)}.")
        names = {n for n in self.names if self._plan.node(n).needs & lacks}
        nodes = {key for key, node in self._plan.nodes.items() if node.needs & lacks}
        return frozenset(names | nodes)
