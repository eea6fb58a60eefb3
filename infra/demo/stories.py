"""Which three owners a run is explained by: one reminded, one capped or held, one who never consented."""

from collections.abc import Callable

from infra.explain.record import Record
from infra.fleet.fleet import Fleet
from infra.fleet.people import Person, Temper
from ownerloop.domain.contact import Contact, ContactState

Title = tuple[str, str]
_REMINDED = ("收到提醒的车主", "An owner who was reminded")
_CAPPED = ("达到上限的车主", "An owner who met the cap")
_HELD = ("被暂缓的车主", "An owner who was held back")
_UNASKED = ("没有授权的车主", "An owner who never consented")
_REMINDED_MAX = 3


def three_stories(record: Record, fleet: Fleet) -> list[tuple[Title, str]]:
    """Return three owner keys with their titles; a kind that the run does not have is left out."""
    found = [
        (_REMINDED, _first(record, fleet, _is_reminded)),
        (_CAPPED, _first(record, fleet, lambda contacts: _went_through(contacts, "daily_cap"))),
        (_UNASKED, _unasked(fleet)),
    ]
    if found[1][1] is None:
        found[1] = (_HELD, _first(record, fleet, lambda contacts: _went_through(contacts, "quiet_hours")))
    return [(title, key) for title, key in found if key is not None]


def _first(record: Record, fleet: Fleet, fits: Callable[[list[Contact]], bool]) -> str | None:
    for person in fleet.people:
        person_id = record.persons.get(person.owner_key)
        if person_id is not None and fits(record.contacts_of(person_id)):
            return person.owner_key
    return None


def _is_reminded(contacts: list[Contact]) -> bool:
    # A short story: few contacts, at least one of them sent.
    return 0 < len(contacts) <= _REMINDED_MAX and any(c.state is ContactState.ACCEPTED for c in contacts)


def _went_through(contacts: list[Contact], reason: str) -> bool:
    return any(step.reason == reason for contact in contacts for step in contact.trail)


def _unasked(fleet: Fleet) -> str | None:
    silent: list[Person] = [person for person in fleet.people if person.temper is Temper.UNASKED]
    return silent[0].owner_key if silent else None
