"""Function processes and the provider die mid-run: nothing is lost, nothing goes out twice, everything ends."""

import contextlib
import os
import signal
import socket
import threading
import time
from datetime import time as clock_time
from pathlib import Path

import pytest

from infra.demo.days import Act, Step
from infra.demo.run import driver_of
from infra.demo.setting import Options, fleet_of, instant
from infra.explain.record import record_of
from infra.local.ministack import HOST
from infra.local.provider import Provider, counts_of, start_provider
from infra.local.stack import Stack, Wish, running
from ownerloop.domain.contact import ENDS, ContactState
from tests.emulator.killing import Killer

pytestmark = [pytest.mark.emulator, pytest.mark.slow]

SIZES = ["owners", "days"], [(12, 3), pytest.param(25, 5, marks=pytest.mark.prove)]
_VICTIMS = ("SendWecom", "DispatchContacts", "SettleWecom")
_DELAYS = (0.15, 0.4, 0.8, None)
_KILLING = {Act.SWEEP, Act.SETTLE_WECOM, Act.JOIN, Act.PLAN}


@pytest.mark.parametrize(*SIZES)
def test_functions_killed_mid_run_lose_nothing_and_send_nothing_twice(tmp_path: Path, owners: int, days: int) -> None:
    options = Options(seed=7, owners=owners, days=days, work_dir=tmp_path)
    fleet = fleet_of(options)
    fleet.write_people(options.people)
    wish = Wish(seed=7, starts_at=instant(0, clock_time(1)), people=options.people, work_dir=tmp_path)
    with running(wish, descriptor=tmp_path / "stack.json") as stack:
        killer = Killer(stack.ministack_pid, _VICTIMS, delays=_DELAYS)

        def on_step(day: int, step: Step) -> None:
            if step.act in _KILLING and day < days:
                killer.strike()

        driver_of(stack, fleet, seed=7, on_step=on_step).run()
        killer.rest()

        contacts = record_of(stack.endpoint, stack.outputs, at=stack.now()).contacts.values()
        provider = counts_of(log=stack.provider_log, people=stack.people)
    states = [contact.state for contact in contacts]
    sent = provider["provider_messages"]
    assert killer.killed > 0
    assert set(states) <= ENDS
    assert provider["duplicates"] == 0
    assert provider["max_messages_per_owner_day"] <= 3
    assert provider["over_own_max"] == []
    assert provider["quiet_hours_violations"] == []
    assert 0 <= sent - states.count(ContactState.ACCEPTED) <= states.count(ContactState.UNKNOWN)
    assert sent > 0


class Flaky:
    """Kills the provider at two sweeps and starts it again on its port a moment later, with its log."""

    def __init__(self, stack: Stack, people: Path) -> None:
        self._stack, self._people = stack, people
        self._port = int(stack.provider_url.rpartition(":")[2])
        self._pid = stack.provider_pid
        self._back: list[Provider] = []
        self.deaths: list[int] = []

    def on_step(self, day: int, step: Step) -> None:
        if step.act is Act.SWEEP and day in {1, 2} and day not in self.deaths:
            self.deaths.append(day)
            os.kill(self._pid, signal.SIGKILL)
            threading.Timer(1.5, self._come_back, [held_port(self._port)]).start()

    def stop(self) -> None:
        for provider in self._back:
            provider.stop()

    def _come_back(self, place: socket.socket) -> None:
        place.close()
        folder, clock = Path(self._stack.work_dir), Path(self._stack.clock)
        provider = start_provider(
            folder, seed=8, clock_file=clock, people=self._people, port=self._port, outlives_us=True
        )
        self._back.append(provider)
        self._pid = provider.child.process.pid


def held_port(port: int) -> socket.socket:
    """Return a socket that keeps a port, whose owner was just killed, from being given to others; it never answers."""
    ends_at = time.monotonic() + 10
    while True:
        place = socket.socket()
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            place.bind((HOST, port))
        except OSError:
            place.close()
            assert time.monotonic() < ends_at, "the provider does not die"
            time.sleep(0.01)  # the kernel gives a port back when the killed process is gone, and tells nobody
        else:
            return place


@pytest.mark.parametrize(*SIZES)
def test_a_provider_that_dies_and_comes_back_is_asked_what_it_had_done(tmp_path: Path, owners: int, days: int) -> None:
    options = Options(seed=8, owners=owners, days=days, work_dir=tmp_path)
    fleet = fleet_of(options)
    fleet.write_people(options.people)
    wish = Wish(seed=8, starts_at=instant(0, clock_time(1)), people=options.people, work_dir=tmp_path)
    with running(wish, descriptor=tmp_path / "stack.json") as stack, contextlib.ExitStack() as undo:
        flaky = Flaky(stack, options.people)
        undo.callback(flaky.stop)

        driver_of(stack, fleet, seed=8, on_step=flaky.on_step).run()

        contacts = record_of(stack.endpoint, stack.outputs, at=stack.now()).contacts.values()
        provider = counts_of(log=stack.provider_log, people=stack.people)
    states = [contact.state for contact in contacts]
    sent = provider["provider_messages"]
    assert flaky.deaths == [1, 2]
    assert set(states) <= ENDS
    assert provider["duplicates"] == 0
    assert provider["max_messages_per_owner_day"] <= 3
    assert provider["over_own_max"] == []
    assert 0 <= sent - states.count(ContactState.ACCEPTED) <= states.count(ContactState.UNKNOWN)
