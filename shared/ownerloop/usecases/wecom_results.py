"""What the provider's results mean for the contacts of one task."""

from collections.abc import Mapping, Sequence

from ownerloop.domain.calendar import civil_day
from ownerloop.domain.contact import Contact, ContactState
from ownerloop.domain.wecom import SendStatus
from ownerloop.usecases.wecom_moves import Moves, People

# Reasons why a message that already waits for its staff member must be stopped.
STOPPED_BY = frozenset({"consent_withdrawn", "no_consent", "unsubscribed", "daily_max_zero", "owner_changed"})
ADDRESS_CHANGED = "address_changed"
NOT_SENT = {SendStatus.NOT_FRIEND: "not_friend", SendStatus.OTHER_BROADCAST: "wecom_cap"}


def forbidden(contact: Contact, *, people: People) -> str | None:
    """Return why the message may not go out any more although it waits already, or None."""
    reason = people.why_not(contact)
    return reason if reason in STOPPED_BY else None


def take_in(
    contacts: Sequence[Contact],
    results: Mapping[str, SendStatus],
    *,
    people: People,
    held_more_days: bool,
    moves: Moves,
) -> list[Contact]:
    """Move every contact whose result is known and return the others."""
    waiting: list[Contact] = []
    for contact in contacts:
        match results.get(people.addresses.get(contact.person_id, ""), SendStatus.WAITING):
            case SendStatus.SENT:
                if held_more_days:
                    moves.keep_until(contact, civil_day(moves.now, people.zone(contact)))
                _accept(contact, moves=moves)
            case SendStatus.WAITING:
                waiting.append(contact)
            case status:
                moves.end_unsent(contact, ContactState.FAILED, reason=NOT_SENT[status])
    return waiting


def end_left_out(
    contacts: Sequence[Contact], results: Mapping[str, SendStatus], *, people: People, moves: Moves
) -> None:
    """End the contacts that the results of a task do not name although everybody in them has an end."""
    known = set(people.addresses.values())
    strangers = any(status is SendStatus.SENT for address, status in results.items() if address not in known)
    for contact in contacts:
        if strangers:
            moves.move(contact, ContactState.UNKNOWN, reason=ADDRESS_CHANGED)  # it may be the stranger's message
        else:
            moves.end_unsent(contact, ContactState.FAILED, reason="bad_address")


def end_waiting(contacts: Sequence[Contact], *, people: People, may_ask_again: bool, moves: Moves) -> None:
    """End what waits in a stopped task, or ask for it again where the day still allows it."""
    for contact in contacts:
        reason = forbidden(contact, people=people)
        if reason is not None:
            moves.end_unsent(contact, ContactState.EXPIRED, reason=reason)
        elif may_ask_again:
            moves.send_back(contact, reason="task_cancelled", until=moves.now + moves.rules.wecom.hold_for)
        else:
            moves.end_unsent(contact, ContactState.EXPIRED, reason="staff_never_confirmed")


def _accept(contact: Contact, *, moves: Moves) -> None:
    confirmed: Contact | None = contact
    if contact.state is not ContactState.STAFF_CONFIRMED:
        confirmed = moves.move(contact, ContactState.STAFF_CONFIRMED, reason="staff_confirmed")
    if confirmed is not None:
        moves.move(confirmed, ContactState.ACCEPTED, reason="accepted")
