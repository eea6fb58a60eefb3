"""What happens now to all open contacts of one person: the whole decision, as a pure function."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from ownerloop.domain.changing import changed_copy
from ownerloop.domain.consent import ConsentHead
from ownerloop.domain.contact import BEFORE_SENDING, Contact, ContactState
from ownerloop.domain.gate import Gate, gives_slot_back, hold_also, prune
from ownerloop.domain.moving import Person, next_move
from ownerloop.domain.owner import Owner
from ownerloop.domain.policy import ContactPolicy
from ownerloop.domain.send_window import Clocks

# Whatever should have stopped it by its evening may have been down.
_MAY_GO_OUT = frozenset(
    {ContactState.SENDING, ContactState.TASK_CREATED, ContactState.STAFF_CONFIRMED, ContactState.UNKNOWN}
)


@dataclass(frozen=True, slots=True)
class Decision:
    """What to write, in this order: `before_gate`, then `gate` (None: unchanged), then `after_gate`.

    The order is the law: an entry leaves the gate only when its contact can no longer be sent, and a contact is
    reserved only when its entry stands in a gate written for it, so that nobody who read the gate before can still take
    the entry away. Whoever loses one of the conditional writes reads everything again.
    """

    before_gate: tuple[Contact, ...]
    gate: Gate | None
    after_gate: tuple[Contact, ...]


def decide(  # noqa: PLR0913  # everything that one person's contacts are decided on
    contacts: Sequence[Contact],
    gate: Gate,
    *,
    owner: Owner,
    heads: Mapping[str, ConsentHead],
    cycles: Mapping[tuple[str, str], str],
    policy: ContactPolicy,
    zone: ZoneInfo,
    now: datetime,
    also: Clocks = (),
    visiting: frozenset[str] = frozenset(),
    members: Mapping[str, Owner] | None = None,
) -> Decision:
    """Return what to write for one person or group: contacts in order (priority, valid_until, id), slots to the first.

    Every contact before sending is decided afresh, held ones too, so a higher one takes the slot of a lower one that is
    reserved but not yet sending. Contacts that ended without a message give their slots back; sent ones keep theirs,
    and one of an earlier day that may still go out takes a slot of today as well. The day is that of `zone`; quiet
    hours hold on the clocks of `also`, too.
    """
    person = Person(owner, heads, cycles, policy, (zone, *also), now, visiting=visiting, members=members or {})
    movable = sorted((c for c in contacts if c.state in BEFORE_SENDING), key=lambda contact: contact.order)
    settled = _settled(gate, contacts, movable, person=person)
    before = [moved for contact in contacts if (moved := _doubted(contact, policy=policy, now=now)) is not None]
    after: list[Contact] = []
    is_taken_up = False  # an entry left by a crash is used
    for contact in movable:
        held = gate.entries_of(contact.contact_id)
        moved, settled = next_move(contact, settled, held=held, person=person)
        if moved is None and held and not settled.entries_of(contact.contact_id):
            moved = changed_copy(contact, version=contact.version + 1)  # nobody may reserve it on what they read before
        if moved is not None:
            is_reserved = moved.state is ContactState.RESERVED
            is_taken_up = is_taken_up or (is_reserved and moved.trail != contact.trail)
            (after if is_reserved else before).append(moved)
    kept = prune(settled, day=person.day, now=now)
    is_same = kept.entries == prune(gate, day=person.day, now=now).entries and not is_taken_up
    return Decision(tuple(before), None if is_same else changed_copy(kept, version=gate.version + 1), tuple(after))


def _settled(gate: Gate, contacts: Sequence[Contact], movable: Sequence[Contact], *, person: Person) -> Gate:
    """Return the gate without the slots that are decided afresh or given back, and with today's of what may go out."""
    loose = {c.contact_id for c in movable} | {c.contact_id for c in contacts if gives_slot_back(c)}
    settled = changed_copy(gate, entries=tuple(entry for entry in gate.entries if entry.contact_id not in loose))
    for contact in contacts if movable else ():
        if contact.state in _MAY_GO_OUT and contact.reserved_day is not None and contact.reserved_day < person.day:
            settled = hold_also(settled, contact, day=person.day, now=person.now)
    return settled


def _doubted(contact: Contact, *, policy: ContactPolicy, now: datetime) -> Contact | None:
    # Whoever was sending died or lost the answer: the message may be out, so the slot stays taken.
    if contact.state is not ContactState.SENDING or contact.trail[-1].at + policy.sending_doubt > now:
        return None
    return contact.moved(ContactState.UNKNOWN, reason="answer_lost", at=now, next_look_at=None)
