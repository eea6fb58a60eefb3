"""What interaction events say, and the fact that each leaves behind."""

from dataclasses import dataclass
from datetime import date, datetime

from ownerloop.domain.enrolment import ServiceCompleted
from ownerloop.domain.facts import Fact, FactKind
from ownerloop.domain.ids import digest
from ownerloop.domain.workshop import JobClass

ANY = "*"
WECOM = "wecom"


@dataclass(frozen=True, slots=True)
class Purchase:
    """An owner bought something; `vin` where it was for a car."""

    order_id: str
    amount_fen: int
    category: str
    vin: str | None = None


@dataclass(frozen=True, slots=True)
class ServiceOrderCompleted:
    """The workshop finished an order: money for the tier, items for the car's plan."""

    order_id: str
    vin: str
    on: date
    odometer_m: int | None
    items: tuple[str, ...]
    amount_fen: int
    technician_id: str | None = None

    def as_service(self, *, at: datetime) -> ServiceCompleted:
        """Return the same order as the enrolment feed would tell it."""
        return ServiceCompleted(
            vin=self.vin, order_id=self.order_id, at=at, on=self.on, odometer_m=self.odometer_m, items=self.items
        )


@dataclass(frozen=True, slots=True)
class BookingMade:
    """An owner booked a visit, perhaps because of one of our contacts."""

    booking_id: str
    vin: str
    for_at: datetime
    contact_id: str | None
    store_id: str | None = None  # the owner's own where it names none
    job_class: JobClass = JobClass.MAINTENANCE
    is_flexible: bool = False
    only_own_technician: bool = False
    is_promised: bool = False


@dataclass(frozen=True, slots=True)
class BookingChanged:
    """An owner wants another time for a booking; what it names no more stays as it was."""

    booking_id: str
    for_at: datetime
    store_id: str | None = None
    is_flexible: bool = False
    is_promised: bool = False


@dataclass(frozen=True, slots=True)
class BookingCancelled:
    """An owner will not come."""

    booking_id: str


@dataclass(frozen=True, slots=True)
class BookingMissed:
    """An owner did not come and had not said so."""

    booking_id: str


@dataclass(frozen=True, slots=True)
class WecomChat:
    """A message went in or out; what it said is never told."""

    direction: str
    message_id: str


@dataclass(frozen=True, slots=True)
class ComplaintOpened:
    """An owner complained."""

    case_id: str
    topic: str


@dataclass(frozen=True, slots=True)
class ComplaintClosed:
    """A complaint was settled."""

    case_id: str
    topic: str


@dataclass(frozen=True, slots=True)
class Subscribed:
    """An owner wants messages of a topic on a channel."""

    channel: str
    topic: str


@dataclass(frozen=True, slots=True)
class Unsubscribed:
    """An owner wants no more of a topic on a channel."""

    channel: str
    topic: str


@dataclass(frozen=True, slots=True)
class WecomFriendAdded:
    """An owner and a staff member became friends; it says nothing about messages."""


@dataclass(frozen=True, slots=True)
class WecomFriendDeleted:
    """An owner deleted the staff member: no more of any topic there."""


Interaction = (
    Purchase
    | ServiceOrderCompleted
    | BookingMade
    | BookingChanged
    | BookingCancelled
    | BookingMissed
    | WecomChat
    | ComplaintOpened
    | ComplaintClosed
    | Subscribed
    | Unsubscribed
    | WecomFriendAdded
    | WecomFriendDeleted
)


@dataclass(frozen=True, slots=True)
class InteractionArrival:
    """One well-formed interaction as it came off the queue.

    `subject` is the dealer's owner key, or an external_userid of WeCom where `is_wecom_address`. `payload_hash` is over
    the event's own bytes.
    """

    event_key: str
    event_type: str
    subject: str
    is_wecom_address: bool
    occurred_at: datetime
    received_at: datetime
    payload_hash: str
    interaction: Interaction
    source: str = ""  # who tells it; the numbers of bookings are its own


def vin_of(interaction: Interaction) -> str | None:
    """Return the car that the interaction names, or None."""
    match interaction:
        case Purchase() | ServiceOrderCompleted() | BookingMade():
            return interaction.vin
        case _:
            return None


def fact_of(
    arrival: InteractionArrival, *, person_id: str, store_id: str | None, vehicle_id: str | None, on: date
) -> Fact:
    """Return the fact that the interaction leaves; `on` is the civil day of its instant."""
    event = arrival.interaction
    number, detail = _words_of(event)
    return Fact(
        event_key=arrival.event_key,
        person_id=person_id,
        kind=_KINDS[type(event)],
        occurred_at=arrival.occurred_at,
        received_at=arrival.received_at,
        on=event.on if isinstance(event, ServiceOrderCompleted) else on,
        store_id=store_id,
        vehicle_id=vehicle_id,
        amount_fen=event.amount_fen if isinstance(event, Purchase | ServiceOrderCompleted) else None,
        reference=digest(number)[:24] if number else "",
        contact_id=event.contact_id if isinstance(event, BookingMade) else None,
        detail=detail,
    )


def _words_of(event: Interaction) -> tuple[str, str]:
    # The source's own number, which may spell out a VIN or an owner's key, and the words that a fact may keep.
    match event:
        case Purchase():
            return event.order_id, event.category
        case ServiceOrderCompleted():
            return event.order_id, " ".join(sorted(event.items))
        case BookingMade() | BookingChanged() | BookingCancelled() | BookingMissed():
            is_timed = isinstance(event, BookingMade | BookingChanged)
            return event.booking_id, event.for_at.isoformat() if is_timed else ""
        case WecomChat():
            return event.message_id, event.direction
        case ComplaintOpened() | ComplaintClosed():
            return event.case_id, event.topic
        case Subscribed() | Unsubscribed():
            return "", f"{event.channel}/{event.topic}"
        case WecomFriendAdded() | WecomFriendDeleted():
            return "", WECOM


_KINDS: dict[type[Interaction], FactKind] = {
    Purchase: FactKind.PURCHASE,
    ServiceOrderCompleted: FactKind.SERVICE_ORDER_COMPLETED,
    BookingMade: FactKind.BOOKING_MADE,
    BookingChanged: FactKind.BOOKING_CHANGED,
    BookingCancelled: FactKind.BOOKING_CANCELLED,
    BookingMissed: FactKind.BOOKING_MISSED,
    WecomChat: FactKind.WECOM_CHAT,
    ComplaintOpened: FactKind.COMPLAINT_OPENED,
    ComplaintClosed: FactKind.COMPLAINT_CLOSED,
    Subscribed: FactKind.SUBSCRIBED,
    Unsubscribed: FactKind.UNSUBSCRIBED,
    WecomFriendAdded: FactKind.WECOM_FRIEND_ADDED,
    WecomFriendDeleted: FactKind.WECOM_FRIEND_DELETED,
}
