"""Gates, and what is asked of them."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from ownerloop.domain.contact import Contact
from ownerloop.domain.gate import Gate, Refused, reserve
from ownerloop.domain.policy import ContactPolicy
from tests.contact_builders import ANN, NOW, SHANGHAI, a_policy


def asked(
    gate: Gate,
    contact: Contact,
    *,
    policy: ContactPolicy | None = None,
    daily_max: int = 3,
    zone: ZoneInfo = SHANGHAI,
    now: datetime = NOW,
) -> Gate | Refused:
    return reserve(gate, contact, channel="wecom", policy=policy or a_policy(), daily_max=daily_max, zone=zone, now=now)


def a_gate(*contacts: Contact, now: datetime = NOW) -> Gate:
    gate = Gate(person_id=ANN)
    for contact in contacts:
        answer = asked(gate, contact, now=now)
        assert isinstance(answer, Gate)
        gate = answer
    return gate


def merged(survivor: Gate, absorbed: Gate) -> Gate:
    """Return the survivor's gate with the slots of both, as a merge leaves it."""
    entries = tuple(sorted({*survivor.entries, *absorbed.entries}))
    return replace(survivor, version=survivor.version + 1, entries=entries)
