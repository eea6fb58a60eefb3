"""The client against the simulated provider, which shares no code with it and runs as a process of its own."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ownerloop.adapters.memory import MemoryTokenCache
from ownerloop.adapters.wecom import client as client_module
from ownerloop.adapters.wecom.client import WecomClient
from ownerloop.domain.wecom import Created, Lost, Order, Refused, SendStatus, WecomRefusal
from tests.builders import START

ROOT = Path(__file__).parents[2]
SECRET = {"corpid": "ww1", "corpsecret": "s", "link_base_url": "https://o.example/b"}
CUSTOMERS = 120
HOUR = timedelta(hours=1)
CALLS = ("busy", "rate", "http_500", "slow", "lost_before", "lost_after")
OTHERS = ("late", "never", "not_friend", "other_broadcast", "poll_busy", "poll_dispatching")
NO_FAULTS = dict.fromkeys((*CALLS, *OTHERS), 0.0)


@dataclass(slots=True)
class Simulated:
    """A running provider and its clock."""

    client: WecomClient
    clock_file: Path
    log: Path
    now: datetime = START

    def after(self, span: timedelta) -> datetime:
        self.now += span
        self.clock_file.write_text(self.now.isoformat(), encoding="utf-8")
        return self.now

    def create(self, *addresses: str, task_id: str = "t_1") -> object:
        order = Order("zhang", addresses or ("wm000",), "该保养了", self.client.link_url(task_id))
        return self.client.create_task(order, now=self.now)

    def entries(self, kind: str) -> int:
        return sum(json.loads(line)["kind"] == kind for line in self.log.read_text(encoding="utf-8").splitlines())


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "PAUSES", (0.0, 0.0))


@pytest.fixture
def faults() -> dict[str, float]:
    return {}


@pytest.fixture
def simulated(tmp_path: Path, faults: dict[str, float]) -> Iterator[Simulated]:
    clock_file, people, log = tmp_path / "clock", tmp_path / "people.json", tmp_path / "log.jsonl"
    clock_file.write_text(START.isoformat(), encoding="utf-8")
    rows = [
        {
            "person": f"p{n}",
            "external_userid": f"wm{n:03}",
            "staff": ["zhang"],
            "friend": n != 1,
            "zone": "Asia/Shanghai",
        }
        for n in range(CUSTOMERS)
    ]
    people.write_text(json.dumps({"people": rows}), encoding="utf-8")
    files = ["--log", str(log), "--clock-file", str(clock_file), "--people", str(people)]
    shares = ["--faults", json.dumps(NO_FAULTS | faults), "--corp-id", "ww1", "--secret", "s"]
    command = [sys.executable, "-m", "infra.simulator", "--port", "0", "--seed", "11", *files, *shares]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            port = json.loads(process.stdout.readline())["port"]
            client = WecomClient(f"http://127.0.0.1:{port}", read_secret=lambda: SECRET, tokens=MemoryTokenCache())
            yield Simulated(client, clock_file, log)
        finally:
            process.terminate()


def test_a_task_waits_until_its_staff_member_sends_it(simulated: Simulated) -> None:
    created = simulated.create("wm000", "wm001")
    before = simulated.client.was_confirmed(msgid_of(created), sender="zhang", now=simulated.now)

    now = simulated.after(2 * HOUR)

    assert before is False
    assert simulated.client.was_confirmed(msgid_of(created), sender="zhang", now=now)
    assert simulated.client.results(msgid_of(created), sender="zhang", now=now) == {
        "wm000": SendStatus.SENT,
        "wm001": SendStatus.NOT_FRIEND,
    }


def test_a_stranger_is_left_out_of_the_task(simulated: Simulated) -> None:
    answer = simulated.create("wm000", "wm-stranger")

    assert isinstance(answer, Created)
    assert answer.not_sendable == {"wm-stranger"}


def test_nobody_but_strangers_is_refused(simulated: Simulated) -> None:
    answer = simulated.create("wm-stranger")

    assert answer == Refused(WecomRefusal.BAD_ADDRESS, 40096, frozenset({"wm-stranger"}))


@pytest.mark.parametrize("faults", [{"lost_after": 1.0}])
def test_a_task_whose_answer_was_lost_is_found_among_many_by_its_link(simulated: Simulated) -> None:
    answers = [simulated.create(f"wm{n:03}", task_id=f"t_{n}") for n in range(CUSTOMERS)]

    link = simulated.client.link_url("t_111")
    found = simulated.client.find_task(link, since=START - HOUR, until=START + HOUR, now=simulated.now)

    assert {type(answer) for answer in answers} == {Lost}
    assert found is not None
    assert simulated.client.results(found, sender="zhang", now=simulated.now) == {"wm111": SendStatus.WAITING}


@pytest.mark.parametrize("faults", [{"lost_before": 1.0}, {"http_500": 1.0}], ids=["lost", "500"])
def test_a_task_that_was_never_made_is_not_found(simulated: Simulated) -> None:
    answer = simulated.create()

    link = simulated.client.link_url("t_1")
    assert isinstance(answer, Lost)
    assert simulated.client.find_task(link, since=START - HOUR, until=START + HOUR, now=simulated.now) is None


@pytest.mark.parametrize("faults", [{"rate": 1.0}])
def test_a_refused_order_passes_later_under_the_same_link(simulated: Simulated) -> None:
    assert simulated.create() == Refused(WecomRefusal.RATE_LIMITED, 45009)
    assert isinstance(simulated.create(), Created)


@pytest.mark.parametrize("faults", [{"busy": 1.0}])
def test_a_busy_moment_costs_nothing(simulated: Simulated) -> None:
    assert isinstance(simulated.create(), Created)
    assert simulated.entries("task_created") == 1


def test_a_stopped_task_is_never_sent(simulated: Simulated) -> None:
    msgid = msgid_of(simulated.create())

    is_stopped = simulated.client.cancel(msgid, now=simulated.now)
    now = simulated.after(12 * HOUR)

    assert is_stopped
    assert simulated.client.results(msgid, sender="zhang", now=now) == {"wm000": SendStatus.WAITING}
    assert simulated.entries("message_sent") == 0


def test_a_sent_task_cannot_be_stopped(simulated: Simulated) -> None:
    msgid = msgid_of(simulated.create())

    now = simulated.after(2 * HOUR)

    assert simulated.client.cancel(msgid, now=now) is False


def test_a_token_that_expired_at_the_provider_is_renewed(simulated: Simulated) -> None:
    simulated.create()
    before = simulated.now
    simulated.after(2 * HOUR)
    simulated.now = before  # our clock lags behind the provider's, so the token still looks good to us

    assert isinstance(simulated.create(task_id="t_2"), Created)


def msgid_of(answer: object) -> str:
    assert isinstance(answer, Created)
    return answer.msgid
