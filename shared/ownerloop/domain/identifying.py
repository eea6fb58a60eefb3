"""What names a person beside the dealer's owner key: identifiers, the evidence that they are somebody's, the match."""

import re
from collections.abc import Container, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

_NOISE = re.compile(r"[\s\-().]")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_CHINESE_MOBILE = re.compile(r"1[3-9][0-9]{9}")
CHINA = "+86"
HOLDERS_MAX = 20  # two full groups: what is told of more persons is a store's own phone, or made up, and nobody's


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


def has_room(edge: Edge, holders: Iterable[Edge]) -> bool:
    """Return whether evidence of one more person is kept: so many had it told, or, of a proved one, proved it."""
    rivals = [held for held in holders if held.is_verified or not edge.is_verified]
    return len(rivals) < HOLDERS_MAX


def matches(person_id: str, edges: Iterable[Edge], *, beside: Container[str] = ()) -> tuple[tuple[str, str], ...]:
    """Return what shows that this person is another too, as pairs of identifier and person, in their order.

    Both proved the identifier; or it was told of both, and the other is one of those who owned a car beside this one.
    """
    told = list(edges)
    mine = {edge.identifier_id: edge for edge in told if edge.person_id == person_id}
    return tuple(
        sorted(
            (edge.identifier_id, edge.person_id)
            for edge in told
            if edge.person_id != person_id
            and (held := mine.get(edge.identifier_id)) is not None
            and ((edge.is_verified and held.is_verified) or edge.person_id in beside)
        )
    )


def conflict(one: Iterable[Edge], other: Iterable[Edge]) -> bool:
    """Return whether both have proved phones and none in common: then they are two people, whatever else they share."""
    left, right = _phones(one), _phones(other)
    return bool(left and right) and not left & right


def _phones(edges: Iterable[Edge]) -> set[str]:
    return {edge.identifier_id for edge in edges if edge.is_verified and edge.kind is IdentifierKind.PHONE}
