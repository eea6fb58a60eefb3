"""Explains what an owner does: the tier and why, complaints that are open, the newest interactions."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from infra.explain.record import Record
from infra.explain.words import FACTS, TIERS, TOPICS, Language, pick, say
from ownerloop.adapters.tier_policies import tier_policy
from ownerloop.domain.facts import Fact
from ownerloop.domain.tier_words import explain_tier
from ownerloop.domain.tiers import TierState, prospect

INTERACTIONS_MAX = 8  # newest ones that are told

Clock = Callable[[datetime], str]


def conduct(record: Record, person_id: str, *, language: Language, at: Clock) -> Iterator[str]:
    """Yield the tier with its reasons and changes, then complaints, then interactions; `at` tells an instant."""
    lines = explain_tier(_state(record, person_id), language)
    yield f"  {lines[0]}"
    yield from (f"    {line}" for line in lines[1:])
    for change in record.tier_of(person_id).changes:
        before, after = say(TIERS, change.before, language), say(TIERS, change.after, language)
        yield f"    {at(change.at)}  {before} → {after}"
    for case in record.cases_of(person_id):
        topic = say(TOPICS, case.topic, language)
        if case.is_open and case.opened_at:
            yield pick(
                language,
                f"  投诉未结（{topic}），自 {at(case.opened_at)}；期间不发营销消息",
                f"  An open complaint ({topic}) since {at(case.opened_at)}; promotion waits",
            )
        elif case.closed_at:
            told = at(case.closed_at)
            yield pick(language, f"  投诉已结（{topic}），{told}", f"  A complaint ({topic}) was settled on {told}")
    facts = record.facts_of(person_id)
    if facts:
        shown = f"{min(len(facts), INTERACTIONS_MAX)}/{len(facts)}"
        yield pick(language, f"  最近互动（{shown}）", f"  Newest interactions ({shown})")
    yield from (f"    {at(fact.occurred_at)}  {_told(fact, language)}" for fact in facts[:INTERACTIONS_MAX])


def conduct_data(record: Record, person_id: str) -> dict[str, Any]:
    """Return the same as plain data."""
    state = _state(record, person_id)
    return {
        "tier": {
            "tier": str(state.tier),
            "since": state.since.isoformat() if state.since else None,
            "as_of": state.as_of.isoformat(),
            "r": state.r,
            "f": state.f,
            "m": state.m,
            "recency_days": state.recency_days,
            "interval_days": state.interval_days,
            "frequency": state.frequency,
            "monetary_fen": state.monetary_fen,
            "reasons": list(state.reasons),
            "rule_version": state.rule_version,
            "changes": [
                {"before": str(c.before), "after": str(c.after), "at": c.at.isoformat(), "cause": c.cause}
                for c in record.tier_of(person_id).changes
            ],
        },
        "open_cases": [case.case_key for case in record.cases_of(person_id) if case.is_open],
        "interactions": [_fact_data(fact) for fact in record.facts_of(person_id)[:INTERACTIONS_MAX]],
    }


def _state(record: Record, person_id: str) -> TierState:
    if state := record.tier_of(person_id).state:
        return state
    as_of = record.at.date()
    return prospect(policy=tier_policy(as_of), as_of=as_of)


def _told(fact: Fact, language: Language) -> str:
    parts = [say(FACTS, fact.kind, language)]
    if fact.amount_fen is not None:
        parts.append(f"{fact.amount_fen // 100}.{fact.amount_fen % 100:02d} CNY")
    if fact.on != fact.occurred_at.date() and fact.amount_fen is not None:
        parts.append(pick(language, f"到店日 {fact.on}", f"of {fact.on}"))
    if fact.contact_id:
        parts.append(pick(language, f"来自提醒 {fact.contact_id}", f"because of {fact.contact_id}"))
    return ", ".join(parts)


def _fact_data(fact: Fact) -> dict[str, Any]:
    return {
        "kind": str(fact.kind),
        "occurred_at": fact.occurred_at.isoformat(),
        "on": fact.on.isoformat(),
        "amount_fen": fact.amount_fen,
        "vehicle_id": fact.vehicle_id,
        "contact_id": fact.contact_id,
    }
