"""Which owners a run is explained by: reminded on a chosen day, by the car's condition, booked, capped, never asked."""

from collections.abc import Callable, Iterator

from infra.explain.record import Record
from infra.explain.telling import why_no_contact
from infra.fleet.fleet import Fleet
from infra.fleet.people import Temper
from ownerloop.domain.conditions import is_condition
from ownerloop.domain.contact import Contact, ContactState
from ownerloop.domain.lead_time import Arm
from ownerloop.domain.recheck import BOOKED

Title = tuple[str, str]
_PRICED = ("在价值最高的一天收到提醒的车主", "An owner who was reminded on the day that was worth most")
_REMINDED = ("收到提醒的车主", "An owner who was reminded")
_CONDITION = ("因车辆自报状况收到提醒的车主", "An owner whose car reported what is wrong with it")
_BOOKED = ("已有预约因而不再提醒的车主", "An owner who was not contacted because a visit is booked")
_CAPPED = ("达到上限的车主", "An owner who met the cap")
_HELD = ("被暂缓的车主", "An owner who was held back")
_JOINED = ("以两个编号来店的车主", "An owner who came under two keys and met the cap as one person")
_PARTED = ("被误并、又被拆分的车主", "An owner who was taken for somebody else, and parted again")
_UNASKED = ("没有授权的车主", "An owner who never consented")
_REMINDED_MAX = 3

Fits = Callable[[Record, str], bool]


def told_stories(record: Record, fleet: Fleet) -> list[tuple[Title, str]]:
    """Return owner keys with their titles, no owner twice; a kind that the run does not have is left out."""
    kinds: tuple[tuple[tuple[Title, Fits], ...], ...] = (
        ((_PRICED, _was_priced), (_REMINDED, _was_reminded)),
        ((_CONDITION, _was_ailing),),
        ((_BOOKED, _is_booked),),
        ((_CAPPED, lambda of, who: _met(of, who, "daily_cap")), (_HELD, lambda of, who: _met(of, who, "quiet_hours"))),
    )
    found: list[tuple[Title, str]] = []
    for kind in kinds:
        taken = {key for _, key in found}
        told = ((title, key) for title, fits in kind for key in _owners(record, fleet, fits) if key not in taken)
        found += [one for one in [next(told, None)] if one]
    found += _met_twice(record, fleet, taken={key for _, key in found})
    silent = next((person.owner_key for person in fleet.people if person.temper is Temper.UNASKED), None)
    return [*found, (_UNASKED, silent)] if silent else found


def _met_twice(record: Record, fleet: Fleet, *, taken: set[str]) -> Iterator[tuple[Title, str]]:
    one = (pair.second for pair in fleet.pairs if pair.parts_on is None)
    capped = (p.owner_key for p in one if (who := record.persons.get(p.owner_key)) and _met(record, who, "daily_cap"))
    apart = (pair for pair in fleet.pairs if pair.parts_on is not None)
    two = (one.owner_key for pair in apart for one in (pair.first, pair.second))
    for title, keys in ((_JOINED, capped), (_PARTED, two)):
        if key := next((key for key in keys if key in record.persons and key not in taken), None):
            yield title, key


def _owners(record: Record, fleet: Fleet, fits: Fits) -> Iterator[str]:
    for person in fleet.people:
        person_id = record.persons.get(person.owner_key)
        if person_id is not None and fits(record, person_id):
            yield person.owner_key


def _was_priced(record: Record, person_id: str) -> bool:
    return _is_short(record, person_id, lambda contact: contact.experiment_arm == Arm.PRICED)


def _was_reminded(record: Record, person_id: str) -> bool:
    return _is_short(record, person_id, lambda _: True)


def _was_ailing(record: Record, person_id: str) -> bool:
    return _is_short(record, person_id, lambda contact: is_condition(contact.due_cycle))


def _is_booked(record: Record, person_id: str) -> bool:
    owner = record.owners.get(person_id)
    if any(contact.reason == BOOKED for contact in record.contacts_of(person_id)):
        return True
    return owner is not None and any(
        why_no_contact(record, owner, vehicle) == BOOKED for vehicle in record.cars_of(person_id)
    )


def _is_short(record: Record, person_id: str, fits: Callable[[Contact], bool]) -> bool:
    """Return whether the owner has few contacts, one of which fits and was sent."""
    contacts = record.contacts_of(person_id)
    sent = (contact.state is ContactState.ACCEPTED and fits(contact) for contact in contacts)
    return 0 < len(contacts) <= _REMINDED_MAX and any(sent)


def _met(record: Record, person_id: str, reason: str) -> bool:
    return any(step.reason == reason for contact in record.contacts_of(person_id) for step in contact.trail)
