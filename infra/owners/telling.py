"""An owner in the words of people and of programs: tier, points, cars, complaints and the timeline."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from infra.explain.forecasts import item_line
from infra.explain.joined import Joined
from infra.explain.words import CLASSES, FACTS, REASONS, TIERS, TOPICS, Language, pick, say
from infra.owners.desk import Portrait
from ownerloop.adapters.policy_files import stores
from ownerloop.adapters.tier_policies import tier_policy
from ownerloop.domain.calendar import civil_day
from ownerloop.domain.consent import Purpose
from ownerloop.domain.facts import Fact
from ownerloop.domain.recheck import consent_reason
from ownerloop.domain.send_window import owner_zone
from ownerloop.domain.standing import Standing
from ownerloop.domain.tier_cuts import with_cuts
from ownerloop.domain.tier_words import explain_tier
from ownerloop.domain.tiers import TierState, prospect
from ownerloop.domain.timeline import Entry, entries
from ownerloop.domain.vehicle import ItemForecast, Vehicle


def lines_of(held: Portrait, *, newest_max: int, language: Language) -> Iterator[str]:
    """Yield who the owner is, the tier and why, points, cars, complaints, then the timeline, newest first."""
    owner = held.owner
    store = stores().get(owner.store_id or "")
    home = (store.name_zh if language == "zh" else store.name_en) if store else owner.store_id or "-"
    joined = f" (+ {', '.join(owner.members)})" if owner.members else ""
    yield pick(language, f"车主 {owner.person_id}{joined}，{home}", f"Owner {owner.person_id}{joined}, {home}")
    yield from (f"  {line}" for line in _joined(held).lines(language, lambda instant: _at(held, instant)))
    first, *more = explain_tier(_state(held), language)
    yield f"  {first}"
    yield from (f"    {line}" for line in more)
    for change in held.tier.changes:
        before, after = say(TIERS, change.before, language), say(TIERS, change.after, language)
        yield f"    {_at(held, change.at)}  {before} → {after}"
    yield f"  {_points(held, language)}"
    for car in held.cars:
        yield from (f"  {line}" for line in _car(held, car, language))
    for case in held.open_cases:
        since = _at(held, case.opened_at) if case.opened_at else "-"
        topic = say(TOPICS, case.topic, language)
        yield pick(language, f"  投诉未结（{topic}），自 {since}", f"  An open complaint ({topic}) since {since}")
    told = timeline_of(held, newest_max=newest_max)
    yield pick(language, f"  时间线（{len(told)}）", f"  Timeline ({len(told)})")
    for entry in told:
        yield f"    {_at(held, entry.newest.occurred_at)}  {_entry(entry, language)}"


def data_of(held: Portrait, *, newest_max: int) -> dict[str, Any]:
    """Return the same as plain data."""
    state, today = _state(held), _today(held)
    return {
        "person_id": held.owner.person_id,
        "members": list(held.owner.members),
        "identity": _joined(held).data(),
        "store_id": held.owner.store_id,
        "as_of": held.at.isoformat(),
        "tier": {
            "tier": str(state.tier),
            "since": state.since.isoformat() if state.since else None,
            "reasons": list(state.reasons),
            "monetary_fen": state.monetary_fen,
            "frequency": state.frequency,
            "recency_days": state.recency_days,
            "rule_version": state.rule_version,
            "why": explain_tier(state, "en"),
        },
        "points": {
            "balance": sum(account.balance for account in held.accounts),
            "usable": sum(account.usable(on=today) for account in held.accounts),
            "debt": sum(account.debt for account in held.accounts),
        },
        "vehicles": [_car_data(held, car) for car in held.cars],
        "open_cases": [case.case_key for case in held.open_cases],
        "bookings": [_booking_data(booking) for booking in held.bookings],
        "timeline": [[_fact_data(fact) for fact in entry.facts] for entry in timeline_of(held, newest_max=newest_max)],
    }


def timeline_of(held: Portrait, *, newest_max: int) -> list[Entry]:
    """Return the entries that the newest facts make, over everybody who was joined."""
    newest = sorted(held.facts, key=lambda fact: (fact.occurred_at, fact.event_key), reverse=True)
    return entries(newest[:newest_max])


def _state(held: Portrait) -> TierState:
    # The tier moves with time alone, so it is told as of today and not as it was last written.
    today = _today(held)
    policy = with_cuts(tier_policy(today), held.cuts)
    return held.tier.state_on(today, policy=policy) if held.tier.orders else prospect(policy=policy, as_of=today)


def _joined(held: Portrait) -> Joined:
    return Joined(held.owner.person_id, (held.owner.person_id, *held.owner.members), held.log, held.evidence)


def _points(held: Portrait, language: Language) -> str:
    balance, owed = (sum(one.balance for one in held.accounts), sum(one.debt for one in held.accounts))
    usable = sum(one.usable(on=_today(held)) for one in held.accounts)
    lapses = min((on for one in held.accounts if (on := one.next_expiry)), default=None)
    until = pick(language, f"，最早 {lapses} 到期", f", the first lapse on {lapses}") if lapses else ""
    debt = pick(language, f"，欠 {owed} 分", f", {owed} owed") if owed else ""
    return pick(
        language,
        f"积分：{balance}（可用 {usable}）{until}{debt}",
        f"Points: {balance} ({usable} to spend){until}{debt}",
    )


def _car(held: Portrait, car: Vehicle, language: Language) -> Iterator[str]:
    yield pick(language, f"车辆 {car.vehicle_id}（{car.model}）", f"Car {car.vehicle_id} ({car.model})")
    yield f"  {_consent(held, car, language)}"
    if item := _next_service(car):
        yield pick(language, f"  下次保养：{item_line(item, language)}", f"  next service: {item_line(item, language)}")
    else:
        yield pick(language, "  下次保养：尚无预测", "  next service: no forecast yet")
    for booking in held.bookings:
        if booking.vehicle_id == car.vehicle_id:
            at = _at(held, booking.for_at) if booking.for_at else str(booking.on)
            waits = booking.waits_as is not None
            yield pick(
                language,
                f"  {'候补' if waits else '预约'}：{at}，{booking.store_id}",
                f"  {'waits for a place' if waits else 'booked'}: {at}, {booking.store_id}",
            )


def _consent(held: Portrait, car: Vehicle, language: Language) -> str:
    person_id = car.consent.owner_at(held.at) or held.owner.person_id
    told = []
    for purpose in sorted({grant.purpose for grant in car.consent.grants if grant.person_id == person_id}):
        classes = car.consent.classes_at(held.at, person_id=person_id, purpose=purpose)
        names = "、" if language == "zh" else ", "
        if classes:
            told.append(f"{purpose} ({names.join(say(CLASSES, name, language) for name in sorted(classes))})")
    if told:
        return pick(language, f"授权：{'；'.join(told)}", f"consent: {'; '.join(told)}")
    why = consent_reason(car.consent, person_id=person_id, purpose=Purpose.MAINTENANCE, now=held.at)
    reason = say(REASONS, why or "no_consent", language)
    return pick(language, f"授权：{reason}", f"consent: {reason}")


def _next_service(car: Vehicle) -> ItemForecast | None:
    items = car.forecast.items if car.forecast else ()
    return min(items, key=lambda item: (item.due_p50, item.item), default=None)


def _entry(entry: Entry, language: Language) -> str:
    return " → ".join(_fact(fact, language) for fact in entry.facts)


def _fact(fact: Fact, language: Language) -> str:
    parts = [say(FACTS, fact.kind, language)]
    if fact.amount_fen is not None:
        parts.append(f"{fact.amount_fen // 100}.{fact.amount_fen % 100:02d} CNY")
    if fact.score is not None:
        parts.append(pick(language, f"{fact.score} 分", f"{fact.score} of 10"))
    if fact.duration_s is not None:
        parts.append(pick(language, f"{fact.duration_s} 秒", f"{fact.duration_s} s"))
    if fact.detail and fact.amount_fen is None:
        parts.append(fact.detail)
    return ", ".join(parts)


def _car_data(held: Portrait, car: Vehicle) -> dict[str, Any]:
    person_id = car.consent.owner_at(held.at) or held.owner.person_id
    purposes = sorted({grant.purpose for grant in car.consent.grants if grant.person_id == person_id})
    item = _next_service(car)
    return {
        "vehicle_id": car.vehicle_id,
        "model": car.model,
        "consents": {
            purpose: sorted(car.consent.classes_at(held.at, person_id=person_id, purpose=purpose))
            for purpose in purposes
        },
        "next_service": {
            "item": item.item,
            "due_p50": item.due_p50.isoformat(),
            "due_p10": item.due_p10.isoformat(),
            "due_p90": item.due_p90.isoformat(),
            "basis": item.basis,
            "remaining_m": item.remaining_m,
        }
        if item
        else None,
    }


def _booking_data(booking: Standing) -> dict[str, Any]:
    return {
        "booking_key": booking.booking_key,
        "vehicle_id": booking.vehicle_id,
        "store_id": booking.store_id,
        "on": booking.on.isoformat() if booking.on else None,
        "state": str(booking.state),
    }


def _fact_data(fact: Fact) -> dict[str, Any]:
    return {
        "kind": str(fact.kind),
        "occurred_at": fact.occurred_at.isoformat(),
        "on": fact.on.isoformat(),
        "store_id": fact.store_id,
        "vehicle_id": fact.vehicle_id,
        "contact_id": fact.contact_id,
        "detail": fact.detail,
        "amount_fen": fact.amount_fen,
        "cost_fen": fact.cost_fen,
        "duration_s": fact.duration_s,
        "score": fact.score,
    }


def _today(held: Portrait) -> date:
    return civil_day(held.at, owner_zone(held.owner, store_id=held.owner.store_id, stores=stores()))


def _at(held: Portrait, instant: datetime) -> str:
    zone = owner_zone(held.owner, store_id=held.owner.store_id, stores=stores())
    return instant.astimezone(zone).strftime("%Y-%m-%d %H:%M")
