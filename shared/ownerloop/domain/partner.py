"""A partner of the dealer group: who it is, what it may ask for, and which part of an owner its role may see."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

SHARE = "share:"  # before a partner's id: the purpose of a consent to share with that partner
OWN_SOURCES = "urn:partner:"  # each partner has what follows its id there to itself
PARTNER_ID = r"[a-z][a-z0-9-]{1,62}"
_is_partner_id = re.compile(PARTNER_ID).fullmatch


class Role(StrEnum):
    """What a partner is to an owner."""

    INSURANCE = "insurance"
    FINANCE = "finance"
    MOBILITY = "mobility"
    MERCHANT = "merchant"


class OwnerPart(StrEnum):
    """A part of what we know of an owner."""

    TIER = "tier"
    STORE = "store"
    NEXT_SERVICE = "next_service"


# Field by field: an insurer has no use for a tier, a lender none for a service date, a merchant only for the tier.
SEES: dict[Role, frozenset[OwnerPart]] = {
    Role.INSURANCE: frozenset({OwnerPart.STORE, OwnerPart.NEXT_SERVICE}),
    Role.FINANCE: frozenset({OwnerPart.TIER, OwnerPart.STORE}),
    Role.MOBILITY: frozenset({OwnerPart.STORE, OwnerPart.NEXT_SERVICE}),
    Role.MERCHANT: frozenset({OwnerPart.TIER}),
}


@dataclass(frozen=True, slots=True)
class Partner:
    """One partner. Its keys are public ones (JSON of a JWK set), held here or fetched from `jwks_url`.

    `usage_key` is the value of its API key, which counts calls and opens nothing; `principals` are the ARNs it calls
    by where the API is open to IAM only. `sources` end in `:` or `/`, so that no prefix ends within a name.
    """

    partner_id: str
    name: str
    role: Role
    scopes: frozenset[str]
    is_active: bool = True
    issuer: str = ""
    jwks: str = ""
    jwks_url: str = ""
    usage_key: str = ""
    principals: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()  # prefixes of the sources that its events may name; its own URN where none is given

    @property
    def source_prefixes(self) -> tuple[str, ...]:
        """Return what the source of each of its events begins with."""
        return self.sources or (own_source(self.partner_id),)

    def speaks_for(self, source: str) -> bool:
        """Return whether its events may name this source, which is more than a prefix."""
        return any(source.startswith(prefix) and source != prefix for prefix in self.source_prefixes)

    @property
    def purpose(self) -> str:
        """Return the purpose of a consent to share with this partner."""
        return f"{SHARE}{self.partner_id}"

    def limited_to(self, scopes: frozenset[str]) -> "Partner":
        """Return the partner with no more than these scopes."""
        return replace(self, scopes=self.scopes & scopes)


@dataclass(frozen=True, slots=True)
class Caller:
    """Which partner calls, in which request and when."""

    partner: Partner
    request_id: str
    now: datetime


@dataclass(frozen=True, slots=True)
class AcceptedEvent:
    """A partner's event that kept its contract: its id and source, which queue takes it, and how it travels."""

    event_id: str
    source: str
    is_vehicle_data: bool
    body: bytes
    is_booking: bool = False


@dataclass(frozen=True, slots=True)
class EventAnswer:
    """What became of one event; field, rule and reason where it was refused."""

    index: int
    event_id: str | None
    is_accepted: bool
    reason: str = ""
    field: str = ""
    rule: str = ""


def own_source(partner_id: str) -> str:
    """Return what the sources of a partner begin with unless it was given others."""
    return f"{OWN_SOURCES}{partner_id}:"


def is_partner_id(text: str) -> bool:
    """Return whether the text can be the id of a partner."""
    return _is_partner_id(text) is not None


def principal_of(caller_arn: str) -> str:
    """Return the principal behind a caller's ARN: an assumed role is known without the name of its session."""
    if ":assumed-role/" in caller_arn:
        return caller_arn.rpartition("/")[0]
    return caller_arn
