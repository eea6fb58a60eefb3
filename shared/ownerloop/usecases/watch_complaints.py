"""The clocks of complaints: each level is taken once, in its order, however often, late or interrupted we look."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime

from ownerloop.complaint_ports import EscalationNote
from ownerloop.domain.cases import Case
from ownerloop.domain.complaint_marks import Episode, episodes
from ownerloop.domain.complaints import ComplaintRules, next_look, pending, taken, told, untold
from ownerloop.domain.errors import VersionConflictError
from ownerloop.ports import Bus, Cases

ATTEMPTS_MAX = 8  # a loser of the conditional write reads again; the next sweep takes what is left
CASES_MAX = 2_000  # of one sweep: at 50 ms each in 100 s, a third of what the function has


@dataclass(frozen=True, slots=True)
class Watch:
    """The ports, the rules, and the words for others."""

    cases: Cases
    bus: Bus
    rules: ComplaintRules
    note: EscalationNote


@dataclass(slots=True)
class WatchReport:
    """What a sweep did: levels taken, cases without a turn or lost to others, and faults, which the next one mends."""

    levels: Counter[int] = field(default_factory=Counter)
    looked_at: int = 0
    left: int = 0
    faults: list[Exception] = field(default_factory=list)


def watch_complaints(*, watch: Watch, now: datetime) -> WatchReport:
    """Take what fell due by now, tell it, and file each case for its next look.

    A level is written before it is told, and the case stays due until it was: a sweep that dies in between is followed
    by one that tells the same event again. One case's fault never keeps the others waiting.
    """
    report = WatchReport()
    due = watch.cases.due(now=now)
    report.left = max(0, len(due) - CASES_MAX)
    for case_key in due[:CASES_MAX]:
        try:
            levels = _look_at(case_key, watch=watch, now=now)
        except Exception as fault:  # noqa: BLE001  # reported; the other cases must not pay for it
            report.faults.append(fault)
            continue
        report.looked_at += 1
        report.levels.update(levels)
    return report


def _look_at(case_key: str, *, watch: Watch, now: datetime) -> list[int]:
    """Return the levels that this look took, once they are told."""
    for _ in range(ATTEMPTS_MAX):
        case = watch.cases.of([case_key])[case_key]
        if case.version == 0:
            return []
        try:
            return _step(case, watch=watch, now=now)
        except VersionConflictError:
            continue
    raise VersionConflictError(item=case_key)


def _step(case: Case, *, watch: Watch, now: datetime) -> list[int]:
    fresh = pending(case, rules=watch.rules, now=now)
    if fresh:
        case = _save(taken(case, fresh, now=now), watch=watch)
    if waiting := untold(case):
        story = {episode.opened_at: episode for episode in episodes(case.marks)}
        watch.bus.publish(
            [
                watch.note(
                    case,
                    (episode := story.get(one.opened_at, Episode(one.opened_at, told_at=one.taken_at))),
                    level=one.level,
                    due_at=one.due_at,
                    callback_due_at=watch.rules.callback_due(episode, store_id=case.store_id),
                    at=one.taken_at,
                )
                for one in waiting
            ]
        )
    done = told(case, look_at=next_look(case, rules=watch.rules, now=now))
    if done != case:
        _save(done, watch=watch)
    return [one.level for one in fresh]


def _save(case: Case, *, watch: Watch) -> Case:
    saved = replace(case, version=case.version + 1)
    watch.cases.save(saved)
    return saved
