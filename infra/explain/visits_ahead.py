"""Tells a car's bookings, the doubts about its odometer, and when and why it is to be reminded next."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from infra.explain.conduct import Clock
from infra.explain.record import Record
from infra.explain.words import BOOKINGS, DOUBTS, ITEMS, Language, pick, say
from ownerloop.adapters.lead_rules import lead_rules_on
from ownerloop.adapters.policy_files import stores
from ownerloop.domain.calendar import civil_day, zone_of
from ownerloop.domain.cases import Case
from ownerloop.domain.first_day import FirstDay, Timing, first_days
from ownerloop.domain.lead_time import Arm
from ownerloop.domain.standing import Standing
from ownerloop.domain.vehicle import Vehicle

_FEN_PER_YUAN = 100


def booking_lines(record: Record, vehicle: Vehicle, *, language: Language, at: Clock) -> Iterator[str]:
    """Yield each booking of the car with where it stands, and the contact it came from."""
    return (_booking(standing, language, at) for standing in record.bookings_of(vehicle.vehicle_id))


def doubt_lines(record: Record, vehicle: Vehicle, *, language: Language, at: Clock) -> Iterator[str]:
    """Yield each doubt about the car's odometer: what an operator must answer, and what was answered."""
    return (_doubt(case, language, at) for case in record.doubts_of(vehicle.vehicle_id))


def next_day_line(record: Record, vehicle: Vehicle, *, language: Language) -> str | None:
    """Return why the first reminder of the car's next visit waits for its day; None where the fixed rule decides."""
    found = _next_choice(record, vehicle)
    if found is None:
        return None
    item, choice = found
    name = say(ITEMS, item, language)
    if choice.on is None:
        zh, en = f"，{choice.look_on} 再看", f"; looked at again on {choice.look_on}"
        again = pick(language, zh, en) if choice.look_on else ""
        return pick(language, f"{name}：没有一天值得发消息", f"{name}: no day is worth a message") + again
    if choice.arm is Arm.RANDOM:
        zh, en = f"抽签定于 {choice.on}", f"its day was drawn: {choice.on}"
        return f"{name}{pick(language, f'：{zh}', f': {en}')}"
    value, price = f"{choice.value_fen / _FEN_PER_YUAN:.2f}", f"{choice.price_fen / _FEN_PER_YUAN:.2f}"
    return pick(
        language,
        f"{name}：{choice.on} 价值最高（预期 {value} 元，车间影子价格 {price} 元）",
        f"{name}: no day is worth more than {choice.on} ({value} CNY expected, at a workshop price of {price} CNY)",
    )


def ahead_data(record: Record, vehicle: Vehicle) -> dict[str, Any]:
    """Return bookings, doubts and the next reminder's choice as plain data."""
    found = _next_choice(record, vehicle)
    return {
        "bookings": [_booking_data(standing) for standing in record.bookings_of(vehicle.vehicle_id)],
        "doubts": [
            {"case": case.case_key, "is_open": case.is_open, "answer": case.answer or None}
            for case in record.doubts_of(vehicle.vehicle_id)
        ],
        "next_choice": None if found is None else {"item": found[0], **_choice_data(found[1])},
    }


def _next_choice(record: Record, vehicle: Vehicle) -> tuple[str, FirstDay] | None:
    lead, store = record.lead_times.get(vehicle.store_id or ""), stores().get(vehicle.store_id or "")
    if lead is None or store is None or vehicle.forecast is None:
        return None
    today = civil_day(record.at, zone_of(store.zone))
    rules = lead_rules_on(today)
    timing = Timing(rules.policy, {lead.store_id: lead})
    (firsts,) = first_days([vehicle], [vehicle.forecast], rule=rules.visit, as_of=[today], timing=timing)
    known = ((choice.on or date.max, item, choice) for (item, _), choice in firsts.days.items())
    first = min(known, key=lambda one: one[:2], default=None)
    return first and first[1:]


def _booking(standing: Standing, language: Language, at: Clock) -> str:
    state = say(BOOKINGS, standing.state, language)
    when = at(standing.for_at) if standing.for_at else "-"
    waits = pick(language, f"，第 {standing.waits_as} 位", f", number {standing.waits_as}") if standing.waits_as else ""
    hand = pick(language, f"，技师 {standing.technician_id}", f", {standing.technician_id}")
    hand = hand if standing.technician_id else ""
    cause = pick(language, f"，来自提醒 {standing.contact_id}", f", because of {standing.contact_id}")
    cause = cause if standing.contact_id else ""
    return pick(
        language,
        f"到店预约 {when}：{state}{waits}{hand}{cause}",
        f"booking for {when}: {state}{waits}{hand}{cause}",
    )


def _doubt(case: Case, language: Language, at: Clock) -> str:
    since = at(case.opened_at) if case.opened_at else "-"
    if case.is_open:
        return pick(
            language,
            f"疑似更换仪表（自 {since}），等待答复：ownerloop case close {case.case_key} --answer yes|no",
            f"was the instrument cluster replaced? open since {since}: "
            f"ownerloop case close {case.case_key} --answer yes|no",
        )
    closed = at(case.closed_at) if case.closed_at else "-"
    answer = say(DOUBTS, case.answer, language)
    return pick(
        language,
        f"疑似更换仪表（自 {since}）：{closed} {answer}（{case.case_key}）",
        f"was the instrument cluster replaced? asked {since}, {answer} {closed} ({case.case_key})",
    )


def _booking_data(standing: Standing) -> dict[str, Any]:
    return {
        "booking_key": standing.booking_key,
        "state": str(standing.state),
        "reason": standing.reason,
        "store_id": standing.store_id,
        "on": standing.on.isoformat() if standing.on else None,
        "for_at": standing.for_at.isoformat() if standing.for_at else None,
        "technician_id": standing.technician_id,
        "waits_as": standing.waits_as,
        "contact_id": standing.contact_id,
    }


def _choice_data(choice: FirstDay) -> dict[str, Any]:
    return {
        "on": choice.on.isoformat() if choice.on else None,
        "look_on": choice.look_on.isoformat() if choice.look_on else None,
        "arm": str(choice.arm),
        "value_fen": choice.value_fen,
        "price_fen": choice.price_fen,
    }
