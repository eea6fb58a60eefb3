"""The whole stack comes up from the template, answers, can be found, and leaves nothing behind."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from infra.local.clients import client
from infra.local.deploy import log_groups
from infra.local.drain import Queues
from infra.local.processes import is_alive
from infra.local.stack import Stack, Wish, find_stack, running
from infra.template.reading import load_template, resources

pytestmark = pytest.mark.emulator

_RUN = """
import signal, sys, time
from pathlib import Path
from infra.local.stack import Wish, running
signal.signal(signal.SIGINT, signal.default_int_handler)
folder = Path(sys.argv[1])
wish = Wish(seed=1, starts_at=None, people=folder / "people.json", work_dir=folder)
with running(wish, descriptor=folder / "stack.json"):
    print("up", flush=True)
    time.sleep(120)
"""


def a_wish(folder: Path) -> Wish:
    (folder / "people.json").write_text('{"people": []}', encoding="utf-8")
    return Wish(seed=1, starts_at=None, people=folder / "people.json", work_dir=folder)


def ended(*pids: int, seconds: float = 60.0) -> bool:
    ends_at = time.monotonic() + seconds
    while any(is_alive(pid) for pid in pids) and time.monotonic() < ends_at:
        time.sleep(0.05)
    return not any(is_alive(pid) for pid in pids)


def test_a_stack_answers_while_it_is_up_and_is_gone_afterwards(tmp_path: Path) -> None:
    descriptor = tmp_path / "stack.json"

    with running(a_wish(tmp_path), descriptor=descriptor) as stack:
        assert find_stack(descriptor) == stack
        depths = Queues.of(stack.endpoint).depths()
        assert depths == dict.fromkeys(resources(load_template(), "AWS::SQS::Queue"), 0)
        assert "ingest_vehicle_data" in log_groups(stack.endpoint)
        assert stack.endpoint.startswith("http://127.0.0.1:")
        secret = client("secretsmanager", stack.endpoint).get_secret_value(SecretId=stack.outputs["WecomSecretId"])
        assert {"corpid", "corpsecret", "link_base_url"} <= set(json.loads(secret["SecretString"]))

    assert find_stack(descriptor) is None
    assert ended(stack.ministack_pid, stack.provider_pid)
    assert not (tmp_path / "scratch").exists()


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGKILL])
def test_whoever_started_a_stack_takes_it_along_however_it_ends(tmp_path: Path, sign: signal.Signals) -> None:
    a_wish(tmp_path)
    command = [sys.executable, "-c", _RUN, str(tmp_path)]
    starter = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert starter.stdout is not None
    assert starter.stdout.readline() == b"up\n"
    stack = Stack(**json.loads((tmp_path / "stack.json").read_text(encoding="utf-8")))

    starter.send_signal(sign)
    starter.wait(timeout=60)
    starter.stdout.close()

    assert ended(stack.ministack_pid, stack.provider_pid)
