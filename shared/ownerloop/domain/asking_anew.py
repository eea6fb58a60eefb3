"""What an owner shows that asks for a new look at the portrait at once, and for a recommendation where one fits."""

from collections.abc import Iterable

from ownerloop.domain.facts import Fact
from ownerloop.domain.portrait import AskRule, topic_of


def asks_anew(fact: Fact, rules: Iterable[AskRule]) -> bool:
    """Return whether one of the rules holds for the fact."""
    return any(
        rule.kind is fact.kind
        and (not rule.topics or topic_of(fact) in rule.topics)
        and (fact.duration_s or 0) >= rule.duration_s_min
        for rule in rules
    )
