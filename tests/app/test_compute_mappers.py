import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest

from tradewind.app.compute.mappers import RayMapper, SerialMapper, mapper_from
from tradewind.app.compute.processes import ProcessMapper, WorkerError
from tradewind.core.errors import ConfigError, JournalBrokenError, ModelError

THREAD_LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def times_two(x):
    return 2 * x


def who(_):
    return os.getpid()


def environment(_):
    return {name: os.environ.get(name) for name in THREAD_LIMITS}


def blas_threads(_):
    import threadpoolctl

    np.ones((64, 64)) @ np.ones((64, 64))
    return [pool["num_threads"] for pool in threadpoolctl.threadpool_info()]


def cube_facts(cube, row):
    return float(cube[row].sum()), cube.flags.writeable, cube.flags.owndata


def fails_at_three(x):
    if x == 3:
        message = "three is not modelled"
        raise ModelError(message, "Use another number.")
    return x


def fails_unpicklably(x):
    message = f"broken at {x}"
    raise JournalBrokenError(message, seq=5)  # its required keyword cannot be restored by pickle


def dies(x):
    if x == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return x


def interrupted(x):
    os.kill(os.getpid(), signal.SIGINT)
    return x


@pytest.fixture(scope="module")
def two():
    with ProcessMapper(2) as mapper:
        yield mapper


@pytest.mark.parametrize("kind", ["serial", "local"])
def test_results_keep_their_order_and_progress_is_heard(kind, two):
    mapper = SerialMapper() if kind == "serial" else two
    heard = []
    assert mapper.map(times_two, list(range(17)), on_done=heard.append) == list(range(0, 34, 2))
    assert heard == list(range(1, 18))
    assert mapper.map(times_two, []) == []


def test_workers_are_other_processes_and_are_reused(two):
    first = set(two.map(who, range(8)))
    second = set(two.map(who, range(8)))
    assert os.getpid() not in first
    assert len(first | second) <= 2


def test_every_worker_computes_with_one_thread(two):
    before = dict(os.environ)
    assert two.map(environment, [0, 1]) == [dict.fromkeys(THREAD_LIMITS, "1")] * 2
    assert all(count == 1 for pools in two.map(blas_threads, [0, 1]) for count in pools)
    assert dict(os.environ) == before


def test_threads_are_limited_before_the_libraries_load(tmp_path):
    """In an environment that says nothing about threads, too: the workers' libraries read it at import."""
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); import test_compute_mappers as work\n"
        "from tradewind.app.compute.mappers import mapper_from\n"
        "print(mapper_from('local:2').map(work.blas_threads, [0])[0])\n"
    )
    clean = {name: value for name, value in os.environ.items() if name not in THREAD_LIMITS}
    command = [sys.executable, "-c", script, os.path.dirname(__file__)]
    done = subprocess.run(command, env=clean, capture_output=True, text=True, check=True, timeout=60)
    assert "1" in done.stdout
    assert set(done.stdout.strip("[]\n ").split(", ")) == {"1"}


def test_bound_arrays_are_shared_and_read_only(two):
    cube = np.arange(600_000.0).reshape(1000, 600)
    for row, (total, writeable, owns) in enumerate(two.map(partial(cube_facts, cube), list(range(5)))):
        assert total == cube[row].sum()
        assert not writeable
        assert not owns
    empty = np.zeros((3, 0))
    assert two.map(partial(cube_facts, empty), [0])[0][0] == 0.0


def test_an_exception_arrives_as_itself_with_the_workers_traceback(two):
    with pytest.raises(ModelError, match="three is not modelled") as caught:
        two.map(fails_at_three, list(range(6)))
    assert caught.value.next_step == "Use another number."
    assert "at item 3" in caught.value.__notes__[0]
    assert "in fails_at_three" in str(caught.value.__cause__)
    assert two.map(times_two, [1, 2]) == [2, 4]


def test_an_exception_that_cannot_be_carried_arrives_as_text(two):
    with pytest.raises(WorkerError, match=r"(?s)Item 0 failed.*broken at 0"):
        two.map(fails_unpicklably, [0])


def test_a_killed_worker_is_a_typed_error_and_the_next_call_works(two):
    with pytest.raises(WorkerError, match=r"A worker process died.*\b1\b.*SIGKILL"):
        two.map(dies, [0, 1, 2, 3])
    assert two.map(times_two, [4]) == [8]


def test_what_cannot_be_sent_is_refused_and_the_next_call_works(two):
    with pytest.raises(WorkerError, match=r"cannot travel.*lock"):
        two.map(partial(cube_facts, threading.Lock()), [1])
    assert two.map(times_two, [4]) == [8]


def test_functions_of_the_started_script_are_carried_and_it_is_not_run_again(tmp_path):
    script = tmp_path / "own.py"
    script.write_text(
        "from tradewind.app.compute.mappers import mapper_from\n"
        "print('ran')\n"
        "def thrice(x):\n    return 3 * x\n"
        "print(mapper_from('local:2').map(thrice, [1, 2]))\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split("\n") == ["ran", "[3, 6]", ""]
    assert done.stderr == ""


def test_calls_from_two_threads_share_the_workers(two):
    with ThreadPoolExecutor(2) as callers:
        calls = [callers.submit(two.map, times_two, range(k, k + 20)) for k in (0, 100)]
        assert [call.result() for call in calls] == [[2 * x for x in range(k, k + 20)] for k in (0, 100)]


def test_ctrl_c_stops_the_parent_and_every_worker(tmp_path):
    module = tmp_path / "slow_work.py"
    module.write_text(
        "import os, pathlib, time\n"
        "def nap(folder, x):\n"
        "    (pathlib.Path(folder) / str(os.getpid())).touch()\n"
        "    time.sleep(60)\n"
    )
    script = (
        "import sys; from functools import partial; sys.path.insert(0, sys.argv[1])\n"
        "import slow_work; from tradewind.app.compute.mappers import mapper_from\n"
        "try:\n    mapper_from('local:2').map(partial(slow_work.nap, sys.argv[2]), [1, 2])\n"
        "except KeyboardInterrupt:\n    print('stopped')\n"
    )
    marks = tmp_path / "marks"
    marks.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path), str(marks)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 30
        while len(list(marks.iterdir())) < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
        workers = [int(path.name) for path in marks.iterdir()]
        assert len(workers) == 2
        os.killpg(process.pid, signal.SIGINT)
        out, errors = process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()
    assert out.strip() == b"stopped"
    assert errors == b""
    for pid in workers:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_ctrl_c_is_the_parents_business_alone(two):
    assert two.map(interrupted, [1, 2, 3]) == [1, 2, 3]


def test_settings_name_mappers():
    assert isinstance(mapper_from("serial"), SerialMapper)
    assert mapper_from("local").workers == len(os.sched_getaffinity(0))
    assert mapper_from("local:2").workers == 2
    assert isinstance(mapper_from("local:1"), SerialMapper)
    assert mapper_from("ray").address == ""
    assert mapper_from("ray://head:10001").address == "ray://head:10001"
    assert mapper_from("ray:head:6379").address == "head:6379"
    for wrong in ("", "local:0", "local:x", "local:", "threads", "ray:", "ray://"):
        with pytest.raises(ConfigError, match="names no way"):
            mapper_from(wrong)
    with pytest.raises(ConfigError, match="1 worker processes"):
        ProcessMapper(1)


@pytest.mark.slow
@pytest.mark.services
def test_a_ray_cluster_gives_the_same_results(monkeypatch):
    pytest.importorskip("ray")
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    # Workers find this test's own module as a child process would.
    paths = [os.path.dirname(__file__), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))
    mapper = RayMapper(cores=2)
    try:
        heard = []
        cube = np.arange(60_000.0).reshape(100, 600)
        results = mapper.map(partial(cube_facts, cube), list(range(5)), on_done=heard.append)
        assert [total for total, _, _ in results] == [cube[row].sum() for row in range(5)]
        assert not any(writeable for _, writeable, _ in results)
        assert heard == [1, 2, 3, 4, 5]
        assert mapper.map(environment, [0])[0]["OMP_NUM_THREADS"] == "1"
        with pytest.raises(ModelError, match="three is not modelled") as caught:
            mapper.map(fails_at_three, list(range(6)))
        assert "fails_at_three" in caught.value.__notes__[0]
        # Where both were handed to one worker, the answer of the first may die with it.
        with pytest.raises(WorkerError, match=r"died at item [01]"):
            mapper.map(dies, [0, 1])
    finally:
        mapper.close()
