"""A quick validation, as the demo runs it: fewer trees and epochs, fewer folds. What is capped is said."""

from collections.abc import Sequence
from dataclasses import replace

from tradewind.app.config import ResearchConfig
from tradewind.app.research.candidates import plan_from
from tradewind.app.research.models import DEMO_CAPS
from tradewind.validation.splits import WalkForwardPlan

QUICK_PLAN = {"test": "1y", "step": "1y", "validation": "6mo"}
"""Retrained once a year instead of monthly, so that a run fits a minute."""

LONG_PLAN = WalkForwardPlan(train="6y", validation="6mo", test="3y", step="3y")
"""The BiLSTM's: fewer folds, each longer."""


def with_quick_plan(research: ResearchConfig) -> ResearchConfig:
    """Research with models fitted anew once a year; the same try as the demo's where all else is."""
    return research.model_copy(update=QUICK_PLAN)


def quick_plans(research: ResearchConfig) -> dict[str, WalkForwardPlan]:
    """Walk-forwards of their own, for models that take long to fit."""
    return {"bilstm": replace(LONG_PLAN, embargo=plan_from(research).embargo)}


def quick_notes(models: Sequence[str]) -> list[str]:
    """What a quick walk-forward leaves out, in words."""
    longer = [f"The BiLSTM is fitted every {LONG_PLAN.step}."] if "bilstm" in models else []
    return [f"Quick run: each model is fitted anew every {QUICK_PLAN['step']}.", *longer, *caps_of(models)]


def caps_of(models: Sequence[str]) -> list[str]:
    """What each of the models is capped at, in words."""
    return [
        f"Capped: {model} has {', '.join(f'{value} {name}' for name, value in DEMO_CAPS[model].items())}."
        for model in models
        if model in DEMO_CAPS
    ]
