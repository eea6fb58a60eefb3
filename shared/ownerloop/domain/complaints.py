"""Complaints: what is told of one, in whatever order, and the steps that its clocks take, each once and in order."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo

from ownerloop.domain.cases import Case
from ownerloop.domain.complaint_clock import ClockPolicy, Step, Stop, calendar_of, callback_due, steps
from ownerloop.domain.complaint_marks import Episode, Mark, MarkKind, Taken, episodes, with_mark
from ownerloop.domain.errors import MalformedEventError
from ownerloop.domain.ids import digest
from ownerloop.domain.workdays import Workdays

EVIDENCE_MAX = 20  # references that a case keeps: the smallest, so that keeping them is a join
_MARK_OF = {Stop.ASSIGNED: MarkKind.ASSIGNED, Stop.CALLED_BACK: MarkKind.CALLED_BACK, Stop.CLOSED: MarkKind.CLOSED}


@dataclass(frozen=True, slots=True)
class Telling:
    """When something happened, when we were told of it first, and the present instant."""

    at: datetime
    told_at: datetime
    now: datetime


@dataclass(frozen=True, slots=True)
class ComplaintRules:
    """The terms by the day of the opening, and the calendar and clock of a store's people."""

    policy_on: Callable[[date], ClockPolicy]
    workdays: Workdays
    zone_of: Callable[[str | None], tzinfo]

    def policy_of(self, episode: Episode, *, store_id: str | None) -> ClockPolicy:
        """Return the policy in force on the day of the opening, so that a new one moves no clock that runs."""
        return self.policy_on(episode.opened_at.astimezone(self.zone_of(store_id)).date())

    def steps_of(self, episode: Episode, *, store_id: str | None) -> tuple[Step, ...]:
        """Return the steps of an episode in the order of their levels."""
        policy = self.policy_of(episode, store_id=store_id)
        calendar = calendar_of(policy, workdays=self.workdays, zone=self.zone_of(store_id))
        return steps(episode.opened_at, policy=policy, calendar=calendar)

    def callback_due(self, episode: Episode, *, store_id: str | None) -> datetime:
        """Return the instant by which the owner must have been called back."""
        return callback_due(episode.opened_at, policy=self.policy_of(episode, store_id=store_id))


def opened(
    case: Case,
    told: Telling,
    *,
    topic: str,
    complaint_type: str = "",
    evidence: Iterable[str] = (),
    store_id: str | None = None,
) -> Case:
    """Return the case opened at the instant; the topic is that of the newest opening."""
    held = (case.opened_at or told.at, case.topic)
    newest_at, newest_topic = max(held, (told.at, topic)) if case.opened_at else (told.at, topic)
    marked = _marked(case, told, MarkKind.OPENED, word=complaint_type)
    return replace(
        marked,
        opened_at=newest_at,
        topic=newest_topic,
        evidence=tuple(sorted({*case.evidence, *evidence})[:EVIDENCE_MAX]),
        store_id=case.store_id or store_id,
    )


def closed(case: Case, told: Telling) -> Case:
    """Return the case closed at the instant, or later where it already was."""
    return replace(_marked(case, told, MarkKind.CLOSED), closed_at=max(case.closed_at or told.at, told.at))


def assigned(case: Case, told: Telling, *, staff_userid: str) -> Case:
    """Return the case given to a staff member at the instant."""
    return _marked(case, told, MarkKind.ASSIGNED, word=staff_userid)


def called_back(case: Case, told: Telling) -> Case:
    """Return the case whose owner was reached by the callback at the instant."""
    return _marked(case, told, MarkKind.CALLED_BACK)


def check_person(case: Case, *, person_id: str) -> None:
    """Refuse a case that somebody else complained in, which one may meet by naming it by its own key."""
    if case.version and case.person_id != person_id:
        raise MalformedEventError(field="data.case_id", rule="is a case of the owner", reason="foreign_case")


def current(case: Case) -> Episode | None:
    """Return the episode that the case is in, or None while it is closed."""
    story = episodes(case.marks)
    return story[-1] if story and story[-1].ended_at is None else None


def level_of(case: Case, episode: Episode) -> int:
    """Return the highest level that the episode reached, 0 where it is only open."""
    return max((one.level for one in case.taken if one.opened_at == episode.opened_at), default=0)


def assigned_to(episode: Episode) -> str | None:
    """Return the staff member who was given the episode last, or None."""
    last = episode.lasts.get(MarkKind.ASSIGNED)
    return last.word if last else None


def type_of(case: Case) -> str:
    """Return the type that the newest opening with one told, or an empty text."""
    return next((mark.word for mark in reversed(case.marks) if mark.kind is MarkKind.OPENED and mark.word), "")


def pending(case: Case, *, rules: ComplaintRules, now: datetime) -> list[Taken]:
    """Return the steps that fell due by now and were not taken, in the order of their episodes and levels.

    What counts is when things happened, never when anybody looks: a sweep that comes late finds the same steps.
    """
    return [
        Taken(episode.opened_at, step.level, due_at=step.due_at, taken_at=now)
        for episode, step in _open_steps(case, rules=rules)
        if step.due_at <= now
    ]


def next_look(case: Case, *, rules: ComplaintRules, now: datetime) -> datetime | None:
    """Return when the next step falls due, or None where none is left."""
    return min((step.due_at for _, step in _open_steps(case, rules=rules) if step.due_at > now), default=None)


def taken(case: Case, fresh: Iterable[Taken], *, now: datetime) -> Case:
    """Return the case with the steps in its trail, still due for a look, for nobody was told of them yet."""
    return replace(case, taken=(*case.taken, *fresh), look_at=now)


def told(case: Case, *, look_at: datetime | None) -> Case:
    """Return the case of whose steps everybody was told, to be looked at again when the next one falls due."""
    return replace(case, taken=tuple(replace(one, is_told=True) for one in case.taken), look_at=look_at)


def untold(case: Case) -> list[Taken]:
    """Return the steps that were taken and not told yet, in their order."""
    return [one for one in case.taken if not one.is_told]


def step_id(case_key: str, opened_at: datetime, level: int) -> str:
    """Return the identity of a level of an opening of a case; 0 is the opening itself."""
    return digest("complaint_step", case_key, opened_at.isoformat(), str(level))[:32]


def _open_steps(case: Case, *, rules: ComplaintRules) -> Iterator[tuple[Episode, Step]]:
    """Yield the steps that were not taken and that nothing stopped before they fell due."""
    done = {(one.opened_at, one.level) for one in case.taken}
    for episode in episodes(case.marks):
        if not episode.was_known:
            continue
        for step in rules.steps_of(episode, store_id=case.store_id):
            if (episode.opened_at, step.level) not in done and not _was_stopped(episode, step):
                yield episode, step


def _was_stopped(episode: Episode, step: Step) -> bool:
    stops = (episode.first_at(_MARK_OF[step.unless]), episode.ended_at)
    return any(stop is not None and stop <= step.due_at for stop in stops)


def _marked(case: Case, told: Telling, kind: MarkKind, *, word: str = "") -> Case:
    marks = with_mark(case.marks, Mark(told.at, kind, told_at=told.told_at, word=word))
    if marks == case.marks:
        return case
    return replace(case, marks=marks, look_at=told.now)
