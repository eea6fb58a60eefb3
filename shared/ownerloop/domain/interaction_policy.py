"""What interactions are held to, from a day on."""

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class InteractionPolicy:
    """The numbers of the intake of interactions.

    What an owner did may lie before the first registration by `before_owner_max`, for whoever registers at the till
    did buy first; and after its arrival by `future_max`, for no two clocks agree.
    """

    version: str
    effective_on: date
    before_owner_max: timedelta
    future_max: timedelta
