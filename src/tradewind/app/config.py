"""The one configuration: YAML, environment overrides, defaults in one place, unknown keys refused.

This file holds the shape; whether names exist and settings fit is :mod:`tradewind.app.config_check`.

Secrets are never in it; they come from the environment (``TRADEWIND_API_TOKEN``, provider keys). The
settings of single rooms (limits, breakers, venue, filters) are small types of those rooms; here they are
sections by name that the wiring converts, so that a room's defaults stay in the room.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PrivateAttr,
    ValidationError,
    field_validator,
    model_validator,
)

from tradewind.app.broker_config import BrokerConfig
from tradewind.app.config_sections import Name, Names, Section
from tradewind.app.environment import Given, Option, from_environment, merged
from tradewind.app.home import DEFAULT_HOME
from tradewind.app.live_config import LiveConfig
from tradewind.app.market.calendar_config import CalendarsConfig
from tradewind.app.market.instrument_config import InstrumentConfig
from tradewind.app.market.vendor_config import VendorConfig
from tradewind.app.postgres_config import PostgresConfig
from tradewind.app.redis_config import RedisConfig
from tradewind.app.session.settings import AllocatorName, StrategyConfig, check_strategies
from tradewind.app.session.universe_config import UniverseConfig
from tradewind.app.setting_places import first_of, option_at, place
from tradewind.app.yaml_lines import LinedYaml, read_yaml
from tradewind.core.errors import ConfigError, TradewindError
from tradewind.core.plugins import use_folders
from tradewind.core.settings import Location
from tradewind.core.timestamps import parse_ns
from tradewind.core.vocabulary import FeedKind

FIRST_DAY, LAST_DAY = "1900-01-01", "2200-01-01"
"""Times outside are mistakes, and some do not fit 64 bits of nanoseconds."""


def _some_names(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names:
        message = "at least one is needed"
        raise ValueError(message)
    return names


_SomeNames = Annotated[Names, AfterValidator(_some_names)]
_Length = Annotated[str, Field(max_length=12)]
"""A length of time: 3y, 1mo, 2w, 5d, 12h, 250b."""


class DateWindow(Section):
    """A span of time: ``start`` is in, ``end`` is out."""

    start: str
    end: str

    @field_validator("start", "end")
    @classmethod
    def _is_a_time(cls, value: str) -> str:
        try:
            moment = parse_ns(value)
        except ConfigError as error:
            raise ValueError(str(error)) from error
        if not parse_ns(FIRST_DAY) <= moment <= parse_ns(LAST_DAY):
            message = f"a time lies between {FIRST_DAY} and {LAST_DAY}"
            raise ValueError(message)
        return value

    @model_validator(mode="after")
    def _ends_after_its_start(self) -> Self:
        if self.start_ns >= self.end_ns:
            message = f"a window from {self.start} to {self.end} holds nothing; end it after its start"
            raise ValueError(message)
        return self

    @classmethod
    def of(cls, start: str, end: str) -> Self:
        """The window that a person names outside a configuration; ConfigError where it is none."""
        try:
            return cls(start=start, end=end)
        except ValidationError as error:
            first = error.errors()[0]
            said = str(first["msg"]).removeprefix("Value error, ").rstrip(".")
            what = f"{first['loc'][0]} {first['input']}" if first["loc"] else "the window"
            message = f"{what}: {said}."
            raise ConfigError(message, "Write days as 2020-01-31, the start before the end.") from error

    @property
    def start_ns(self) -> int:
        """First moment inside."""
        return parse_ns(self.start)

    @property
    def end_ns(self) -> int:
        """First moment after."""
        return parse_ns(self.end)


_LEARNED = DateWindow(start="2000-03-01", end="2013-03-02")
_TRADED = DateWindow(start="2020-01-01", end="2021-04-01")


def _other_end_of(usual: DateWindow) -> BeforeValidator:
    """A window of which only one end is said keeps the other."""

    def both(given: Any) -> Any:
        return usual.model_dump() | dict(given) if isinstance(given, Mapping) else given

    return BeforeValidator(both)


class ResearchConfig(Section):
    """What models are trained and validated on, walk-forward."""

    symbols: _SomeNames = ("AAPL", "GOOG", "IBM", "MSFT")
    window: Annotated[DateWindow, _other_end_of(_LEARNED)] = _LEARNED
    horizon_bars: int = Field(default=5, ge=1, le=250)
    models: _SomeNames = (
        "moving_average_momentum",
        "time_series_momentum",
        "bollinger_reversion",
        "donchian_breakout",
        "logistic",
        "random_forest",
        "xgboost",
        "lightgbm",
        "bilstm",
    )
    train: _Length = Field(default="3y", description="length of the rolling training window")
    validation: _Length = "3mo"
    test: _Length = "1mo"
    step: _Length = "1mo"
    embargo: _Length = "1d"
    model_parameters: dict[str, dict[str, Any]] = Field(default={})
    factors: Names = Field(
        default=(), description="factors that learners get besides the usual ones and those that they name"
    )


class SessionConfig(Section):
    """What is traded, from when to when, with how much."""

    feed: FeedKind = Field(
        default=FeedKind.RECORDED, description="recorded: the window; live: from now on, by the wall's clock"
    )
    live: LiveConfig = LiveConfig()
    broker: BrokerConfig = BrokerConfig()
    forecast_deadline_s: float = Field(
        default=5.0,
        gt=0,
        le=3_600,
        description="seconds that models have on a live feed; a later answer fails",
    )

    symbols: _SomeNames = ("MSFT", "NVDA", "NFLX", "BTC/USD", "EUR/USD", "GBP/USD", "USD/JPY")
    gauges: Names = ("VIX", "SPX")
    window: Annotated[DateWindow, _other_end_of(_TRADED)] = _TRADED
    train_years: int = Field(
        default=6, ge=1, le=50, description="history before the session that models learn from"
    )
    models: Names = Field(default=(), description="models of the session; empty takes research's")
    cash: float = Field(default=100_000.0, ge=1.0, le=1e10)
    base_currency: str = Field(default="USD", pattern="^[A-Z]{3,5}$")
    warmup_bars: int = Field(default=400, ge=0, le=5_000)
    override_gate: bool = Field(
        default=False, description="trade by models that the promotion gate refused; recorded"
    )
    override_reason: str = Field(default="", max_length=500)
    strategies: tuple[StrategyConfig, ...] = Field(
        default=(),
        max_length=100,
        description="several strategies; empty trades one, `blend`, by the `decision` section",
    )
    allocator: AllocatorName = Field(default="fixed", description="how they share the equity")
    universe: UniverseConfig | None = None
    calibration: str = Field(default="", max_length=64, description="costs: tradewind tca --calibrate NAME")

    @field_validator("strategies")
    @classmethod
    def _fit_together(cls, given: tuple[StrategyConfig, ...]) -> tuple[StrategyConfig, ...]:
        check_strategies(given)
        return given


_NOTED_GAUGES: dict[str, dict[str, Any]] = {
    "vix": {"when_missing": "note"},
    "index_drop": {"when_missing": "note"},
}
"""The sample ends its VIX and indices in 2018: in later sessions that is noted in the journal instead of
blocking all stocks. Who has the gauges sets ``when_missing: block`` for them."""


_BAND = {"no_trade_band_pct": 20.0}


class TradewindConfig(Section):
    """Everything that can be set, with its default."""

    _file: LinedYaml | None = PrivateAttr(default=None)
    _variables: Given = PrivateAttr(default_factory=dict)
    _options: tuple[Option, ...] = PrivateAttr(default=())

    home: Path = Field(default=DEFAULT_HOME, description="folder of store, models and journals")
    bars: Path | None = Field(
        default=None, description="another folder of stored and imported bars than the home"
    )
    seed: int = Field(default=7, ge=0, le=2**31 - 1)
    compute: str = Field(
        default="local:2", max_length=200, description="serial, local, local:N, ray or ray://address"
    )
    provider: Name = "sample"
    providers: dict[Name, VendorConfig] = Field(
        default={}, max_length=100, description="limits, time-outs and addresses of sources, by name"
    )
    fallbacks: Names = Field(
        default=(), description="sources of history that are asked where the provider has nothing or is down"
    )
    imported: bool = Field(
        default=True, description="bars that were imported go before those of the provider"
    )
    plugins: tuple[Path, ...] = Field(
        default=(), max_length=20, description="folders of plug-in files; relative ones lie beside this file"
    )
    quality_rules: Names = Field(
        default=(), description="quality rules from plug-ins that judge data; the package's own always do"
    )
    redis: RedisConfig = RedisConfig()
    postgres: PostgresConfig = PostgresConfig()
    calendars: CalendarsConfig = Field(default={})
    instruments: dict[Name, InstrumentConfig] = Field(
        default={}, max_length=10_000, description="what an instrument is, by symbol or SYMBOL.VENUE"
    )
    instrument_file: Path | None = Field(default=None, description="more of them, as `--write x.json` writes")
    research: ResearchConfig = ResearchConfig()
    session: SessionConfig = SessionConfig()
    risk: dict[str, dict[str, Any]] = Field(
        default=_NOTED_GAUGES, description="limits and breakers by rule name"
    )
    decision: dict[str, Any] = Field(default={}, description="blend, conditions, filters, sizing")
    planner: dict[str, Any] = Field(
        default=_BAND,
        description="how targets become orders; a band keeps turnover down",
    )
    venue: dict[str, Any] = Field(default={}, description="the simulated venue")

    @field_validator("risk")
    @classmethod
    def _keep_noted_gauges(cls, given: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        """A section that names other rules leaves the defaults of these as they are."""
        return {
            name: {**_NOTED_GAUGES.get(name, {}), **given.get(name, {})}
            for name in {**_NOTED_GAUGES, **given}
        }

    @field_validator("planner")
    @classmethod
    def _keep_band(cls, given: dict[str, Any]) -> dict[str, Any]:
        """A section that names other settings leaves the default of this one as it is."""
        return _BAND | given

    def place(self, error: TradewindError) -> None:
        """Say in the error from which line of the file, or which variable, its setting came."""
        place(error, self._file, self._variables, self._options)

    def changed_by(self, options: Sequence[Option]) -> Self:
        """What the command line says on top, checked as the file was; a later option goes before.

        Raises
        ------
        ConfigError
            A value is wrong; it names the option.
        """
        if not options:
            return self
        values = merged(self.model_dump(exclude_unset=True), [(one.at, one.value) for one in options])
        said = (*self._options, *options)
        try:
            changed = type(self).model_validate(values)
        except ValidationError as error:
            found = first_of(error, type(self))
            place(found, self._file, self._variables, said)
            raise found from error
        changed._file, changed._variables, changed._options = self._file, self._variables, said
        return changed

    def option_at(self, at: Location) -> str:
        """The option by which the command line changed the setting at ``at``; empty where none did."""
        return option_at(at, self._options)

    def is_said(self, at: Location) -> bool:
        """Whether the file, a variable or an option says what stands at ``at``, or a part of it."""
        ways = [way for way, _ in self._variables.values()]
        ways += [*(self._file.lines if self._file is not None else ()), *(one.at for one in self._options)]
        return any(way[: len(at)] == at for way in ways)


def load_config(path: Path | None, **changes: Any) -> TradewindConfig:
    """The configuration of a YAML file (or of defaults alone), then the environment, then ``changes``.

    Raises
    ------
    ConfigError
        Names the file, the line and the key, or the variable, where a value is wrong, unknown or missing.
    """
    file = read_yaml(path) if path is not None else None
    variables = from_environment(TradewindConfig.model_fields)
    values = merged(file.values if file is not None else {}, variables.values())
    try:
        config = TradewindConfig.model_validate(values | changes)
    except ValidationError as error:
        found = first_of(error, TradewindConfig)
        place(found, file, variables)
        raise found from error
    config = _with_places(config, path.parent if path is not None else Path())
    config._file, config._variables = file, variables
    if config.plugins:
        here = path.parent if path is not None and _in_file(config, "plugins") else Path()
        config = config.model_copy(update={"plugins": tuple(_under(here, p) for p in config.plugins)})
        use_folders(config.plugins)
    return config


def _with_places(config: TradewindConfig, folder: Path) -> TradewindConfig:
    """Files of own strategies as whole paths, from the folder of the configuration's own file."""
    given = config.session.strategies
    if not any(strategy.use for strategy in given):
        return config
    placed = tuple(
        strategy.model_copy(update={"use": str((folder / strategy.use).resolve())})
        if strategy.use
        else strategy
        for strategy in given
    )
    return config.model_copy(update={"session": config.session.model_copy(update={"strategies": placed})})


def _in_file(config: TradewindConfig, key: str) -> bool:
    """Whether the file says it, and no variable in its place."""
    said = any(at[0] == key for at, _ in config._variables.values())
    return not said and config._file is not None and key in config._file.values


def _under(folder: Path, path: Path) -> Path:
    """A path as it is meant in a file of ``folder``."""
    return (folder / path.expanduser()).absolute()
