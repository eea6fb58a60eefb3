"""What owners do becomes facts, tiers, cases and wishes: each event once, whatever the order of arrival."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ownerloop.domain.calendar import civil_day
from ownerloop.domain.cases import Case
from ownerloop.domain.changing import changed_copy
from ownerloop.domain.errors import MalformedEventError, VersionConflictError
from ownerloop.domain.facts import Fact
from ownerloop.domain.interaction_change import Held
from ownerloop.domain.interactions import WECOM, InteractionArrival, vin_of
from ownerloop.domain.owner import Owner
from ownerloop.domain.redemption import Redemption
from ownerloop.domain.standing import Standing
from ownerloop.domain.tier_record import TierRecord
from ownerloop.owner_ports import Directory
from ownerloop.ports import Refusal, Row
from ownerloop.usecases import moving_points
from ownerloop.usecases.asking_portraits import portrait_asks
from ownerloop.usecases.booking_answers import refusals_told, standings_told, tell
from ownerloop.usecases.deciding_interactions import change_of, fact_in, unknown_owner
from ownerloop.usecases.interaction_effects import case_key
from ownerloop.usecases.interaction_rows import InteractionReport, interaction_row, tier_change_row
from ownerloop.usecases.interaction_world import InteractionWorld, Names
from ownerloop.usecases.refusal_rows import refusal_row
from ownerloop.usecases.refusing import refusal_of
from ownerloop.usecases.telling_complaints import say_at_once

ATTEMPTS_MAX = 8  # a loser of the conditional write reads again; more than this is a fault for the queue


@dataclass(frozen=True, slots=True)
class _Done:
    fact: Fact
    owner: Owner
    tier: TierRecord
    standings: tuple[Standing, ...] = ()  # the event's own booking first, then those that it promoted
    redemption: Redemption | None = None
    case: Case | None = None
    replies: Sequence[Row] = ()


def process(
    arrivals: Sequence[InteractionArrival],
    *,
    world: InteractionWorld,
    now: datetime,
    refusals: Sequence[Refusal] = (),
    may_begin: Callable[[], bool] = lambda: True,
) -> InteractionReport:
    """Apply arrivals with their inbox markers, record and announce them; those that no more `may_begin` are put off."""
    report = InteractionReport(refused=list(refusals))
    names = _names(arrivals, directory=world.directory)
    rows: list[Row] = []
    changes: list[Row] = []
    replies = 0
    answers: list[Mapping[str, Any]] = []  # to bookings and redemptions that broke a rule
    for arrival in _in_time(arrivals, may_begin, report):
        try:
            done = _take(arrival, names=names, world=world, now=now)
        except MalformedEventError as error:
            report.refused.append(refusal_of(arrival, reason=error.reason, field=error.field, rule=error.rule))
            answers += refusals_told(arrival, error, desk=world.bookings)
            answers += moving_points.refusals_told(arrival, error, desk=world.points)
            continue
        except Exception as fault:  # noqa: BLE001  # reported and queued again; the other events must not pay for it
            report.faulted.append(arrival.event_key)
            report.faults.append(fault)
            continue
        report.accepted.append(arrival.event_key)
        rows.append(interaction_row(done.fact))
        changes += _change_rows(done, cause=arrival.event_key)
        replies += len(done.replies)
        for standing in done.standings:
            report.bookings[standing.reason] += 1
        if done.redemption:
            report.redemptions[done.redemption.reason] += 1
    if answers:
        world.bus.publish(answers)
    _record(report, rows, changes, world=world, now=now)
    report.announced, report.replies = len(changes), replies
    return report


def _in_time(
    arrivals: Sequence[InteractionArrival], may_begin: Callable[[], bool], report: InteractionReport
) -> Iterator[InteractionArrival]:
    """Yield arrivals while one may be begun, the first in any case, so that every batch gets on; note the rest."""
    for place, arrival in enumerate(arrivals):
        if place and not may_begin():
            report.put_off += [late.event_key for late in arrivals[place:]]
            return
        yield arrival


def _record(
    report: InteractionReport, rows: Sequence[Row], changes: Sequence[Row], *, world: InteractionWorld, now: datetime
) -> None:
    if report.refused:
        world.quarantine.put(report.refused, now=now)
        world.history.append("refusals", [refusal_row(refusal) for refusal in report.refused])
    if rows:
        world.history.append("interactions", rows)
    if changes:
        world.history.append("tier_changes", changes)


def _names(arrivals: Sequence[InteractionArrival], *, directory: Directory) -> Names:
    keys = {a.subject for a in arrivals if not (a.is_wecom_address or a.is_case or a.is_person)}
    addresses = {a.subject for a in arrivals if a.is_wecom_address}
    vins = {vin for a in arrivals if (vin := vin_of(a.interaction))}
    return Names(
        aliases=directory.alias_ids(sorted(keys)) if keys else {},
        addresses=directory.persons_at(sorted(addresses), channel=WECOM) if addresses else {},
        cars=directory.vehicle_ids(sorted(vins)) if vins else {},
    )


def _take(arrival: InteractionArrival, *, names: Names, world: InteractionWorld, now: datetime) -> _Done:
    done = _apply(arrival, names=names, world=world, now=now)
    if changes := done.tier.caused_by(arrival.event_key):
        store_id = done.owner.store_id
        world.bus.publish([world.rules.announcement(done.tier, change=change, store_id=store_id) for change in changes])
    if done.standings:
        tell(arrival, done.standings, desk=world.bookings, bus=world.bus)
    if done.redemption:
        moving_points.tell_redemption(arrival, done.redemption, desk=world.points, bus=world.bus)
    if asks := portrait_asks(done.fact, owner=done.owner, desk=world.rules.portraits):
        world.bus.publish(asks)
    said = say_at_once(arrival, done.case, owner=done.owner, desk=world.complaints, now=now)
    if said.replies:  # on record before it is said: a later event of this batch may close the case for good
        world.history.append("replies", said.replies)
    if said.events:
        world.bus.publish(said.events)
    return changed_copy(done, replies=said.replies) if said.replies else done


def _apply(arrival: InteractionArrival, *, names: Names, world: InteractionWorld, now: datetime) -> _Done:
    person_id = _person(arrival, names=names, world=world)
    for _ in range(ATTEMPTS_MAX):
        held = world.interactions.held(
            person_id, event_key=arrival.event_key, case_key=case_key(arrival.interaction, person_id)
        )
        if held.applied is not None:
            return _found(arrival, held, names=names, world=world)
        try:
            done = _decide(arrival, held, names=names, world=world, now=now)
        except VersionConflictError:
            continue
        if done is not None:
            return done
    raise VersionConflictError(item=person_id)


def _decide(
    arrival: InteractionArrival, held: Held, *, names: Names, world: InteractionWorld, now: datetime
) -> _Done | None:
    # None if somebody else applied the event meanwhile.
    change = change_of(arrival, held, names=names, world=world, now=now)
    today = civil_day(now, world.zone(held.owner))
    moved = moving_points.move_points(
        arrival, change.fact, owner=held.owner, tier=held.tier, desk=world.points, now=now, today=today
    )
    if not world.interactions.apply(changed_copy(change, points=moved.change)):
        return None
    owner, tier = change.owner or held.owner, change.tier or held.tier
    return _Done(change.fact, owner, tier, change.workshop.standings, moved.redemption, change.case or held.case)


def _found(arrival: InteractionArrival, held: Held, *, names: Names, world: InteractionWorld) -> _Done:
    # A redelivery: nothing changes, and what was told is told again under the same identities.
    if held.applied != arrival.payload_hash:
        raise MalformedEventError(field="id", rule="already names another event", reason="identity_reused")
    standings = standings_told(arrival, desk=world.bookings)
    vehicle_id = names.cars.get(vin_of(arrival.interaction) or "") or (standings[0].vehicle_id if standings else None)
    fact = fact_in(arrival, held.owner, vehicle_id=vehicle_id, world=world)
    redemption = moving_points.redemption_told(arrival, desk=world.points)
    return _Done(fact, held.owner, held.tier, standings, redemption, held.case)


def _person(arrival: InteractionArrival, *, names: Names, world: InteractionWorld) -> str:
    if arrival.is_wecom_address:
        person_id = names.addresses.get(arrival.subject)
    elif arrival.is_person:
        person_id = arrival.subject
    elif arrival.is_case:
        person_id = world.interactions.person_of_case(arrival.subject)
    else:
        alias_id = names.aliases.get(arrival.subject)
        person_id = world.interactions.person_of(alias_id) if alias_id else None
    if person_id is None:
        raise unknown_owner()
    return person_id


def _change_rows(done: _Done, *, cause: str) -> list[Row]:
    store_id = done.owner.store_id
    return [tier_change_row(done.tier, change, store_id=store_id) for change in done.tier.caused_by(cause)]
