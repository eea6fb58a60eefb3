"""Tags that staff put on an owner or took off again, as the facts of it say."""

from collections.abc import Iterable
from datetime import date, timedelta

from ownerloop.domain.facts import Fact, FactKind
from ownerloop.domain.portrait import Tag, TagSource, is_live

_KINDS = frozenset({FactKind.TAG_ADDED, FactKind.TAG_REMOVED})
ONE_DAY = timedelta(days=1)


def put_by_hand(facts: Iterable[Fact], *, held: Iterable[Tag], as_of: date) -> list[Tag]:
    """Return the live tags by hand: of each name the newest word rules, and over whatever was held before.

    Order and duplicates of the facts do not matter. `because` names the staff member as facts name them, by a digest.
    """
    newest: dict[str, Fact] = {}
    for fact in sorted((one for one in facts if one.kind in _KINDS), key=lambda one: (one.occurred_at, one.event_key)):
        newest[fact.detail.partition("/")[0]] = fact
    tags = {tag.name: tag for tag in held if tag.source is TagSource.HAND and tag.name not in newest}
    tags |= {name: _tag(name, fact) for name, fact in newest.items() if fact.kind is FactKind.TAG_ADDED}
    return [tags[name] for name in sorted(tags) if is_live(tags[name], on=as_of)]


def _tag(name: str, fact: Fact) -> Tag:
    last_day = fact.detail.partition("/")[2]
    expires_on = date.fromisoformat(last_day) + ONE_DAY if last_day else None
    return Tag(name, TagSource.HAND, since=fact.on, expires_on=expires_on, because=f"staff:{fact.reference}")
