"""X's search of recent posts and its errors: the shape of recorded answers, and documented fields besides."""

from misbehaving_site import Asked, Reply
from text_answers import DAY, HOUR, MINUTE, NOW, WRITER, Press, TextVendor, Told, iso, stories
from vendor_answers import js

HELD = stories(230, 20 * MINUTE)
_PAGE = 100


def answer(asked: Asked, press: Press) -> Reply:
    assert asked.path == "/2/tweets/search/recent"
    assert asked.query["query"] == "$ACME -is:retweet"
    assert asked.headers["authorization"].startswith("Bearer ")
    inside = tuple(
        t for t in HELD if asked.query["start_time"] <= iso(t.published_ns) < asked.query["end_time"]
    )
    at = int(asked.query.get("next_token", "0"))
    page, more = press.page(inside, at, _PAGE)
    meta = {"result_count": len(page), "newest_id": "1", "oldest_id": "2"}
    return js(
        {
            "data": [_post(told) for told in page],
            "meta": meta | ({"next_token": str(at + _PAGE)} if more else {}),
        }
    )


def _post(told: Told) -> dict[str, object]:
    return {
        "id": str(1_770_000_000_000_000_000 + told.number),
        "text": f"{told.title}\n{told.body}",
        "created_at": told.date or iso(told.published_ns, "%Y-%m-%dT%H:%M:%S.000Z"),
        "author_id": WRITER,
        "lang": "en",
        "edit_history_tweet_ids": [str(told.number)],
        "public_metrics": {"retweet_count": 1, "reply_count": 2, "like_count": 3, "quote_count": 4},
        "entities": {"cashtags": [{"start": 0, "end": 5, "tag": "ACME"}]},
    }


VENDOR = TextVendor(
    held=HELD,
    start_ns=NOW - 5 * DAY,
    end_ns=NOW + HOUR,
    answer=answer,
    limited=js(
        {"title": "Too Many Requests", "detail": "Too Many Requests", "type": "about:blank", "status": 429},
        429,
    ),
    wrong_key=js({"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "KEY"}, 401),
    kind="post",
    names_symbol=False,
    has_title=False,
    least_calls=3,
)
