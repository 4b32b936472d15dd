"""Views of one cycle to targets that fit together; one that cannot be sized does not stop the rest."""

from collections.abc import Mapping

from tradewind.core.book import Book, PositionKey, capital_e8, held_lots
from tradewind.core.errors import TradewindError
from tradewind.core.minimum_notional import below_minimum
from tradewind.portfolio.exposure import value_e8
from tradewind.portfolio.sizing import SizingInputs, SizingSettings
from tradewind.portfolio.targets import Target, forecasts_to_targets


def fitted_targets(
    views: Mapping[PositionKey, SizingInputs], book: Book, settings: SizingSettings, risk_level: float = 1.0
) -> tuple[dict[PositionKey, Target], dict[PositionKey, str]]:
    """Targets by holder, and why there is none for those that cannot be sized (a rate that is missing).

    ``risk_level`` in (0, 1] scales each target after all ceilings, rounded towards zero, as the step of that
    name. What would be entered for less than the venue's minimum notional is not entered; its note says so.
    """
    failed: dict[PositionKey, str] = {}
    try:
        targets = forecasts_to_targets(views, book, settings)
    except TradewindError:  # whose fault it is shows one by one; the others still fit together
        for holder, inputs in views.items():
            try:
                forecasts_to_targets({holder: inputs}, book, settings)
            except TradewindError as error:
                failed[holder] = str(error)
        sound = {holder: inputs for holder, inputs in views.items() if holder not in failed}
        targets = forecasts_to_targets(sound, book, settings)
    levelled = (_at_risk_level(target, risk_level, book) for target in targets)
    return {target.holder: _worth_an_entry(target, book) for target in levelled}, failed


def _at_risk_level(target: Target, level: float, book: Book) -> Target:
    if level == 1.0 or not target.lots:
        return target
    lots = int(target.lots * level)
    instrument = book.instruments[target.holder.instrument_id]
    weight = value_e8(book, instrument, lots) / capital_e8(book, target.holder.strategy)
    note = target.note if lots else f"the risk level {level:g} leaves less than one lot"
    return target._replace(lots=lots, steps=target.steps | {"risk_level": weight}, note=note)


def _worth_an_entry(target: Target, book: Book) -> Target:
    """The target, or none where an entry to it would be worth less than its venue takes."""
    instrument = book.instruments[target.holder.instrument_id]
    mark = book.mark_ticks.get(instrument.id)
    if mark is None or not target.lots or held_lots(book, target.holder) * target.lots > 0:
        return target
    small = below_minimum(instrument, mark, target.lots)
    if small is None:
        return target
    return target._replace(lots=0, note=f"the size is too small, {small.reason.rstrip('.')}")
