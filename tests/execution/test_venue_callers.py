"""The rehearsal answers programs of this machine alone: no web page reaches it, by whatever name."""

import http.client
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from rehearsing import Rehearsal, make_venue, serving
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    with serving(make_venue(tmp_path_factory.mktemp("venue") / "state.jsonl")) as found:
        yield found


def asked(rehearsal: Rehearsal, path: str, method: str = "GET", **headers: str) -> int:
    port = urlsplit(rehearsal.url).port
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.putrequest(method, path, skip_host=True)
        for name, value in ({"Host": f"127.0.0.1:{port}"} | headers).items():
            connection.putheader(name.replace("_", "-"), value)
        connection.putheader("Content-Length", "0")
        connection.endheaders()
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize("path", ["/venue", "/venue/faults", "/v2/clock"])
def test_a_page_of_elsewhere_reads_nothing_under_a_name_that_points_here(
    rehearsal: Rehearsal, path: str
) -> None:
    assert asked(rehearsal, path, Host="evil.example:8425") == 403
    assert asked(rehearsal, path, Host="") == 403


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec_Fetch_Site": "cross-site"}],
    ids=["origin", "sandboxed", "fetch site"],
)
def test_a_browser_sends_no_command_for_a_page_of_elsewhere(
    rehearsal: Rehearsal, headers: dict[str, str]
) -> None:
    before = rehearsal.state()["position"]
    for path, method in (("/venue/step", "POST"), ("/venue/faults", "DELETE"), ("/v2/orders", "DELETE")):
        assert asked(rehearsal, path, method, **headers) == 403
    assert rehearsal.state()["position"] == before


def test_programs_of_this_machine_are_answered(rehearsal: Rehearsal) -> None:
    port = urlsplit(rehearsal.url).port
    for host in (f"127.0.0.1:{port}", f"localhost:{port}", "LOCALHOST"):
        assert asked(rehearsal, "/venue", Host=host) == 200


def test_no_stream_for_a_page_of_elsewhere(rehearsal: Rehearsal) -> None:
    with pytest.raises(InvalidStatus, match="403"):
        connect(rehearsal.stream_url, origin="https://evil.example")  # type: ignore[arg-type]
