"""One simulated stack: the product's use cases wired over the tables, and the functions that start them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from random import Random

from infra.simulation.faults import seed_of
from infra.simulation.outside import SimulatedWecom
from infra.simulation.provider import Provider
from infra.simulation.stage import STARTS_AT, Stage
from infra.simulation.tables import Parts, Tables, answered
from ownerloop.adapters import policy_files
from ownerloop.adapters.booking_desk import booking_rules
from ownerloop.adapters.breakers import ProcessBreakers
from ownerloop.adapters.complaint_desk import complaint_desk
from ownerloop.adapters.intake_rules import intake_rules
from ownerloop.adapters.interaction_policies import interaction_policy
from ownerloop.adapters.points_policies import points_policy
from ownerloop.adapters.portrait_desk import portrait_desk
from ownerloop.adapters.rulebook import Rule, policy_at, replanner, silencer
from ownerloop.adapters.store_zones import zone_name
from ownerloop.adapters.tier_policies import tier_policy
from ownerloop.contracts import booking_events, hot, identity, points_events
from ownerloop.contracts.announcements import lead_time_updated
from ownerloop.contracts.identities import identity_changed
from ownerloop.contracts.intake import TelemetryV1
from ownerloop.contracts.resync import resync_requested
from ownerloop.contracts.tier_events import tier_changed
from ownerloop.domain.calendar import civil_day, zone_of
from ownerloop.domain.changes import ContactChange
from ownerloop.domain.contact import Contact
from ownerloop.domain.intake import IntakeRules
from ownerloop.domain.policy import ContactPolicy
from ownerloop.domain.redemption import Mall, MallItem
from ownerloop.domain.report import EventIdentity, VehicleReport
from ownerloop.domain.tier_policy import TierPolicy
from ownerloop.identity_ports import People, TierDesk
from ownerloop.outreach_ports import WecomPorts
from ownerloop.owner_ports import InteractionRules
from ownerloop.points_ports import PointsDesk
from ownerloop.usecases.dispatch_contacts import Dispatch
from ownerloop.usecases.enrolment_rounds import EnrolmentWorld
from ownerloop.usecases.intake_world import IntakeWorld
from ownerloop.usecases.interaction_world import InteractionWorld
from ownerloop.usecases.wecom_moves import WecomRules
from ownerloop.workshop_ports import BookingDesk

STRICTER_FROM = timedelta(days=2)  # from then on two messages a day, in the third policy day of a run
LAG_SHARE = 0.15  # of writes that an index shows late


@dataclass(slots=True)
class Requeue:
    """The way back onto the queue of vehicle data."""

    stage: Stage
    to: Callable[[tuple[bytes, ...], datetime], None] = lambda *_: None

    def send(self, events: Sequence[bytes], *, received_at: datetime) -> None:
        """Queue the events again as a message of their own."""
        self.stage.before_operation("requeue.send")
        self.to(tuple(events), received_at)


class ReadOnce(TelemetryV1):
    """The contract of vehicle data; a body that comes again is not read again."""

    def read(self, body: bytes) -> VehicleReport:
        """Return the report, or raise MalformedEventError for the first field that breaks its rule."""
        return _report_in(body)

    def identity_of(self, body: bytes) -> EventIdentity:
        """Return who the event says it is, even when the rest of it is broken."""
        return _identity_in(body)


@lru_cache(maxsize=4_096)
def _report_in(body: bytes) -> VehicleReport:
    return hot.read(body)


_identity_in = lru_cache(maxsize=4_096)(identity.identity_of)


@dataclass
class Stack:
    """Tables, provider, and the worlds of the functions."""

    stage: Stage
    parts: Parts = field(default_factory=Parts)
    on_change: Callable[[ContactChange], None] = lambda _: None
    on_start: Callable[[str], None] = lambda _: None
    _desks: dict[date, Dispatch] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        draw = Random(seed_of(self.stage.seed, "index"))  # noqa: S311  # seeded, not secret
        self.tables = Tables(self.stage, self.parts, self._seen, lambda: draw.random() < LAG_SHARE)
        self.provider = Provider(self.stage.seed, self.stage.at)
        self.requeue = Requeue(self.stage)
        self.cars = self.parts.cars_as_read(self.tables.vehicles)
        self.breakers = ProcessBreakers()
        self.intake, self.enrolment = self._intake(), self._enrolment()
        self.interactions, self.desk, self.wecom = self._interactions(), self._dispatch(), self._wecom()

    def start(self, *, channel: str, contact_id: str) -> None:
        """Take the asynchronous start of a sender."""
        del channel
        self.stage.before_operation("senders.start")
        self.on_start(contact_id)
        self.stage.after_operation()

    def desk_at(self, now: datetime) -> Dispatch:
        """Return the desk with the policy of the day."""
        on = now.date()
        if on not in self._desks:
            self._desks[on] = replace(self.desk, policy=contact_policy(on))
        return self._desks[on]

    def rules_at(self, now: datetime) -> WecomRules:
        """Return the rules of sending of the day."""
        return WecomRules(contact=contact_policy(civil_day(now, zone_of(None))), stores=policy_files.stores())

    def _seen(self, before: Contact | None, after: Contact) -> None:
        self.on_change(ContactChange(before, after))

    def _intake(self) -> IntakeWorld:
        t, stage = self.tables, self.stage
        return IntakeWorld(
            vault=answered(t.vault, stage),
            vehicles=answered(self.cars, stage),
            priors=answered(t.priors, stage),
            leads=answered(t.leads, stage),
            presence=answered(t.presence, stage),
            history=answered(t.history, stage),
            quarantine=answered(t.quarantine, stage),
            bus=answered(t.bus, stage),
            requeue=answered(self.requeue, stage),
            contract=ReadOnce(),
            announcement=lead_time_updated,
            cases=answered(t.cases, stage),
            resync=resync_requested,
        )

    def _replan(self) -> Rule:
        book, leads = answered(self.tables.priors, self.stage), answered(self.tables.leads, self.stage)
        return replanner(book, leads, forecast_policy=lambda on: plain_rules(on).forecast)

    def _enrolment(self) -> EnrolmentWorld:
        t, stage = self.tables, self.stage
        return EnrolmentWorld(
            vault=answered(t.vault, stage),
            enrolments=answered(t.enrolments, stage),
            vehicles=answered(t.vehicles, stage),
            surrogates=t.surrogates,
            history=answered(t.history, stage),
            quarantine=answered(t.quarantine, stage),
            forecast_policy=policy_at,
            replan=self._replan(),
            silence=silencer(),
            people=People(
                identities=answered(t.identities, stage),
                identifiers=answered(t.identifiers, stage),
                contacts=answered(t.contacts, stage),
                bus=answered(t.bus, stage),
                announcement=identity_changed,
                points=answered(t.points, stage),
                ledger=answered(t.points, stage),
                consents=answered(t.consents, stage),
                tiers=TierDesk(
                    tiers=answered(t.tiers, stage),
                    policy=_tier_policy,
                    store_zone=zone_name,
                    announcement=tier_changed,
                    history=answered(t.history, stage),
                ),
            ),
        )

    def _interactions(self) -> InteractionWorld:
        t, stage = self.tables, self.stage
        points, owners = answered(t.points, stage), answered(t.owners, stage)
        return InteractionWorld(
            directory=answered(t.vault, stage),
            interactions=answered(t.interactions, stage),
            vehicles=answered(t.vehicles, stage),
            history=answered(t.history, stage),
            quarantine=answered(t.quarantine, stage),
            bus=answered(t.bus, stage),
            replan=self._replan(),
            rules=InteractionRules(interaction_policy, _tier_policy, zone_name, tier_changed, portrait_desk()),
            bookings=BookingDesk(
                answered(t.workshop, stage), answered(t.evidence, stage), owners, booking_events, booking_rules()
            ),
            points=PointsDesk(points, owners, points_events, points_policy, lambda _: MALL),
            complaints=complaint_desk(),
        )

    def _dispatch(self) -> Dispatch:
        t, stage = self.tables, self.stage
        return Dispatch(
            contacts=answered(t.contacts, stage),
            gates=answered(t.gates, stage),
            owners=answered(t.owners, stage),
            vehicles=answered(self.cars, stage),
            senders=self,
            policy=contact_policy(STARTS_AT.date()),
            stores=policy_files.stores(),
        )

    def _wecom(self) -> WecomPorts:
        t, stage = self.tables, self.stage
        return WecomPorts(
            contacts=answered(t.contacts, stage),
            gates=answered(t.gates, stage),
            tasks=answered(t.tasks, stage),
            owners=answered(t.owners, stage),
            vehicles=answered(self.cars, stage),
            vault=answered(t.vault, stage),
            wecom=SimulatedWecom(self.provider, stage),
        )


MALL = Mall("simulated", date(2014, 1, 1), {"mug": MallItem("mug", "杯", "Mug", 20, 9)})


@cache
def contact_policy(on: date) -> ContactPolicy:
    """Return the limits of the day: three, and two with one kept from the day on which the policy changes."""
    held = policy_files.contact_policy(on)
    if on < (STARTS_AT + STRICTER_FROM).astimezone(UTC).date():
        return held
    return replace(held, version="contact-stricter", daily_max=2)


@cache
def plain_rules(on: date) -> IntakeRules:
    """Return the intake's rules of the day, forecasting by the plain rate: no law asks when a service falls due."""
    held = intake_rules(on)
    return replace(held, forecast=replace(held.forecast, usage=None))


def _tier_policy(on: date, *, store_id: str | None = None) -> TierPolicy:  # noqa: ARG001  # one store is like another
    return tier_policy(on)
