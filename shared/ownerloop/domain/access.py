"""The one answer to "may this partner do that?", from its scopes and the consents of the cars in question."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from ownerloop.domain.consent import ConsentHead, DataClass
from ownerloop.domain.errors import ConsentRequiredError, NotShownError, ScopeMissingError
from ownerloop.domain.partner import Partner


class Action(StrEnum):
    """What a partner can ask for; the value is the scope that it needs."""

    READ_MAINTENANCE = "maintenance:read"
    READ_OWNER = "owners:read"
    SEND_EVENTS = "events:write"
    BOOK = "bookings:write"  # of the events those about bookings; whoever may send every event needs it not


@dataclass(frozen=True, slots=True)
class Resource:
    """What is asked for: cars with their consents, and the person where only that person's consents count."""

    cars: Mapping[str, ConsentHead] = field(default_factory=dict)
    person_id: str | None = None


Shown = Mapping[str, frozenset[str]]  # vehicle_id -> the data classes that its owner shares with the partner now
NOTHING_HELD = Resource()


def authorize(principal: Partner, action: Action, resource: Resource, *, now: datetime) -> Shown:
    """Return which cars the partner may see now and which data classes of each, or raise why it may not.

    A car without a live consent is not told from one that does not exist, unless the partner once had a consent for it.
    """
    if not principal.is_active or action not in principal.scopes:
        raise ScopeMissingError(scope=action)
    if action in {Action.SEND_EVENTS, Action.BOOK}:
        return {}
    shared = {vehicle_id: _shared(head, principal, resource, now) for vehicle_id, head in resource.cars.items()}
    shown = {vehicle_id: classes for vehicle_id, classes in shared.items() if _suffices(action, classes)}
    if shown:
        return shown
    if any(_was_shared(head, principal, resource, now) for head in resource.cars.values()):
        raise ConsentRequiredError
    raise NotShownError


def _suffices(action: Action, classes: frozenset[str]) -> bool:
    return DataClass.SERVICE in classes if action is Action.READ_MAINTENANCE else bool(classes)


def _shared(head: ConsentHead, principal: Partner, resource: Resource, now: datetime) -> frozenset[str]:
    owner = head.owner_now(now)
    if owner is None or resource.person_id not in {None, owner}:
        return frozenset()
    return head.classes_now(now, person_id=owner, purpose=principal.purpose)


def _was_shared(head: ConsentHead, principal: Partner, resource: Resource, now: datetime) -> bool:
    return any(
        grant.purpose == principal.purpose and grant.granted_at <= now and resource.person_id in {None, grant.person_id}
        for grant in head.grants
    )
