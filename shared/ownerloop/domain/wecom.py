"""What is said to WeCom and what comes back, in the words of the programme."""

from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum, StrEnum


class SendStatus(IntEnum):
    """What became of a task for one customer, in the provider's numbers (document 93338)."""

    WAITING = 0
    SENT = 1
    NOT_FRIEND = 2
    OTHER_BROADCAST = 3


class WecomRefusal(StrEnum):
    """Why the provider made no task; the value is the contact's reason code."""

    BAD_ADDRESS = "bad_address"
    NOT_FRIEND = "not_friend"
    BAD_SENDER = "bad_sender"
    NO_PERMISSION = "no_permission"
    RATE_LIMITED = "rate_limited"
    BUSY = "provider_busy"
    NO_TOKEN = "no_token"  # noqa: S105 - a reason code
    REFUSED = "refused"


# Later the same message may pass.
HEALING = frozenset({WecomRefusal.RATE_LIMITED, WecomRefusal.BUSY, WecomRefusal.NO_TOKEN})
# This says something about the channel, not about the message.
OUTAGES = frozenset({WecomRefusal.NO_TOKEN, WecomRefusal.NO_PERMISSION})


@dataclass(frozen=True, slots=True)
class Order:
    """A task to be made. `link_url` is unique to our task."""

    sender: str
    external_userids: tuple[str, ...]
    text: str
    link_url: str


@dataclass(frozen=True, slots=True)
class Created:
    """The task exists and waits for the staff member; `not_sendable` are the addresses it leaves out."""

    msgid: str
    not_sendable: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider answered that it made nothing; `named` are the addresses it names as the reason."""

    refusal: WecomRefusal
    errcode: int
    named: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Unreached:
    """The order never left us, so it may be given again."""

    cause: str


@dataclass(frozen=True, slots=True)
class Lost:
    """The order left us and no answer came: it may have been carried out, and is never given again."""

    cause: str


Answer = Created | Refused | Unreached | Lost


@dataclass(frozen=True, slots=True)
class WecomPolicy:
    """How tasks are sized and watched. The defaults hold for the platform as documented."""

    contacts_max: int = 300  # of one invocation (a task may hold 10,000): their writes take four seconds
    tasks_per_invocation_max: int = 3  # each may take the client's eight seconds; the function has thirty
    tasks_per_group_max: int = 64  # of one staff member, text and day
    sending_span: timedelta = timedelta(seconds=30)  # send_wecom's timeout: nothing leaves later than this after `now`
    hold_for: timedelta = timedelta(minutes=10)  # after a clear refusal that may heal
    poll_every: timedelta = timedelta(minutes=10)
    cancel_lead: timedelta = timedelta(minutes=25)  # one poll before the quarter of an hour that a cancel must lead by
    tasks_per_run_max: int = 2_000  # of settle_wecom, as far as its time allows; what is left is due at the next run
    unanswered_max: int = 3  # a run ends after so many tasks in a row without an answer
    read_for: timedelta = timedelta(days=7)  # after this a result that could never be read stays unknown
    give_up_after: timedelta = timedelta(minutes=20)  # a lost task is not in the provider's list after this
    misses_min: int = 2  # and was looked for this often
    list_margin: timedelta = timedelta(minutes=10)  # how far the provider's clock may be off ours
    breaker_failures: int = 3
    breaker_pause: timedelta = timedelta(minutes=10)


WECOM_POLICY = WecomPolicy()
