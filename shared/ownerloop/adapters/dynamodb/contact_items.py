"""How a contact is written: the item `contact#<contact_id>` / `state`.

`state` and `class` are the enumerations' words, `res_day` the reserved day, `trail` a list of [state, reason,
microseconds]; `_PLAIN` and `_INSTANTS` name the other fields. For the indexes: `open_person` while the contact has not
ended, `group_key` while it is reserved, `due_key` and `due_sort` while somebody has to look at it (see `due`).
"""

from collections.abc import Mapping
from typing import Any

from ownerloop.adapters.dynamodb.due import due_attributes
from ownerloop.adapters.dynamodb.items import day_or_none, instant, instant_or_none, iso, micros, read
from ownerloop.domain.contact import Contact, ContactClass, ContactState, Step
from ownerloop.domain.wecom_task import send_group

STATE = "state"
KIND = "contact"
_PLAIN = {  # field -> attribute; text, numbers and truth values as they are
    "contact_id": "contact_id",
    "person_id": "person_id",
    "vehicle_id": "vehicle_id",
    "version": "version",
    "reason": "reason",
    "store_id": "store",
    "staff_userid": "staff",
    "topic": "topic",
    "item": "item",
    "due_cycle": "cycle",
    "stage": "stage",
    "priority": "prio",
    "policy_version": "policy",
    "trigger": "trigger",
    "text": "body",
    "campaign": "campaign",
    "experiment_arm": "arm",
    "holdout": "holdout",
    "channel": "channel",
    "attempt_id": "attempt",
    "task_id": "task",
    "provider_message_id": "msg",
}
_INSTANTS = {
    "requested_at": "req_at",
    "valid_until": "until",
    "release_at": "rel_at",
    "reserved_at": "res_at",
    "next_look_at": "look_at",
}


def contact_pk(contact_id: str) -> str:
    """Return the partition key of a contact."""
    return f"contact#{contact_id}"


def contact_values(contact: Contact) -> dict[str, Any]:
    """Return the plain values of the contact's item, index attributes included."""
    written_at = contact.trail[-1].at if contact.trail else contact.requested_at
    return {
        "pk": contact_pk(contact.contact_id),
        "sk": STATE,
        **{name: getattr(contact, field) for field, name in _PLAIN.items()},
        **{name: micros(getattr(contact, field)) for field, name in _INSTANTS.items()},
        "state": str(contact.state),
        "class": str(contact.contact_class),
        "res_day": iso(contact.reserved_day),
        "trail": [[str(step.state), step.reason, micros(step.at)] for step in contact.trail],
        "open_person": None if contact.has_ended else contact.person_id,
        "group_key": send_group(contact),
        **due_attributes(KIND, contact.contact_id, look_at=contact.next_look_at, written_at=written_at),
    }


def contact_of(item: Mapping[str, Mapping[str, Any]]) -> Contact:
    """Return the contact behind an item or a stream image."""
    return contact_from(read(item))


def contact_from(values: Mapping[str, Any]) -> Contact:
    """Return the contact of an item's plain values."""
    fields: dict[str, Any] = {field: values.get(name) for field, name in _PLAIN.items()}
    fields |= {field: instant_or_none(values.get(name)) for field, name in _INSTANTS.items()}
    return Contact(
        **fields,
        state=ContactState(values["state"]),
        contact_class=ContactClass(values["class"]),
        reserved_day=day_or_none(values.get("res_day")),
        trail=tuple(Step(ContactState(state), reason, instant(at)) for state, reason, at in values["trail"]),
    )
