"""How records and grants of the benefits are written into items and read back.

The record's `body` is deflated JSON of its fields; days are text, instants microseconds, a grant the list of its own.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from ownerloop.adapters.dynamodb.items import day_or_none, instant, iso, micros, packed, unpacked
from ownerloop.domain.benefit_record import BenefitRecord
from ownerloop.domain.benefits import Choice, Grant, Why
from ownerloop.domain.health import Contribution, Health, Part
from ownerloop.domain.portrait import Tag, TagSource, Value

GRANT = "grant#"


def record_values(record: BenefitRecord) -> dict[str, Any]:
    """Return the plain values of a record's item, beside its key."""
    body = {
        "as_of": iso(record.as_of),
        "is_profiled": record.is_profiled,
        "health": asdict(record.health) if record.health else None,
        "intent": record.intent,
        "worth": asdict(record.worth) if record.worth else None,
        "tags": [[tag.name, tag.source, iso(tag.since), iso(tag.expires_on), tag.because] for tag in record.tags],
        "standing": record.standing,
        "next": _choice_list(record.next) if record.next else None,
        "passed": [_choice_list(one) for one in record.passed],
        "grants": [grant_values(grant) for grant in record.grants],
        "policy_version": record.policy_version,
    }
    return {"person_id": record.person_id, "version": record.version, "body": packed(body)}


def record_from(person_id: str, values: Mapping[str, Any]) -> BenefitRecord:
    """Return the record of an item's plain values."""
    body = unpacked(values["body"])
    return BenefitRecord(
        person_id=person_id,
        version=values["version"],
        as_of=day_or_none(body["as_of"]),
        is_profiled=body["is_profiled"],
        health=_health(body["health"]) if body["health"] else None,
        intent=body["intent"],
        worth=Value(**body["worth"]) if body["worth"] else None,
        tags=tuple(_tag(*parts) for parts in body["tags"]),
        standing=tuple(body["standing"]),
        next=_choice(*body["next"]) if body["next"] else None,
        passed=tuple(_choice(*parts) for parts in body["passed"]),
        grants=tuple(map(grant_from, body["grants"])),
        policy_version=body["policy_version"],
    )


def grant_values(grant: Grant) -> dict[str, Any]:
    """Return the plain values of a grant."""
    return {
        "grant_id": grant.grant_id,
        "person_id": grant.person_id,
        "benefit_id": grant.benefit_id,
        "way": str(grant.way),
        "cause": grant.cause,
        "granted_at": micros(grant.granted_at),
        "granted_on": iso(grant.granted_on),
        "valid_until": iso(grant.valid_until),
        "cost_fen": grant.cost_fen,
        "policy_version": grant.policy_version,
    }


def grant_from(values: Mapping[str, Any]) -> Grant:
    """Return the grant of its plain values."""
    return Grant(
        grant_id=values["grant_id"],
        person_id=values["person_id"],
        benefit_id=values["benefit_id"],
        way=Why(values["way"]),
        cause=values["cause"],
        granted_at=instant(values["granted_at"]),
        granted_on=date.fromisoformat(values["granted_on"]),
        valid_until=date.fromisoformat(values["valid_until"]),
        cost_fen=values["cost_fen"],
        policy_version=values["policy_version"],
    )


def _choice_list(choice: Choice) -> list[Any]:
    return [choice.benefit_id, str(choice.why), choice.gain_fen]


def _choice(benefit_id: str, why: str, gain_fen: int | None) -> Choice:
    return Choice(benefit_id, Why(why), gain_fen)


def _tag(name: str, source: str, since: str, expires_on: str | None, because: str) -> Tag:
    return Tag(name, TagSource(source), date.fromisoformat(since), day_or_none(expires_on), because)


def _health(said: Mapping[str, Any]) -> Health:
    parts = tuple(Contribution(**{**one, "part": Part(one["part"])}) for one in said["contributions"])
    return Health(**{**said, "contributions": parts})
