"""What interaction events say."""

from dataclasses import dataclass
from datetime import date, datetime

from ownerloop.domain.enrolment import ServiceCompleted
from ownerloop.domain.facts import FactKind, Line
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
    lines: tuple[Line, ...] = ()


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
    lines: tuple[Line, ...] = ()

    def as_service(self, *, at: datetime) -> ServiceCompleted:
        """Return the same order as the enrolment feed would tell it."""
        return ServiceCompleted(
            vin=self.vin, order_id=self.order_id, at=at, on=self.on, odometer_m=self.odometer_m, items=self.items
        )


@dataclass(frozen=True, slots=True)
class Refund:
    """Money of an order was given back; `order_kind` says of which kind of order (`facts.ORDER_KINDS`)."""

    order_id: str
    refund_id: str
    amount_fen: int
    order_kind: str = FactKind.PURCHASE


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
    """An owner complained; `evidence` holds references, made as those of facts are, of what it is about."""

    case_id: str
    topic: str
    complaint_type: str = ""
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ComplaintAssigned:
    """A staff member was given the complaint."""

    case_id: str
    staff_userid: str


@dataclass(frozen=True, slots=True)
class CallbackMade:
    """Somebody called the owner back about the complaint, and spoke to the owner or not."""

    case_id: str
    was_reached: bool


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


@dataclass(frozen=True, slots=True)
class PointsRedeemed:
    """An owner pays with points: for so many of an item of the mall, or so many points at a counter.

    `points` beside an item is the price that the owner was shown.
    """

    redemption_id: str
    item_id: str | None
    quantity: int
    points: int | None


@dataclass(frozen=True, slots=True)
class RedemptionReturned:
    """An owner gives back what was redeemed."""

    redemption_id: str


@dataclass(frozen=True, slots=True)
class Touch:
    """Whatever an owner did that leaves a fact and changes nothing else.

    `about` is the source's number of what it belongs to, `number` its own number in that; `detail` is made of the words
    that a fact may keep.
    """

    kind: FactKind
    about: str = ""
    number: str = ""
    detail: str = ""
    vin: str | None = None
    store_id: str | None = None  # the owner's own where it names none
    contact_id: str | None = None
    amount_fen: int | None = None
    duration_s: int | None = None
    score: int | None = None


Doing = (  # what changes more than the owner's timeline
    Purchase
    | Refund
    | ServiceOrderCompleted
    | BookingMade
    | BookingChanged
    | BookingCancelled
    | BookingMissed
    | WecomChat
    | ComplaintOpened
    | ComplaintAssigned
    | CallbackMade
    | ComplaintClosed
    | Subscribed
    | Unsubscribed
    | WecomFriendAdded
    | WecomFriendDeleted
    | PointsRedeemed
    | RedemptionReturned
)
Interaction = Doing | Touch


@dataclass(frozen=True, slots=True)
class InteractionArrival:
    """One well-formed interaction as it came off the queue.

    `subject` is the dealer's owner key, an external_userid of WeCom where `is_wecom_address`, our name of one of the
    owner's cases where `is_case`, or of the owner where `is_person`. `payload_hash` is over the event's own bytes.
    """

    event_key: str
    event_type: str
    subject: str
    is_wecom_address: bool
    occurred_at: datetime
    received_at: datetime
    payload_hash: str
    interaction: Interaction
    is_case: bool = False
    is_person: bool = False
    source: str = ""  # who tells it; the numbers of bookings are its own


def vin_of(interaction: Interaction) -> str | None:
    """Return the car that the interaction names, or None."""
    match interaction:
        case Purchase() | ServiceOrderCompleted() | BookingMade() | Touch():
            return interaction.vin
        case _:
            return None
