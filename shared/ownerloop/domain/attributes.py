"""What may be said about an owner: every attribute an audience can ask for, and whether it judges a person."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ownerloop.domain.tiers import Tier

Value = str | int | bool | frozenset[str]
OwnerView = Mapping[str, Value | None]  # by attribute; None, or left out, is unknown


class Kind(StrEnum):
    """What the values of an attribute are."""

    WORD = "word"
    WHOLE = "whole"
    YES_NO = "yes_no"
    WORDS = "words"  # a set


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute. `is_profile` says that it judges a person: who opted out of profiling has none of these.

    `words` are the only values it can have; empty where any word will do.
    """

    kind: Kind
    is_profile: bool
    words: frozenset[str] = frozenset()

    def holds(self, value: object) -> bool:
        """Return whether the value is one that the attribute can have."""
        match self.kind:
            case Kind.YES_NO:
                return isinstance(value, bool)
            case Kind.WHOLE:
                return isinstance(value, int) and not isinstance(value, bool)
            case Kind.WORD:
                return isinstance(value, str) and self.takes(value)
            case Kind.WORDS:
                return isinstance(value, frozenset) and all(isinstance(word, str) for word in value)

    def takes(self, word: str) -> bool:
        """Return whether the word is one of the attribute's."""
        return not self.words or word in self.words


def _plan(kind: Kind, *words: str) -> Attribute:
    return Attribute(kind, is_profile=False, words=frozenset(words))


def _profile(kind: Kind, *words: str) -> Attribute:
    return Attribute(kind, is_profile=True, words=frozenset(words))


ATTRIBUTES: Mapping[str, Attribute] = {
    # The programme's plain facts: what everybody is served by, whether they are profiled or not.
    "store_id": _plan(Kind.WORD),
    "language": _plan(Kind.WORD),
    "models": _plan(Kind.WORDS),
    "cars": _plan(Kind.WHOLE),
    "car_age_months": _plan(Kind.WHOLE),  # of the oldest
    "service_due_days": _plan(Kind.WHOLE),  # until the median of what is due first; negative is overdue
    "severity": _plan(Kind.WORD, "none", "advise", "soon", "now"),  # the worst that a car reports
    "has_booking": _plan(Kind.YES_NO),
    "service_completed_days": _plan(Kind.WHOLE),  # since the newest finished service
    "birthday_in_days": _plan(Kind.WHOLE),  # 0-365
    "anniversary_in_days": _plan(Kind.WHOLE),  # of the oldest car's first day on the road, 0-365
    "known_days": _plan(Kind.WHOLE),  # since the first registration
    "open_complaints": _plan(Kind.WHOLE),
    "complaint_closed_days": _plan(Kind.WHOLE),  # since the newest closing; unknown where one is open
    "has_marketing_consent": _plan(Kind.YES_NO),
    "is_reachable": _plan(Kind.YES_NO),
    # What judges a person.
    "tier": _profile(Kind.WORD, *Tier),
    "tier_days": _profile(Kind.WHOLE),
    "r": _profile(Kind.WHOLE),
    "f": _profile(Kind.WHOLE),
    "m": _profile(Kind.WHOLE),
    "recency_days": _profile(Kind.WHOLE),
    "recency_percent": _profile(Kind.WHOLE),  # of the owner's own interval
    "frequency": _profile(Kind.WHOLE),
    "monetary_fen": _profile(Kind.WHOLE),
    "health": _profile(Kind.WHOLE),  # 0-100
    "health_confidence": _profile(Kind.WHOLE),  # 0-100
    "intent": _profile(Kind.WHOLE),  # 0-100
    "visit_chance_percent": _profile(Kind.WHOLE),
    "value_fen": _profile(Kind.WHOLE),  # of the next 12 months
    "satisfaction": _profile(Kind.WHOLE),  # 0-1000
    "test_drive_days": _profile(Kind.WHOLE),  # since the newest
    "topics": _profile(Kind.WORDS),  # posted about or looked at of late
    "tags": _profile(Kind.WORDS),
}


def without_profile(view: OwnerView) -> dict[str, Value | None]:
    """Return what is left of a view for an owner who opted out of profiling."""
    return {name: value for name, value in view.items() if name in ATTRIBUTES and not ATTRIBUTES[name].is_profile}
