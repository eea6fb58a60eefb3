"""Laws of contact: the day's cap at every gate, legal moves, one message a contact, nothing after a withdrawal."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

from infra.operation.verifying.findings import Finding
from infra.operation.verifying.scratch import Scratch
from ownerloop.adapters.dynamodb.contact_items import contact_from
from ownerloop.adapters.dynamodb.gates import gate_from
from ownerloop.adapters.dynamodb.items import iso, micros
from ownerloop.adapters.dynamodb.vehicle_items import STATE, vehicle_of
from ownerloop.domain.contact import ENDS, Contact, ContactState, Step
from ownerloop.domain.errors import IllegalTransitionError
from ownerloop.domain.gate import Gate
from ownerloop.domain.recheck import PURPOSES
from ownerloop.domain.vehicle import Vehicle

DAILY_MAX = 3  # [law] over all channels and classes
APPLYING_US = 5 * 60 * 1_000_000  # a withdrawal that was received may wait this long behind others on its queue
STEPS_MAX = 50  # two weeks of being held and displaced each day take fewer; more is a circle
_S = ContactState
_WITH_SLOT = {_S.RESERVED, _S.SENDING, _S.TASK_CREATED, _S.STAFF_CONFIRMED}
_ARRIVED = {_S.ACCEPTED, _S.DELIVERED}


class ContactLaws:
    """What is seen of contacts, gates and consents, and what follows once everything was seen."""

    def __init__(self, scratch: Scratch) -> None:
        self._scratch = scratch
        self.moves = Finding("contact_moves", ("联系状态只按规定迁移", "contacts move only as they may"))
        self.messages = Finding(
            "one_message", ("已送达的联系各有一条平台消息", "each accepted contact has one message")
        )

    def see_contact_table(self, item: Any, values: dict[str, Any]) -> None:
        """Take in an item of the Contacts table."""
        kind, _, name = values["pk"].partition("#")
        if kind == "gate":
            self._see_gate(gate_from(name, values))
        elif kind == "contact" and values["sk"] == "state":
            self._see_contact(contact_from(values), is_open="open_person" in item)

    def see_vehicle(self, item: Any, values: dict[str, Any]) -> None:
        """Take in an item of the Vehicles table."""
        if values["pk"].startswith("vehicle#") and values["sk"] == STATE:
            self._see_consent(vehicle_of(item))

    def findings(self, today: str) -> Iterator[Finding]:
        """Yield what was found."""
        yield self._cap()
        yield self._slots(today)
        yield self.moves
        yield self._messages()
        yield self._withdrawn()

    def _see_gate(self, gate: Gate) -> None:
        self._scratch.add("gate", gate.person_id, gate.merged_into, " ".join(sorted(gate.members)))
        for is_other, entries in ((0, gate.entries), (1, gate.others)):
            rows = ((gate.person_id, entry.day.isoformat(), entry.contact_id, is_other) for entry in entries)
            self._scratch.add_all("slot", rows, width=4)

    def _see_contact(self, contact: Contact, *, is_open: bool) -> None:
        self.moves.checked += 1
        if why := _illegal(contact, is_open=is_open):
            self.moves.breaks(contact.contact_id, why)
        day, message = iso(contact.reserved_day), contact.provider_message_id
        self._scratch.add("contact", contact.contact_id, contact.person_id, str(contact.state), day, message)
        purpose = PURPOSES[contact.contact_class]
        sent_at = next((step.at for step in reversed(contact.trail) if step.state is _S.SENDING), None)
        if contact.state in _ARRIVED and purpose and sent_at:
            self._scratch.add(
                "sent", contact.contact_id, contact.person_id, contact.vehicle_id, purpose, micros(sent_at)
            )

    def _see_consent(self, car: Vehicle) -> None:
        for one in car.consent.withdrawals:
            if not one.classes:
                at = micros(one.withdrawn_at)
                self._scratch.add("withdrawal", one.person_id, car.vehicle_id, one.purpose, at, None)
        for grant in car.consent.grants:
            at = micros(grant.granted_at)
            self._scratch.add("consent", grant.person_id, car.vehicle_id, grant.purpose, at)

    def _cap(self) -> Finding:
        found = Finding("daily_cap", ("每人每日至多 3 条", "at most 3 a person and day at every gate"))
        for person, day, count in self._scratch.rows(
            # The head's gate holds the slots of all; what the others had before they were joined does not count.
            """SELECT gate.person, slot.day, count(*) FROM gate
               JOIN slot ON slot.person = coalesce(gate.merged_into, gate.person) AND slot.is_other = 0
               LEFT JOIN slot AS theirs ON theirs.person = gate.person AND theirs.day = slot.day
                    AND theirs.contact = slot.contact AND theirs.is_other = 1
               WHERE theirs.contact IS NULL GROUP BY 1, 2"""
        ):
            found.checked += 1
            if count > DAILY_MAX:
                found.breaks(f"{person} {day}", f"{count} slots")
        return found

    def _slots(self, today: str) -> Finding:
        found = Finding("slots", ("待发与在发的联系都占有名额", "whatever may still go out has its slot"))
        states = ", ".join(f"'{state}'" for state in sorted(_WITH_SLOT))
        for contact, slot in self._scratch.rows(
            f"""SELECT contact.contact, slot.contact FROM contact
                LEFT JOIN gate ON gate.person = contact.person
                LEFT JOIN slot ON slot.person = coalesce(gate.merged_into, contact.person)
                     AND slot.day = contact.day AND slot.contact = contact.contact AND slot.is_other = 0
                WHERE contact.state IN ({states}) AND contact.day >= ?""",  # noqa: S608  # words of an enumeration
            today,
        ):
            found.checked += 1
            if slot is None:
                found.breaks(contact, "has no slot")
        return found

    def _messages(self) -> Finding:
        found = self.messages
        arrived = ", ".join(f"'{state}'" for state in sorted(_ARRIVED))
        question = f"FROM contact WHERE state IN ({arrived})"
        for contact, message in self._scratch.rows(f"SELECT contact, message {question}"):
            found.checked += 1
            if not message:
                found.breaks(contact, "names no message")
        twice = f"SELECT min(contact), count(*) {question} AND message IS NOT NULL GROUP BY person, message"
        for contact, count in self._scratch.rows(f"{twice} HAVING count(*) > 1"):
            found.breaks(contact, f"{count} contacts of one person name one message")
        return found

    def _withdrawn(self) -> Finding:
        found = Finding("withdrawn", ("撤回授权后不再发送", "nothing is sent after a withdrawal"))
        found.checked = self._scratch.count("sent")
        for contact, at in self._scratch.rows(
            # A withdrawal counts from when it was told; a newer consent of the same person ends it.
            """SELECT sent.contact, max(withdrawal.at) FROM sent
               JOIN withdrawal ON withdrawal.person = sent.person AND withdrawal.vehicle = sent.vehicle
                    AND withdrawal.purpose = sent.purpose
               WHERE withdrawal.at <= sent.at
               AND coalesce((SELECT max(told.received_at) FROM told WHERE told.vehicle = withdrawal.vehicle
                             AND told.occurred_at / 1000 = withdrawal.at / 1000), withdrawal.at) + ? <= sent.at
               AND NOT EXISTS (SELECT 1 FROM consent WHERE consent.person = sent.person
                               AND consent.vehicle = sent.vehicle AND consent.purpose = sent.purpose
                               AND consent.at > withdrawal.at AND consent.at <= sent.at)
               GROUP BY sent.contact""",
            APPLYING_US,
        ):
            found.breaks(contact, f"was sent after the withdrawal of {at // 1_000_000} (seconds since 1970)")
        return found


def _illegal(contact: Contact, *, is_open: bool) -> str:
    trail = contact.trail
    if not trail or trail[0].state is not _S.REQUESTED:
        return "does not begin as requested"
    if len(trail) > STEPS_MAX:
        return f"has taken {len(trail)} steps"
    if trail[-1].state is not contact.state:
        return f"says {contact.state} and its trail {trail[-1].state}"
    for before, after in pairwise(trail):
        if not _may_move(contact, before, after):
            return f"went from {before.state} to {after.state}"
        if after.at < before.at:
            return f"was {after.state} before it was {before.state}"
    if is_open is (contact.state in ENDS):
        return f"is {contact.state} and {'is' if is_open else 'is not'} listed as open"
    return ""


def _may_move(contact: Contact, before: Step, after: Step) -> bool:
    try:
        replace(contact, state=before.state).moved(after.state, reason=after.reason, at=after.at)
    except IllegalTransitionError:
        return False
    return True
