"""How a contact is written: the item `contact#<contact_id>` / `state`.

`state` and `class` are the enumerations' words, `bundled` the visit's other items, `res_day` the reserved day,
`lead` a list of [lead days, P10, P50, P90 as ordinals, value, price],
`trail` a list of [state, reason, microseconds]; `_PLAIN` and `_INSTANTS` name the other fields. For the indexes:
`open_person` while the contact has not ended, `group_key` while it is reserved, `due_key` and `due_sort` while
somebody has to look at it (see `due`).
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from ownerloop.adapters.dynamodb.due import due_attributes
from ownerloop.adapters.dynamodb.items import day_or_none, instant, instant_or_none, iso, micros, read
from ownerloop.domain.contact import Contact, ContactClass, ContactState, LeadChoice, Step
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
    "correlation_id": "corr",
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
        "bundled": list(contact.bundled) or None,
        "res_day": iso(contact.reserved_day),
        "lead": _lead_values(contact.lead),
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
        bundled=tuple(values.get("bundled") or ()),
        reserved_day=day_or_none(values.get("res_day")),
        lead=_lead_of(values.get("lead")),
        trail=tuple(Step(ContactState(state), reason, instant(at)) for state, reason, at in values["trail"]),
    )


def _lead_values(lead: LeadChoice | None) -> list[int] | None:
    if lead is None:
        return None
    due = (lead.due_p10, lead.due_p50, lead.due_p90)
    return [lead.lead_days, *(day.toordinal() for day in due), lead.value_fen, lead.price_fen]


def _lead_of(values: Sequence[int] | None) -> LeadChoice | None:
    if values is None:
        return None
    lead_days, p10, p50, p90, value_fen, price_fen = values
    return LeadChoice(
        lead_days=lead_days,
        due_p10=date.fromordinal(p10),
        due_p50=date.fromordinal(p50),
        due_p90=date.fromordinal(p90),
        value_fen=value_fen,
        price_fen=price_fen,
    )
