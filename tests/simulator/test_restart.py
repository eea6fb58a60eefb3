"""What a provider still knows after it was killed in mid run."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from infra.simulator.quota import Quota
from tests.simulator.conftest import Start
from tests.simulator.trial import DAY, Trial, a_crowd

ROOT = Path(__file__).parents[2]
Process = tuple[subprocess.Popen[str], int]


@pytest.fixture
def launch() -> Iterator[Callable[..., Process]]:
    """Start simulators as processes of their own on a trial's files, and return process and port."""
    with ExitStack() as running:

        def launched(trial: Trial, *options: str) -> Process:
            files = {
                "--log": trial.settings.log,
                "--clock-file": trial.settings.clock_file,
                "--people": trial.settings.people,
            }
            arguments = [str(word) for pair in files.items() for word in pair]
            command = [sys.executable, "-m", "infra.simulator", "--faults", "off", *arguments, *options]
            started = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
            process = running.enter_context(started)
            running.callback(process.kill)
            assert process.stdout is not None
            return process, json.loads(process.stdout.readline())["port"]

        yield launched


def again(trial: Trial) -> None:
    """Stop, and serve the same files anew."""
    trial.stop()
    trial.serve()


def test_a_restarted_provider_knows_tasks_results_and_tokens(provider: Trial) -> None:
    token = provider.token()
    sent = provider.create("wmli", link="https://o.example/1")["msgid"]
    provider.after(timedelta(hours=1, minutes=30))
    provider.results(sent)
    waiting = provider.create("wmwang", link="https://o.example/2")["msgid"]

    again(provider)

    assert provider.results(sent) == {"wmli": 1}
    assert provider.results(waiting) == {"wmwang": 0}
    answer = provider.send("POST", f"/cgi-bin/externalcontact/get_groupmsg_task?access_token={token}", {"msgid": sent})
    assert json.loads(answer[1])["errcode"] == 0
    provider.after(DAY)
    assert provider.results(waiting) == {"wmwang": 1}
    assert len(provider.entries("message_sent")) == 2


def test_a_restarted_provider_knows_what_was_received_and_tried(start: Start) -> None:
    provider = start(quota=Quota.DAY)
    provider.create("wmli", link="https://o.example/1")
    provider.after(timedelta(hours=2))
    provider.admin("health")

    again(provider)
    provider.create("wmli", link="https://o.example/2")
    provider.after(timedelta(hours=2))
    provider.admin("health")

    assert [entry["reason"] for entry in provider.entries("message_sent", "not_sent")] == ["sent", "quota"]


def test_a_line_that_was_cut_off_is_forgotten_and_what_follows_is_whole(provider: Trial) -> None:
    provider.create("wmli", link="https://o.example/1")
    with provider.settings.log.open("a", encoding="utf-8") as log:
        log.write('{"kind": "task_created", "at": "2026-')

    again(provider)
    provider.create("wmli", link="https://o.example/2")

    assert [entry["link_url"] for entry in provider.entries()] == ["https://o.example/1", "https://o.example/2"]


def test_a_confirmation_that_was_cut_short_is_finished_without_sending_twice(start: Start) -> None:
    provider = start(a_crowd(5))
    msgid = provider.create()["msgid"]
    provider.after(DAY)
    whole = provider.results(msgid)
    lines = provider.settings.log.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [number for number, line in enumerate(lines) if '"message_sent"' in line][2]

    provider.settings.log.write_text("".join(lines[:kept]), encoding="utf-8")
    again(provider)

    assert provider.results(msgid) == whole
    assert [entry["external_userid"] for entry in provider.entries("message_sent")] == sorted(whole)


def test_a_killed_process_comes_back_with_every_answered_task(start: Start, launch: Callable[..., Process]) -> None:
    trial = start(a_crowd(20))
    trial.stop()
    process, trial.port = launch(trial)
    made = [trial.create(f"wm{n:04}", link=f"https://o.example/{n}")["msgid"] for n in range(20)]
    os.kill(process.pid, signal.SIGKILL)
    process.wait()

    _, trial.port = launch(trial, "--port", str(trial.port))
    trial.after(DAY)

    assert [trial.results(msgid) for msgid in made] == [{f"wm{n:04}": 1} for n in range(20)]
    assert len(trial.entries("message_sent")) == 20


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_process_that_is_told_to_stop_ends_cleanly(
    start: Start, launch: Callable[..., Process], tmp_path: Path, how: signal.Signals
) -> None:
    trial = start()
    port_file = tmp_path / "port"

    process, port = launch(trial, "--port-file", str(port_file))
    process.send_signal(how)

    assert process.wait(timeout=60) == 0
    assert port_file.read_text(encoding="utf-8") == str(port)
