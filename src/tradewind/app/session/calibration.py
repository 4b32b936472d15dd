"""Calibrations of costs: made from a session's fills, named and dated, used by sessions that name one."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from tradewind.app.config import TradewindConfig
from tradewind.app.home import Home, session_name
from tradewind.app.market.instrument_config import InstrumentConfig
from tradewind.core.errors import ConfigError, StoreError
from tradewind.core.events import SessionStarted
from tradewind.core.vocabulary import VenueKind
from tradewind.execution.cost_calibration import FittedCosts, Observed, fit_costs
from tradewind.views.tca.rows import TransactionCosts


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of the cost model, with where and when they come from."""

    name: str
    made: str
    session_id: str
    simulated: bool
    """Whether the fills are a simulated venue's: then they show that venue's own cost model."""
    expected_bps: float
    """What the session's own figures expected of the same fills, by value."""
    costs: FittedCosts

    def words(self) -> str:
        """What it is, for the notes of a session."""
        fitted = self.costs
        whose = " of a simulated venue" if self.simulated else ""
        impact = fitted.impact_coefficient
        said = "no impact coefficient" if impact is None else f"impact coefficient {impact:g}"
        return (
            f"Costs are those of the calibration {self.name}, made {self.made[:10]} from {fitted.fills} fills"
            f"{whose} in {self.session_id}: {said}, half spreads of {len(fitted.half_spread_bps)} names."
        )


def calibrate(costs: TransactionCosts, started: SessionStarted, name: str, home: Path) -> Calibration:
    """Fit the cost model to a session's fills and keep the result in the home folder under ``name``.

    Raises
    ------
    ConfigError
        There is a calibration of that name: what sessions have named is never changed.
    NoDataError
        There are too few fills.
    """
    path = _path(home, name)
    if path.exists():
        message = f"There is a calibration {name!r} already: {path}."
        raise ConfigError(message, "Choose another name, such as one with today's date.")
    seen = [Observed(s.instrument_id, s.realized_bps, s.impact_unit_bps, s.weight) for s in costs.seen]
    made = Calibration(
        name=name,
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        session_id=started.session_id,
        simulated=started.wiring.venue is VenueKind.SIMULATED,
        expected_bps=_expected(costs, started),
        costs=fit_costs(seen),
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(msgspec.json.format(msgspec.json.encode(made), indent=1) + b"\n")
    except OSError as error:
        message = f"The calibration {path} cannot be written: {error.strerror or error}."
        raise StoreError(message, "Free some space, or choose another --home.") from error
    return made


def with_calibrated_costs(config: TradewindConfig) -> tuple[TradewindConfig, tuple[str, ...]]:
    """The configuration with the figures of the calibration that its session names, and what to note of it.

    What the configuration says itself of an instrument's half spread, or of the venue's impact, goes before.
    The figures become part of what the session records: it never reads the file again.
    """
    name = config.session.calibration
    if not name:
        return config, ()
    found = read_calibration(Path(config.home), name)
    instruments = dict(config.instruments)
    for instrument_id, half_spread in found.costs.half_spread_bps.items():
        own = instruments.get(instrument_id, InstrumentConfig())
        if own.half_spread_bps is None:
            instruments[instrument_id] = own.model_copy(update={"half_spread_bps": half_spread})
    venue: dict[str, Any] = dict(config.venue)
    if found.costs.impact_coefficient is not None:
        venue.setdefault("impact_coefficient", found.costs.impact_coefficient)
    return config.model_copy(update={"instruments": instruments, "venue": venue}), (found.words(),)


def read_calibration(home: Path, name: str) -> Calibration:
    """A calibration that was kept; ConfigError where there is none of that name, or the file is none."""
    path, at = _path(home, name), ("session", "calibration")
    try:
        return msgspec.json.decode(path.read_bytes(), type=Calibration)
    except FileNotFoundError:
        message = f"There is no calibration {name!r} in {path.parent}."
        step = f"Make it with tradewind tca SESSION --calibrate {name}."
        raise ConfigError(message, step, location=at) from None
    except msgspec.DecodeError as error:
        message = f"{path} is no calibration: {error}."
        raise ConfigError(message, "Restore it from a copy, or make another.", location=at) from error


def _path(home: Path, name: str) -> Path:
    return Home(home).root / "calibrations" / f"{session_name(name)}.json"


def _expected(costs: TransactionCosts, started: SessionStarted) -> float:
    """What the session's own figures say of its fills, in bps by value."""
    configuration = msgspec.json.decode(started.configuration or "{}")
    venue = configuration.get("venue", {})
    impact = float(venue.get("impact_coefficient", 1.0))
    spreads = {one.id: one.half_spread_bps for one in started.instruments}
    if venue.get("half_spread_bps") is not None:
        spreads = dict.fromkeys(spreads, float(venue["half_spread_bps"]))
    weight = sum(s.weight for s in costs.seen)
    whole = sum(s.weight * (spreads[s.instrument_id] + impact * s.impact_unit_bps) for s in costs.seen)
    return whole / weight if weight else float("nan")
