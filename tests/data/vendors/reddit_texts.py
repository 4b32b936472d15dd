"""Reddit's token, listings and errors in the shape of recorded answers."""

from misbehaving_site import Asked, Reply
from text_answers import DAY, HOUR, MINUTE, NOW, SECOND, WRITER, Press, TextVendor, Told, stories
from vendor_answers import js

HELD = stories(230, 20 * MINUTE)
_PAGE = 100


def answer(asked: Asked, press: Press) -> Reply:
    assert asked.headers["user-agent"].startswith("python:tradewind:")
    if asked.path == "/api/v1/access_token":
        assert asked.headers["authorization"].startswith("Basic ")
        return js({"access_token": "token", "token_type": "bearer", "expires_in": 3600, "scope": "*"})
    assert asked.path == "/r/stocks+investing/search"
    assert (asked.query["q"], asked.query["sort"], asked.query["restrict_sr"]) == ("ACME", "new", "true")
    assert asked.headers["authorization"] == "Bearer token"
    at = int(asked.query.get("after", "t3_0").removeprefix("t3_"))
    page, more = press.page(HELD, at, _PAGE)
    children = [{"kind": "t3", "data": _post(told)} for told in page]
    after = f"t3_{at + _PAGE}" if more else None
    return js(
        {"kind": "Listing", "data": {"modhash": "", "children": children, "after": after, "before": None}}
    )


def _post(told: Told) -> dict[str, object]:
    ahead = 40 * DAY if told.date else 0
    return {
        "id": f"p{told.number}",
        "name": f"t3_p{told.number}",
        "subreddit": "stocks",
        "title": told.title,
        "selftext": told.body,
        "author": WRITER,
        "created_utc": (told.published_ns + ahead) / SECOND,
        "edited": False,
        "permalink": f"/r/stocks/comments/p{told.number}/story/",
        "url": told.url,
        "score": 17,
        "num_comments": 5,
        "over_18": False,
    }


VENDOR = TextVendor(
    held=HELD,
    start_ns=NOW - 5 * DAY,
    end_ns=NOW + HOUR,
    answer=answer,
    limited=js({"message": "Too Many Requests", "error": 429}, 429),
    wrong_key=js({"message": "Unauthorized", "error": 401, "said": "KEY"}, 401),
    keys=("api_key", "api_secret"),
    kind="post",
    names_symbol=False,
    markup=False,
    least_calls=3,
    arguments={"feed": "stocks+investing"},
    is_data=lambda asked: asked.path.startswith("/r/"),
)
