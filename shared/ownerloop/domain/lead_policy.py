"""What a manager may change about the priced lead time: money, window, exploring, and what the curve starts from."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from ownerloop.domain.booking_curve import BookingCurve, Lags
from ownerloop.domain.visits import VisitRule


@dataclass(frozen=True, slots=True)
class LeadPolicy:
    """The numbers of design §5.8; leads are days from sending to the due day, negative after it. Money is fen."""

    version: str
    effective_on: date
    margin_fen: int  # earned by one visit
    message_fen: int  # what one message costs
    annoyance_fen: int  # what one message costs in patience
    refusal_fen: int  # the price of a day on which nobody can come, and the highest price of any day
    eta_fen: int  # how far a price of 0 moves when a day is asked for twice over
    price_rounds: int  # price moves of one night, each answered by the open reminders
    overload_fen: int  # what a day costs that is asked for beyond its capacity
    overload_percent: int  # the highest chance of that by which a day is planned, whatever its price
    price_days: int  # days ahead that have a price
    lead_min: int  # the latest day to speak first, as a lead
    lead_max: int  # the earliest
    look_again_days: int  # after which a visit that no day is worth a message for is looked at again
    stage_gap_days: int  # a later stage that would follow the first message sooner is not sent
    explore_percent: int  # of visits whose day is drawn, so that the curve can be learned
    explore_lead_min: int
    explore_lead_max: int
    answer_days: int  # a booking this long after the message counts as its answer; younger messages teach nothing yet
    evidence_days: int  # older messages teach nothing any more
    curve: BookingCurve  # the prior
    group_strength: int  # messages at each knot that the prior is worth to the group
    store_strength: int  # messages at each knot that the group's curve is worth to a store
    lags: Lags  # the prior
    lag_strength: int  # visits that it is worth

    @property
    def window_days(self) -> int:
        """Return how many days a first message may be sent on."""
        return self.lead_max - self.lead_min + 1

    def evidence_since(self, as_of: date) -> date:
        """Return the first day whose messages still teach."""
        return as_of - timedelta(days=self.evidence_days)

    @property
    def cost_fen(self) -> int:
        """Return what one message costs, in money and patience."""
        return self.message_fen + self.annoyance_fen


@dataclass(frozen=True, slots=True)
class LeadRules:
    """The rules of the day: the policy, what belongs to one visit, and what the workshops can do."""

    policy: LeadPolicy
    visit: VisitRule
    capacity_on: Callable[[str, date], int]  # minutes of a store's day; 0 on a closed one
    visit_minutes: Callable[[str], int | None]  # of maintenance at a store; None where there is no workshop
