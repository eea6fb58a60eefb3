"""Child processes: started apart from us, stopped whole, and named when they fail."""

import os
import sys
import time
from pathlib import Path

import pytest

from infra.local.ministack import MissingEnvironmentError, start_ministack
from infra.local.processes import ChildFailedError, is_alive, start_child
from infra.local.provider import start_provider

_NEST = "import subprocess, sys, time; p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); "
_SAY = "print(p.pid, flush=True); time.sleep(60)"
# A local cloud that comes up at the second try.
_LATE = """
import http.server, os, pathlib

asked = pathlib.Path(__file__).with_name("asked")
is_first = not asked.exists()
with asked.open("a") as ports:
    print(os.environ["GATEWAY_PORT"], file=ports)
if is_first:
    raise SystemExit("address already in use")

class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"status": "completed"}')

http.server.HTTPServer(("127.0.0.1", int(os.environ["GATEWAY_PORT"])), Ready).serve_forever()
"""


def wait_for(path: Path, *, seconds: float = 60.0) -> str:
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        if path.is_file() and (text := path.read_text(encoding="utf-8").strip()):
            return text
        time.sleep(0.02)
    raise AssertionError(f"{path} stayed empty")


def test_stopping_a_child_stops_what_it_started(tmp_path: Path) -> None:
    log = tmp_path / "child.log"
    child = start_child("a parent", [sys.executable, "-c", _NEST + _SAY], env=os.environ, log=log)
    grandchild = int(wait_for(log))

    child.stop()

    assert not child.is_running
    ends_at = time.monotonic() + 60
    while is_alive(grandchild) and _state(grandchild) != "Z" and time.monotonic() < ends_at:
        time.sleep(0.02)
    assert not is_alive(grandchild) or _state(grandchild) == "Z"


def test_stopping_twice_does_nothing_more(tmp_path: Path) -> None:
    child = start_child("a sleeper", [sys.executable, "-c", "pass"], env=os.environ, log=tmp_path / "log")

    child.stop()
    child.stop()

    assert not child.is_running


def test_a_provider_that_does_not_come_up_is_named_with_the_end_of_its_log(tmp_path: Path) -> None:
    with pytest.raises(ChildFailedError, match=r"(?s)provider simulator did not come up.*people\.json"):
        start_provider(tmp_path, seed=1, clock_file=tmp_path / "clock", people=tmp_path / "people.json")


def test_a_local_cloud_that_was_never_built_says_how_to_build_it(tmp_path: Path) -> None:
    with pytest.raises(MissingEnvironmentError, match="make env"):
        start_ministack(tmp_path, {}, interpreter=tmp_path / "python")


def test_a_port_that_was_given_to_somebody_else_meanwhile_is_changed_for_another(tmp_path: Path) -> None:
    interpreter = tmp_path / "python"
    interpreter.write_text(f"#!{sys.executable}\n{_LATE}", encoding="utf-8")
    interpreter.chmod(0o755)

    cloud = start_ministack(tmp_path, {}, interpreter=interpreter)
    cloud.stop()

    _, second = (tmp_path / "asked").read_text(encoding="utf-8").split()
    assert cloud.endpoint.endswith(f":{second}")


def _state(pid: int) -> str:
    stat = Path(f"/proc/{pid}/stat")
    return stat.read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] if stat.is_file() else "Z"
