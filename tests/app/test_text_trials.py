"""What a check of plug-ins says of sources of texts that a store could not live with."""

from collections.abc import Callable

import msgspec
import pytest

from tradewind.app.plugin_check.text_trials import text_probes
from tradewind.core.errors import NetworkError
from tradewind.core.texts import TextItem, TextKind, TextPage
from tradewind.data.registry import TEXTS

NAME = "crooked"


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """What is said of a source that gives certain pages."""

    def ask(*pages: object, error: Exception | None = None, **changes: object) -> str:
        class Crooked:
            name = NAME

            def texts(self, request):
                at = request.start_ns
                item = TextItem(
                    source=NAME, id="1", kind=TextKind.NEWS, ts_published=at, ts_changed=at, ts_seen=at
                )
                yield from pages or (TextPage(items=(msgspec.structs.replace(item, **changes),)),)
                if error is not None:
                    raise error

        monkeypatch.setattr(TEXTS, "get", lambda name: Crooked)
        (probe,) = text_probes(NAME)
        return probe.judge(probe.ask())

    return ask


def test_a_sound_source_holds_and_one_that_cannot_be_asked_now_does_too(said):
    assert said() == ""
    assert said(error=NetworkError("It is down.")) == ""


def test_what_does_not_hold_is_named(said):
    assert "of 'other'" in said(source="other")
    assert "outside of the span" in said(ts_published=0)
    assert "not pages" in said(["text"])
    assert "not texts" in said(TextPage(items=("text",)))
    with pytest.raises(ZeroDivisionError):
        said(error=ZeroDivisionError())
