"""The audience language: a small predicate as data, checked when it is loaded, total and explained when it is asked.

{"all": [{"attribute": "tier", "is": "at_risk"}, {"not": {"attribute": "open_complaints", "at_least": 1}}]}

It is three-valued (Kleene 1952): whatever is asked of something unknown is unknown, and unknown is never in.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any, assert_never

from ownerloop.domain.attributes import ATTRIBUTES, Attribute, Kind, OwnerView, Value
from ownerloop.domain.errors import AudienceError

DEPTH_MAX = 8
LEAVES_MAX = 64


class Verdict(StrEnum):
    """What a predicate says of an owner."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Ask(StrEnum):
    """What a leaf asks of its attribute."""

    IS = "is"
    IN = "in"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    HAS = "has"
    KNOWN = "known"


@dataclass(frozen=True, slots=True)
class Leaf:
    """One question about one attribute; `wanted` is a tuple of words for `in`."""

    path: str
    attribute: str
    ask: Ask
    wanted: Value | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class All:
    """Yes where every part is; no as soon as one is."""

    parts: tuple["Audience", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Yes as soon as one part is; no where every one is."""

    parts: tuple["Audience", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite; of something unknown, unknown."""

    part: "Audience"


Audience = Leaf | All | AnyOf | Not


@dataclass(frozen=True, slots=True)
class LeafSaid:
    """What one leaf said: what it asked for, and what the view held (None: nothing that can be used)."""

    leaf: Leaf
    held: Value | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Explanation:
    """What an audience said of an owner, and every leaf of it in the order of the data."""

    verdict: Verdict
    leaves: tuple[LeafSaid, ...]

    @property
    def is_in(self) -> bool:
        """Return whether the owner belongs to the audience."""
        return self.verdict is Verdict.YES


def holds(audience: Audience, view: OwnerView) -> bool:
    """Return whether the owner belongs to the audience; never raises, whatever the view holds."""
    return verdict(audience, view) is Verdict.YES


def verdict(audience: Audience, view: OwnerView) -> Verdict:
    """Return what the audience says of the owner."""
    match audience:
        case Leaf():
            return _leaf(audience, view)
        case All(parts):
            return _strongest([verdict(part, view) for part in parts], Verdict.NO, otherwise=Verdict.YES)
        case AnyOf(parts):
            return _strongest([verdict(part, view) for part in parts], Verdict.YES, otherwise=Verdict.NO)
        case Not(part):
            return _OPPOSITE[verdict(part, view)]
    assert_never(audience)


def explain(audience: Audience, view: OwnerView) -> Explanation:
    """Return what the audience says of the owner, and which leaf said what."""
    said = tuple(LeafSaid(leaf, _held(leaf, view), _leaf(leaf, view)) for leaf in leaves(audience))
    return Explanation(verdict(audience, view), said)


def leaves(audience: Audience) -> Iterator[Leaf]:
    """Yield every leaf in the order of the data."""
    match audience:
        case Leaf():
            yield audience
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from leaves(part)
        case Not(part):
            yield from leaves(part)


def asks_profile(audience: Audience) -> bool:
    """Return whether the audience asks for anything that judges a person."""
    return any(ATTRIBUTES[leaf.attribute].is_profile for leaf in leaves(audience))


def parse(data: object) -> Audience:
    """Return the audience behind the data, or refuse it (AudienceError) naming the path of what is wrong."""
    found = _parsed(data, path="", depth=1)
    if sum(1 for _ in leaves(found)) > LEAVES_MAX:
        raise AudienceError(path="", rule=f"has at most {LEAVES_MAX} leaves")
    return found


def _leaf(leaf: Leaf, view: OwnerView) -> Verdict:
    held = _held(leaf, view)
    if leaf.ask is Ask.KNOWN:
        return Verdict.YES if (held is not None) == leaf.wanted else Verdict.NO
    if held is None:
        return Verdict.UNKNOWN
    return Verdict.YES if _is_met(leaf, held) else Verdict.NO


def _held(leaf: Leaf, view: OwnerView) -> Value | None:
    # A value of another type than the attribute's is no value: an audience never raises.
    value = view.get(leaf.attribute)
    return value if ATTRIBUTES[leaf.attribute].holds(value) else None


def _is_met(leaf: Leaf, held: Value) -> bool:
    match leaf.ask, held, leaf.wanted:
        case (Ask.AT_LEAST, int(), int(wanted)):
            return held >= wanted
        case (Ask.AT_MOST, int(), int(wanted)):
            return held <= wanted
        case (Ask.IN, str(), tuple(wanted)):
            return held in wanted
        case (Ask.HAS, frozenset(), str(wanted)):
            return wanted in held
        case (Ask.IS, _, _):
            return held == leaf.wanted
        case _:
            return False


def _strongest(said: Sequence[Verdict], strong: Verdict, *, otherwise: Verdict) -> Verdict:
    if strong in said:
        return strong
    return Verdict.UNKNOWN if Verdict.UNKNOWN in said else otherwise


_OPPOSITE = {Verdict.YES: Verdict.NO, Verdict.NO: Verdict.YES, Verdict.UNKNOWN: Verdict.UNKNOWN}
_ASKS: dict[Kind, frozenset[Ask]] = {
    Kind.WORD: frozenset({Ask.IS, Ask.IN, Ask.KNOWN}),
    Kind.WHOLE: frozenset({Ask.IS, Ask.AT_LEAST, Ask.AT_MOST, Ask.KNOWN}),
    Kind.YES_NO: frozenset({Ask.IS, Ask.KNOWN}),
    Kind.WORDS: frozenset({Ask.HAS, Ask.KNOWN}),
}


def _parsed(data: object, *, path: str, depth: int) -> Audience:
    if depth > DEPTH_MAX:
        raise AudienceError(path=path, rule=f"is at most {DEPTH_MAX} levels deep")
    if not isinstance(data, dict) or not all(isinstance(key, str) for key in data):
        raise AudienceError(path=path, rule="must be an object")
    if "attribute" in data:
        return _leaf_of(data, path=path)
    if len(data) != 1 or not data.keys() <= {"all", "any", "not"}:
        raise AudienceError(path=path, rule="must hold exactly one of all, any, not, or an attribute")
    ((name, inner),) = data.items()
    inside = partial(_parsed, depth=depth + 1)
    if name == "not":
        return Not(inside(inner, path=_below(path, name)))
    if not isinstance(inner, list) or not inner:
        raise AudienceError(path=_below(path, name), rule="must be a list that is not empty")
    parts = tuple(inside(part, path=_below(path, f"{name}[{place}]")) for place, part in enumerate(inner))
    return All(parts) if name == "all" else AnyOf(parts)


def _leaf_of(data: Mapping[str, Any], *, path: str) -> Leaf:
    name = data["attribute"]
    attribute = ATTRIBUTES.get(name) if isinstance(name, str) else None
    if attribute is None:
        raise AudienceError(path=_below(path, "attribute"), rule="must name an attribute that exists")
    asked = [key for key in data if key != "attribute"]
    if len(asked) != 1 or asked[0] not in set(_ASKS[attribute.kind]):
        allowed = ", ".join(sorted(_ASKS[attribute.kind]))
        raise AudienceError(path=path, rule=f"must ask {name} exactly one of {allowed}")
    ask = Ask(asked[0])
    wanted = _wanted(data[ask], ask=ask, attribute=attribute, path=_below(path, ask))
    return Leaf(path=path, attribute=name, ask=ask, wanted=wanted)


def _wanted(value: Any, *, ask: Ask, attribute: Attribute, path: str) -> Value | tuple[str, ...]:
    match ask:
        case Ask.KNOWN:
            is_right, rule = isinstance(value, bool), "must be true or false"
        case Ask.IN:
            is_list = isinstance(value, list) and bool(value)
            is_right, rule = is_list and all(map(attribute.holds, value)), "must be a list of the attribute's words"
        case Ask.HAS:
            is_right, rule = isinstance(value, str) and bool(value), "must be a word"
        case Ask.IS | Ask.AT_LEAST | Ask.AT_MOST:
            is_right, rule = attribute.holds(value), f"must be a {attribute.kind} that the attribute can have"
    if not is_right:
        raise AudienceError(path=path, rule=rule)
    return tuple(value) if ask is Ask.IN else value


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
