"""WeCom's errcodes as far as they decide something (document 90313), and the two ways of getting no answer."""

from ownerloop.domain.errors import OwnerLoopError
from ownerloop.domain.wecom import WecomRefusal

OK = 0
BUSY = -1
STALE_TOKEN = frozenset({40014, 42001})

_REFUSALS = {
    BUSY: WecomRefusal.BUSY,
    40001: WecomRefusal.NO_TOKEN,  # wrong secret
    40013: WecomRefusal.NO_TOKEN,  # wrong company
    40014: WecomRefusal.NO_TOKEN,  # still stale after renewal
    41001: WecomRefusal.NO_TOKEN,
    42001: WecomRefusal.NO_TOKEN,
    40003: WecomRefusal.BAD_SENDER,  # no such member
    60111: WecomRefusal.BAD_SENDER,
    84061: WecomRefusal.NOT_FRIEND,
    41048: WecomRefusal.NOT_FRIEND,  # none of the customers is the member's
    40096: WecomRefusal.BAD_ADDRESS,
    45009: WecomRefusal.RATE_LIMITED,
    45033: WecomRefusal.RATE_LIMITED,
    48002: WecomRefusal.NO_PERMISSION,
    60011: WecomRefusal.NO_PERMISSION,
    60020: WecomRefusal.NO_PERMISSION,  # our address is not on the company's list
}


def refusal_of(errcode: int) -> WecomRefusal:
    """Return the outcome that an errcode other than 0 means to us."""
    return _REFUSALS.get(errcode, WecomRefusal.REFUSED)


class NotSentError(OwnerLoopError):
    """The request never left us: it may be tried again."""

    reason = "not_sent"

    def __init__(self, *, cause: str) -> None:
        super().__init__(f"nothing was sent: {cause}")
        self.cause = cause


class NoAnswerError(OwnerLoopError):
    """The request left us, and no usable answer came back: it may have been carried out."""

    reason = "no_answer"

    def __init__(self, *, cause: str) -> None:
        super().__init__(f"no usable answer: {cause}")
        self.cause = cause
