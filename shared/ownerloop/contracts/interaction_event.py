"""What all interaction events say, and the words that they are made of."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from ownerloop.contracts.cloud_event import FEED, FeedEvent, Instant, Name
from ownerloop.domain.facts import FEN_MAX
from ownerloop.domain.interactions import Interaction, Touch

SECONDS_MAX = 86_400  # of one view, drive or game: more than a day is a clock that went wrong
SCORE_MAX = 10
_has_long_number = re.compile("[0-9]{9}").search  # a phone has 11 digits, an identity card 18; a date has 8


class InteractionEvent(FeedEvent):
    """The attributes that all interactions share."""

    type: str
    subject: Name
    time: Instant
    receivedat: Instant | None = None

    def to_domain(self) -> Interaction:
        """Return the interaction in the words of the domain."""
        raise NotImplementedError


class TouchData(BaseModel):
    """What is told of something that leaves a fact and changes nothing else."""

    model_config = FEED

    def touch(self) -> Touch:
        """Return it in the words of the domain."""
        raise NotImplementedError


class TouchEvent(InteractionEvent):
    """Something that leaves a fact and changes nothing else."""

    data: TouchData

    def to_domain(self) -> Touch:
        """Return it in the words of the domain."""
        return self.data.touch()


def _no_number(code: str) -> str:
    if _has_long_number(code):
        raise ValueError("holds no number of nine digits or more")
    return code


Word = Annotated[str, StringConstraints(pattern="^[a-z][a-z0-9_]{0,63}$"), AfterValidator(_no_number)]
WordOrAny = Annotated[str, StringConstraints(pattern=r"^(\*|[a-z][a-z0-9_]{0,63})$")]
Code = Annotated[  # a name of our own making: a campaign, page, game; kept as it is, so it may not hide an identifier
    str, StringConstraints(pattern="^[a-z0-9][a-z0-9_./-]{0,63}$"), AfterValidator(_no_number)
]
Fen = Annotated[int, Field(ge=0, le=FEN_MAX)]
FenPaid = Annotated[int, Field(ge=1, le=FEN_MAX)]
Currency = Literal["CNY"]
Seconds = Annotated[int, Field(ge=0, le=SECONDS_MAX)]
Score = Annotated[int, Field(ge=0, le=SCORE_MAX)]
ContactId = Annotated[str, StringConstraints(pattern="^c_[0-9a-f]{24}$")]


def upper(vin: str | None) -> str | None:
    """Return a VIN as the vault knows it."""
    return vin.upper() if vin else None


def words(*parts: str | None) -> str:
    """Return the words of a fact, joined by a slash; those that are not told are left out."""
    return "/".join(part for part in parts if part)
