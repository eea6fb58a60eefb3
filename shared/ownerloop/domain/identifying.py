"""What names a person beside the dealer's owner key: identifiers, the evidence that they are somebody's, the match."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

_NOISE = re.compile(r"[\s\-().]")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_CHINESE_MOBILE = re.compile(r"1[3-9][0-9]{9}")
CHINA = "+86"


class IdentifierKind(StrEnum):
    """What an identifier is."""

    PHONE = "phone"
    EXTERNAL_USERID = "external_userid"
    UNIONID = "unionid"
    OPENID = "openid"


@dataclass(frozen=True, slots=True, order=True)
class Identifier:
    """One identifier as an event tells it; an openid is one only together with the app that gave it."""

    kind: IdentifierKind
    value: str
    is_verified: bool = False
    app: str = ""

    @property
    def plain(self) -> str:
        """Return what is filed in the vault: equal exactly for what is one identifier."""
        return f"{self.app}/{self.value}" if self.kind is IdentifierKind.OPENID else self.value


@dataclass(frozen=True, slots=True)
class Edge:
    """One reason to hold that an identifier (`i_...`) is a person's: since when, by which event, whether proved.

    `version` is 0 for evidence that is not stored yet.
    """

    identifier_id: str
    kind: IdentifierKind
    person_id: str
    is_verified: bool
    since: datetime
    event_key: str
    version: int = 0

    @property
    def key(self) -> tuple[str, str]:
        """Return what the edge joins."""
        return self.person_id, self.identifier_id


def e164(text: str) -> str | None:
    """Return the phone number in E.164, or None where it is none; a mobile number without a country is Chinese."""
    bare = _NOISE.sub("", text)
    if bare.startswith("00"):
        bare = "+" + bare[2:]
    elif _CHINESE_MOBILE.fullmatch(bare):
        bare = CHINA + bare
    elif bare.startswith("86") and _CHINESE_MOBILE.fullmatch(bare[2:]):
        bare = "+" + bare
    return bare if _E164.fullmatch(bare) else None


def joined(held: Edge | None, new: Edge) -> Edge:
    """Return the evidence of both tellings: proved if either proved it, since the earlier; order does not matter."""
    if held is None:
        return new
    first = min(held, new, key=lambda edge: (edge.since, edge.event_key))
    return replace(first, is_verified=held.is_verified or new.is_verified, version=held.version)


def matches(person_id: str, edges: Iterable[Edge]) -> tuple[str, ...]:
    """Return the identifiers that are proved to be this person's and somebody else's too, in their order."""
    holders: dict[str, set[str]] = {}
    for edge in edges:
        if edge.is_verified:
            holders.setdefault(edge.identifier_id, set()).add(edge.person_id)
    return tuple(sorted(one for one, persons in holders.items() if person_id in persons and len(persons) > 1))


def conflict(one: Iterable[Edge], other: Iterable[Edge]) -> bool:
    """Return whether both have proved phones and none in common: then they are two people, whatever else they share."""
    left, right = _phones(one), _phones(other)
    return bool(left and right) and not left & right


def _phones(edges: Iterable[Edge]) -> set[str]:
    return {edge.identifier_id for edge in edges if edge.is_verified and edge.kind is IdentifierKind.PHONE}
