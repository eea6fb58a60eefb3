"""The workshops of the stores, when they are open and what a day of them can do, out of the package's data."""

from datetime import date
from functools import cache

from ownerloop.adapters.calendars import read_week, workdays
from ownerloop.adapters.policy_rows import Row, rows_of
from ownerloop.domain.plans import Store
from ownerloop.domain.speaking import FALLBACK_LANGUAGE, begins_with_sender, sender_of, spoken
from ownerloop.domain.workdays import Opening, opening_of
from ownerloop.domain.workshop import BookingPolicy, Job, JobClass, Minutes, Technician, WorkshopRules, capacity

_CLASSES = frozenset(str(job_class) for job_class in JobClass)
_DAY_MINUTES = 24 * 60


def workshops() -> dict[str, WorkshopRules]:
    """Return the workshop of every store that has one, by the store's id."""
    return dict(_workshops())


def opening_on(store_id: str, on: date) -> Opening | None:
    """Return when the store's workshop is open on the day; None if it is closed, or if there is none."""
    rules = _workshops().get(store_id)
    return opening_of(rules.week, workdays(), on) if rules else None


def capacity_on(store_id: str, on: date) -> Minutes:
    """Return the minutes that the store's workshop has on the day; 0 if it is closed, or if there is none."""
    rules = _workshops().get(store_id)
    return capacity(rules, opening_on(store_id, on)) if rules else Minutes()


def booking_policy(on: date) -> BookingPolicy:
    """Return the rules of booking in force on the day; a day before all versions gets the oldest."""
    versions = _policies()
    return max((v for v in versions if v.effective_on <= on), key=lambda v: v.effective_on, default=versions[0])


def promotion_text(store: Store, language: str) -> str:
    """Return the text that tells an owner of a place off the waitlist, the store's name first; the same for all."""
    texts = _texts()
    written = spoken(language, texts)
    return texts[written].format(store=sender_of(store, written))


@cache
def _workshops() -> dict[str, WorkshopRules]:
    stores = (store for store in rows_of("stores.json")[-1].rows("stores") if "workshop" in store.values)
    return {store.text("store_id"): read_workshop(store.row("workshop")) for store in stores}


@cache
def _policies() -> tuple[BookingPolicy, ...]:
    return tuple(map(read_booking_policy, rows_of("workshop_policy.json")))


@cache
def _texts() -> dict[str, str]:
    return read_promotion_texts(rows_of("booking_texts.json")[-1])


def read_workshop(row: Row) -> WorkshopRules:
    """Return the workshop of one store; every job it offers has somebody who can do it and fits into some open day."""
    jobs_row = row.row("job_classes")
    if not jobs_row.values or not set(jobs_row.values) <= _CLASSES:
        raise row.refusal("job_classes", f"must name some of {', '.join(sorted(_CLASSES))}")
    rules = WorkshopRules(
        week=read_week(row),
        slot_minutes=row.whole("slot_minutes", low=5),
        bays=row.whole("bays", low=1),
        technicians=tuple(map(_read_technician, row.rows("technicians"))),
        jobs={JobClass(name): _read_job(jobs_row.row(name)) for name in jobs_row.values},
    )
    if len({technician.technician_id for technician in rules.technicians}) < len(rules.technicians):
        raise row.refusal("technicians", "must each have an id of their own")
    longest = max(opening.minutes for opening in rules.week.days if opening)
    for job_class in rules.jobs:
        if not rules.able(job_class) or rules.minutes_of(job_class) > longest:
            raise row.refusal(f"job_classes.{job_class}", "must be a job that somebody can do within a day")
    return rules


def read_booking_policy(row: Row) -> BookingPolicy:
    """Return the policy of one row."""
    return BookingPolicy(
        version=row.text("version"),
        effective_on=row.day("effective_on"),
        waitlist_max=row.whole("waitlist_max"),
        promised_max=row.whole("promised_max"),
        horizon_days=row.whole("horizon_days", low=1),
        open_per_car_max=row.whole("open_per_car_max", low=1),
        promotion_priority=row.whole("promotion_priority"),
    )


def read_promotion_texts(row: Row) -> dict[str, str]:
    """Return the texts of a promotion by language."""
    by_language = row.row("promoted")
    texts = {language: by_language.text(language) for language in by_language.values}
    if FALLBACK_LANGUAGE not in texts:
        raise by_language.refusal(FALLBACK_LANGUAGE, "must be there")
    if not all(map(begins_with_sender, texts.values())):
        raise row.refusal("promoted", "must begin with the sender")
    return texts


def _read_technician(row: Row) -> Technician:
    classes = row.texts("job_classes")
    if not set(classes) <= _CLASSES:
        raise row.refusal("job_classes", f"must name some of {', '.join(sorted(_CLASSES))}")
    return Technician(row.text("technician_id"), frozenset(map(JobClass, classes)))


def _read_job(row: Row) -> Job:
    minutes = row.whole("minutes", low=1)
    if minutes > _DAY_MINUTES:
        raise row.refusal("minutes", "must fit into a day")
    return Job(minutes, row.whole("daily_max", low=1))
