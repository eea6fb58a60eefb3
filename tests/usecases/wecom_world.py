"""A small world for sending over WeCom: tables in memory, a provider with a book of its own, a clock that is moved."""

# ruff: noqa: ARG002 - a fake takes what its port is given

from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ownerloop.adapters.breakers import ProcessBreakers
from ownerloop.adapters.memory import (
    MemoryContacts,
    MemoryGates,
    MemoryOwners,
    MemoryVault,
    MemoryVehicles,
    MemoryWecomTasks,
)
from ownerloop.domain.calendar import civil_day, zone_of
from ownerloop.domain.contact import Contact, ContactState
from ownerloop.domain.errors import ProviderUnavailableError
from ownerloop.domain.gate import Entry, Gate, cycle_key
from ownerloop.domain.vehicle import Vehicle
from ownerloop.domain.wecom import Answer, Created, Lost, Order, Refused, SendStatus, Unreached, WecomRefusal
from ownerloop.outreach_ports import WecomPorts
from ownerloop.usecases.dispatch_contacts import Dispatch, dispatch, sweep
from ownerloop.usecases.send_wecom import SendReport, send_wecom
from ownerloop.usecases.settle_wecom import SettleReport, settle_wecom
from ownerloop.usecases.wecom_moves import WecomRules
from tests.builders import START, a_consent, a_contact, a_forecast, a_store, a_vehicle, an_item_forecast, an_owner
from tests.policy_builders import a_contact_policy

SHANGHAI = zone_of("Asia/Shanghai")
MINUTE = timedelta(minutes=1)


class CrashError(BaseException):
    """The process died here: nothing catches it."""


@dataclass(slots=True)
class ProviderTask:
    """A group message at the provider."""

    order: Order
    made_at: datetime
    is_confirmed: bool = False
    is_cancelled: bool = False
    results: dict[str, SendStatus] = field(default_factory=dict)


class FakeWecom:
    """A provider with a book of its own: what it made, what customers received and when."""

    def __init__(self, on_operation: Callable[[str], None]) -> None:
        self.tasks: dict[str, ProviderTask] = {}
        self.received: list[tuple[str, str, datetime]] = []  # address, link, instant
        self.refuse: deque[Answer] = deque()  # answers of the next calls that make nothing
        self.lose_after: int = 0  # so many of the next tasks are made, and the answer is lost
        self.is_down = False  # answers no question
        self.cancel_fails = False
        self.unsendable: set[str] = set()
        self.fates: dict[str, SendStatus] = {}
        self.orders: list[Order] = []
        self._on_operation = on_operation

    def link_url(self, task_id: str) -> str:
        return f"https://o.example/b?t={task_id}"

    def create_task(self, order: Order, *, now: datetime) -> Answer:
        self._on_operation("wecom.create_task")
        self.orders.append(order)
        if self.refuse:
            return self.refuse.popleft()
        msgid = f"msg{len(self.tasks) + 1}"
        self.tasks[msgid] = ProviderTask(order, now)
        self._on_operation("wecom.create_task answered")
        if self.lose_after:
            self.lose_after -= 1
            return Lost("ReadTimeoutError")
        return Created(msgid, frozenset(self.unsendable & set(order.external_userids)))

    def find_task(self, link_url: str, *, since: datetime, until: datetime, now: datetime) -> str | None:
        self._ask()
        found = (m for m, t in self.tasks.items() if t.order.link_url == link_url and since <= t.made_at <= until)
        return next(found, None)

    def was_confirmed(self, msgid: str, *, sender: str, now: datetime) -> bool:
        self._ask()
        return self.tasks[msgid].is_confirmed

    def results(self, msgid: str, *, sender: str, now: datetime) -> dict[str, SendStatus]:
        self._ask()
        task = self.tasks[msgid]
        asked = [address for address in task.order.external_userids if address not in self.unsendable]
        return {address: task.results.get(address, SendStatus.WAITING) for address in asked}

    def cancel(self, msgid: str, *, now: datetime) -> bool:
        self._on_operation("wecom.cancel")
        if self.cancel_fails or self.is_down or self.tasks[msgid].is_confirmed:
            return False
        self.tasks[msgid].is_cancelled = True
        return True

    def confirm_all(self, now: datetime) -> None:
        """Let every staff member send what waits."""
        for task in self.tasks.values():
            if task.is_confirmed or task.is_cancelled:
                continue
            task.is_confirmed = True
            for address in task.order.external_userids:
                if address in self.unsendable:
                    continue
                task.results[address] = self.fates.get(address, SendStatus.SENT)
                if task.results[address] is SendStatus.SENT:
                    self.received.append((address, task.order.link_url, now))

    def _ask(self) -> None:
        self._on_operation("wecom.ask")
        if self.is_down:
            raise ProviderUnavailableError(cause="down")


class World:
    """Tables, provider, clock; `tick` is ten minutes of everything that runs by itself."""

    def __init__(self, *contacts: Contact, now: datetime = START) -> None:
        self.now = now
        self.operations = 0
        self.seen: list[str] = []
        self.crash_at: int | None = None
        self.meanwhile: tuple[int, Callable[[], object]] | None = None  # somebody else acts before that operation
        self.policy = a_contact_policy()
        self.contacts = MemoryContacts(contacts, on_operation=self._operate)
        self.gates = MemoryGates(on_operation=self._operate)
        self.tasks = MemoryWecomTasks(on_operation=self._operate)
        persons = sorted({contact.person_id for contact in contacts})
        self.owners = MemoryOwners([an_owner(person_id=person_id) for person_id in persons])
        self.vehicles = MemoryVehicles([_a_car(contact) for contact in contacts])
        self.vault = MemoryVault()
        for person_id in persons:
            self.vault.remember_address(person_id, channel="wecom", address=f"wm_{person_id}", told_at=START)
        self.wecom = FakeWecom(self._operate)
        self.breakers = ProcessBreakers()
        self.started: list[str] = []
        for contact in contacts:
            if contact.state is ContactState.RESERVED:
                self._give_slot(contact)

    @property
    def ports(self) -> WecomPorts:
        return WecomPorts(
            contacts=self.contacts,
            gates=self.gates,
            tasks=self.tasks,
            owners=self.owners,
            vehicles=self.vehicles,
            vault=self.vault,
            wecom=self.wecom,
        )

    @property
    def rules(self) -> WecomRules:
        return WecomRules(contact=self.policy, stores={"sh-pudong": a_store()})

    def start(self, *, channel: str, contact_id: str) -> None:
        """Take a start of the sender, as the dispatcher gives it."""
        self.started.append(contact_id)

    def send(self, contact_id: str = "c_1") -> SendReport:
        return send_wecom(contact_id, ports=self.ports, rules=self.rules, breakers=self.breakers, now=self.now)

    def settle(self) -> SettleReport:
        return settle_wecom(ports=self.ports, rules=self.rules, now=self.now)

    def dispatch(self) -> list[str]:
        """Decide what is due or asked for at this instant, and return which senders were started."""
        desk = Dispatch(
            contacts=self.contacts,
            gates=self.gates,
            owners=self.owners,
            vehicles=self.vehicles,
            senders=self,
            policy=self.policy,
            stores=self.rules.stores,
        )
        self.started = []
        requested = [c.person_id for c in self.contacts.held.values() if c.state is ContactState.REQUESTED]
        dispatch(requested, desk=desk, now=self.now)
        sweep(desk=desk, now=self.now)
        return self.started

    def tick(self, *, minutes: int = 10) -> None:
        """Let time pass, then dispatch, send what was started, and settle."""
        self.now += minutes * MINUTE
        for contact_id in self.dispatch():
            self.send(contact_id)
        self.settle()

    def contact(self, contact_id: str = "c_1") -> Contact:
        return self.contacts.held[contact_id]

    def outcome(self, contact_id: str = "c_1") -> tuple[str, str]:
        contact = self.contact(contact_id)
        return contact.state.value, contact.reason

    def trail(self, contact_id: str = "c_1") -> list[str]:
        return [step.state.value for step in self.contact(contact_id).trail]

    def slots(self, person_id: str = "p_1") -> list[str]:
        return [entry.contact_id for entry in self.gates.held.get(person_id, Gate(person_id)).entries]

    def received(self, address: str) -> int:
        return sum(to == address for to, _, _ in self.wecom.received)

    def most_per_day(self) -> int:
        days = Counter((to, civil_day(at, SHANGHAI)) for to, _, at in self.wecom.received)
        return max(days.values(), default=0)

    def withdraw(self, vehicle_id: str = "v_1") -> None:
        """Take every consent for a car back."""
        car = self.vehicles.held[vehicle_id]
        self.vehicles.held[vehicle_id] = replace(car, consent=replace(car.consent, grants=()))

    def _give_slot(self, contact: Contact) -> None:
        assert contact.reserved_day is not None
        day, kind, cycle = contact.reserved_day, contact.contact_class, cycle_key(contact)
        taken = Entry(day, contact.contact_id, START, kind, "wecom", cycle)
        held = self.gates.held.get(contact.person_id, Gate(contact.person_id))
        self.gates.held[contact.person_id] = replace(held, version=held.version + 1, entries=(*held.entries, taken))

    def _operate(self, operation: str) -> None:
        self.operations += 1
        self.seen.append(operation)
        if self.crash_at is not None and self.operations >= self.crash_at:
            self.crash_at = None
            raise CrashError(operation)
        if self.meanwhile is not None and self.operations >= self.meanwhile[0]:
            _, act = self.meanwhile
            self.meanwhile = None
            act()


def a_reserved_contact(*, contact_id: str = "c_1", at: datetime = START, **changes: object) -> Contact:
    """Return a contact that holds a slot of the day and waits for its sender."""
    requested = a_contact(contact_id=contact_id, requested_at=at, **changes)  # type: ignore[arg-type]
    reserved = requested.moved(
        ContactState.RESERVED,
        reason="reserved",
        at=at,
        channel="wecom",
        reserved_day=civil_day(at, SHANGHAI),
        reserved_at=at,
        next_look_at=at + 5 * MINUTE,
    )
    return replace(reserved, version=2)


def reserved_for(persons: Iterable[str]) -> list[Contact]:
    """Return one reserved contact of the same text for each person, each with a car of their own."""
    return [
        a_reserved_contact(contact_id=f"c_{person}", person_id=person, vehicle_id=f"v_{person}") for person in persons
    ]


def refused(refusal: WecomRefusal, *, errcode: int = 1, named: Iterable[str] = ()) -> Refused:
    return Refused(refusal, errcode, frozenset(named))


def unreached() -> Unreached:
    return Unreached("NewConnectionError")


def _a_car(contact: Contact) -> Vehicle:
    forecast = a_forecast(items=[an_item_forecast(item=contact.item, due_cycle=contact.due_cycle)])
    return a_vehicle(vehicle_id=contact.vehicle_id, consent=a_consent(person_id=contact.person_id), forecast=forecast)
