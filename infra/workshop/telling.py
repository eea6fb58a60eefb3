"""A workshop's day in tables for people, and the same as plain data."""

from typing import Any

from rich.table import Table

from infra.explain.words import Language, pick, say
from ownerloop.domain.workdays import Opening
from ownerloop.domain.workshop import (
    Booking,
    BookingState,
    Day,
    JobClass,
    Minutes,
    WorkshopRules,
    capacity,
    load,
    starts_of,
    waiting,
)

JOBS = {
    str(JobClass.MAINTENANCE): ("保养", "maintenance"),
    str(JobClass.INSPECTION): ("检查", "inspection"),
    str(JobClass.REPAIR): ("维修", "repair"),
}
_STATES = {
    str(BookingState.BOOKED): ("已预约", "booked"),
    str(BookingState.WAITLISTED): ("候补", "waiting"),
    str(BookingState.MISSED): ("爽约", "did not come"),
    str(BookingState.DONE): ("已完成", "done"),
}
_FREE = "·"
_SHORT = 8  # characters of a surrogate that tell cars of a day apart


def tables_of(day: Day, rules: WorkshopRules, opening: Opening | None, language: Language) -> list[Table]:
    """Return the grid of slots, the bookings, the load and the waitlist; no grid for a closed day, no empty list."""
    tables = [_slots(day, rules, opening, language)] if opening else []
    tables += [_bookings(day, language)] if day.bookings else []
    tables.append(_loads(day, rules, opening, language))
    return [*tables, _waitlist(day, language)] if day.waitlist else tables


def data_of(day: Day, rules: WorkshopRules, opening: Opening | None) -> dict[str, Any]:
    """Return the same as plain data; times are of the store's clock, loads are minutes."""
    room = capacity(rules, opening)
    return {
        "store_id": day.store_id,
        "on": day.on.isoformat(),
        "version": day.version,
        "opens_at": opening.opens_at.isoformat("minutes") if opening else None,
        "closes_at": opening.closes_at.isoformat("minutes") if opening else None,
        "slot_minutes": rules.slot_minutes,
        "bays": rules.bays,
        "slots": [
            {
                "at": _clock(start),
                "free_bays": _free_bays(day, rules, start),
                "free_technicians": _free(day, rules, start),
            }
            for start in _starts(rules, opening)
        ],
        "bookings": [_said(one, day) for one in day.bookings],
        "waitlist": [_said(one, day) for one in day.waitlist],
        "technicians": [
            {
                "technician_id": one.technician_id,
                "job_classes": sorted(one.job_classes),
                "minutes": _minutes_of(day, one.technician_id),
            }
            for one in rules.technicians
        ],
        "load": _by_class(load(day)),
        "capacity": _by_class(room),
        "waiting": _by_class(waiting(day)),
        "missed": day.missed,
    }


def _slots(day: Day, rules: WorkshopRules, opening: Opening, language: Language) -> Table:
    table = Table(title=pick(language, "工位时段", "Slots"), title_justify="left")
    table.add_column(pick(language, "时间", "time"))
    for technician in rules.technicians:
        table.add_column(technician.technician_id)
    table.add_column(pick(language, "空工位", "free bays"), justify="right")
    for start in _starts(rules, opening):
        works = [_at(day, one.technician_id, start, language) for one in rules.technicians]
        table.add_row(_clock(start), *works, str(_free_bays(day, rules, start)))
    return table


def _bookings(day: Day, language: Language) -> Table:
    table = Table(title=pick(language, "预约", "Bookings"), title_justify="left")
    for zh, en in (("时间", "time"), ("工位", "bay"), ("技师", "technician"), ("类别", "job"), ("车辆", "car")):
        table.add_column(pick(language, zh, en))
    table.add_column(pick(language, "状态", "state"))
    for one in day.bookings:
        if one.place:
            ends = one.place.start_minute + one.place.minutes
            table.add_row(
                f"{_clock(one.place.start_minute)}-{_clock(ends)}",
                str(one.place.bay),
                one.place.technician_id,
                say(JOBS, one.asked.job_class, language),
                one.asked.vehicle_id,
                say(_STATES, one.state, language),
            )
    return table


def _loads(day: Day, rules: WorkshopRules, opening: Opening | None, language: Language) -> Table:
    held, room, wanted = load(day), capacity(rules, opening), waiting(day)
    table = Table(title=pick(language, "负荷（分钟）", "Load (minutes)"), title_justify="left")
    table.add_column("")
    for zh, en in (("已占", "held"), ("产能", "capacity"), ("候补", "waiting"), ("单数", "jobs"), ("上限", "at most")):
        table.add_column(pick(language, zh, en), justify="right")
    for job_class, job in rules.jobs.items():
        jobs = sum(one.asked.job_class is job_class for one in day.bookings)
        minutes = [of.by_class.get(job_class, 0) for of in (held, room, wanted)]
        name = say(JOBS, job_class, language)
        table.add_row(name, *map(str, minutes), str(jobs), str(job.daily_max if opening else 0))
    total = pick(language, "合计", "all")
    table.add_row(total, str(held.total), str(room.total), str(wanted.total), str(len(day.bookings)), "")
    for one in rules.technicians:
        minutes_open = opening.minutes if opening else 0
        table.add_row(one.technician_id, str(_minutes_of(day, one.technician_id)), str(minutes_open), "", "", "")
    return table


def _waitlist(day: Day, language: Language) -> Table:
    table = Table(title=pick(language, "候补", "Waitlist"), title_justify="left")
    for zh, en in (("位次", "place"), ("希望时间", "wish"), ("类别", "job"), ("车辆", "car"), ("说明", "note")):
        table.add_column(pick(language, zh, en))
    for place, one in enumerate(day.waitlist, 1):
        notes = [
            pick(language, "已向客户承诺，超出产能", "promised, over capacity") if one.asked.is_promised else "",
            pick(language, "时间灵活", "any time") if one.asked.is_flexible else "",
            pick(language, "等本人技师", "own technician only") if one.asked.only_own else "",
        ]
        job = say(JOBS, one.asked.job_class, language)
        note = ", ".join(filter(None, notes))
        table.add_row(str(place), _clock(one.asked.wished_minute), job, one.asked.vehicle_id, note)
    return table


def _said(booking: Booking, day: Day) -> dict[str, Any]:
    asked, place = booking.asked, booking.place
    return {
        "booking_key": booking.booking_key,
        "vehicle_id": asked.vehicle_id,
        "person_id": asked.person_id,
        "contact_id": asked.contact_id,
        "job_class": str(asked.job_class),
        "state": str(booking.state),
        "wished_at": _clock(asked.wished_minute),
        "starts_at": _clock(place.start_minute) if place else None,
        "minutes": booking.minutes,
        "technician_id": place.technician_id if place else None,
        "bay": place.bay if place else None,
        "waits_as": day.place_of(booking.booking_key),
        "is_promised": asked.is_promised,
    }


def _at(day: Day, technician_id: str, start: int, language: Language) -> str:
    for one in day.bookings:
        if one.place and one.place.technician_id == technician_id and one.place.mask >> start & 1:
            job = say(JOBS, one.asked.job_class, language)
            return f"{one.asked.vehicle_id[:_SHORT]} {job}"
    return _FREE


def _starts(rules: WorkshopRules, opening: Opening | None) -> range:
    return starts_of(rules.slot_minutes, rules=rules, opening=opening) if opening else range(0)


def _free_bays(day: Day, rules: WorkshopRules, start: int) -> int:
    return rules.bays - sum(bool(one.place and one.place.mask >> start & 1) for one in day.bookings)


def _free(day: Day, rules: WorkshopRules, start: int) -> list[str]:
    busy = {one.place.technician_id for one in day.bookings if one.place and one.place.mask >> start & 1}
    return [one.technician_id for one in rules.technicians if one.technician_id not in busy]


def _minutes_of(day: Day, technician_id: str) -> int:
    places = (one.place for one in day.bookings)
    return sum(place.minutes for place in places if place and place.technician_id == technician_id)


def _by_class(minutes: Minutes) -> dict[str, int]:
    return {"total": minutes.total, **{str(job_class): of for job_class, of in minutes.by_class.items()}}


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
