"""The first of two gates: every rule, held against one order before it leaves."""

from collections.abc import Mapping, Sequence

from tradewind.core.book import Book
from tradewind.core.decisions import APPROVED, Refused, RiskVerdict
from tradewind.core.errors import OrderError
from tradewind.core.instruments import Instrument
from tradewind.core.orders import Order, validate_order
from tradewind.risk.registry import RULES, RiskRule, settings_for
from tradewind.risk.view import OrderView, facts_of


class RuleGate:
    """Holds all rules of the package (or the named ones) against an order; the first refusal is the answer.

    Parameters
    ----------
    instruments
        What may be traded, by instrument.
    settings
        Settings by rule name: the rule's own Struct, or a mapping of the keys that differ from its defaults.
    rules
        Names of the rules to hold; None for all of the package, and those from outside that have settings.

    Raises
    ------
    ConfigError, RegistryError
        Settings for a key or a rule that does not exist.
    """

    def __init__(
        self,
        instruments: Mapping[str, Instrument],
        settings: Mapping[str, object] | None = None,
        rules: Sequence[str] | None = None,
    ) -> None:
        self.instruments = dict(instruments)
        self._facts = facts_of(self.instruments)
        given = dict(settings or {})
        names = list(rules) if rules is not None else RULES.active(given)
        chosen = sorted((RULES.get(name) for name in names), key=lambda rule: (rule.stage, rule.name))
        for name in given:
            RULES.get(name)  # a settings table for a rule that does not exist is a mistake, not a no-op
        self._rules: list[tuple[RiskRule, object]] = [
            (rule, settings_for("risk rule", rule.name, rule.defaults, given.get(rule.name)))
            for rule in chosen
        ]

    def check(self, order: Order, book: Book) -> RiskVerdict:
        """Approved, or the first refusal with its figures. An order towards flat meets no exposure rule."""
        instrument = self.instruments.get(order.instrument_id)
        if instrument is None:
            return Refused(
                rule="known_instrument", reason=f"{order.instrument_id} is not a known instrument."
            )
        try:
            validate_order(order, negative_prices=instrument.negative_prices)
        except OrderError as error:
            return Refused(rule="valid_order", reason=str(error))
        view = OrderView(order, instrument, book, self._facts)
        for rule, settings in self._rules:
            if rule.needs_exposure:
                if view.reducing:
                    continue
                if view.exposures.problem:
                    reason = f"The exposure is unknown: {view.exposures.problem}."
                    return Refused(rule="valuation", reason=reason)
            verdict = rule.check(order, instrument, view, settings)
            if verdict is not APPROVED and isinstance(verdict, Refused):
                return verdict
        return APPROVED

    def rules(self) -> dict[str, object]:
        """The rules in the order in which they are held, with their settings: what a limits page shows."""
        return {rule.name: settings for rule, settings in self._rules}
