"""A complaint in the words of people and of programs: its level, who has it, what is due when, and what was done."""

from datetime import datetime
from typing import Any

from infra.explain.words import Language, pick
from ownerloop.adapters.complaint_policies import complaint_rules
from ownerloop.domain.cases import Case
from ownerloop.domain.complaint_marks import Episode, MarkKind, episodes
from ownerloop.domain.complaints import assigned_to, level_of, next_look, type_of

MARKS = {
    MarkKind.OPENED: ("投诉", "opened"),
    MarkKind.ASSIGNED: ("分派给", "assigned to"),
    MarkKind.CALLED_BACK: ("已回访", "called back"),
    MarkKind.CLOSED: ("结案", "closed"),
}


def level_words(case: Case, language: Language) -> str:
    """Return the level that the newest opening reached, in words."""
    level = _level(case)
    return (
        pick(language, f"升级至第 {level} 级", f"level {level}") if level else pick(language, "未升级", "not escalated")
    )


def complaint_lines(case: Case, language: Language) -> list[str]:
    """Return what there is to say of a complaint, a line a fact: what it is about, its clocks, then what happened."""
    episode = _newest(case)
    lines = [pick(language, f"主题 {case.topic} {type_of(case)}", f"topic {case.topic} {type_of(case)}").rstrip()]
    if case.evidence:
        lines.append(pick(language, f"凭据 {len(case.evidence)} 条", f"{len(case.evidence)} references as evidence"))
    if episode is None:
        return lines
    rules, zone = complaint_rules(), complaint_rules().zone_of(case.store_id)
    due_at = rules.callback_due(episode, store_id=case.store_id).astimezone(zone)
    staff = assigned_to(episode) or "-"
    lines += [
        pick(
            language, f"负责人 {staff}；{level_words(case, language)}", f"{staff} has it; {level_words(case, language)}"
        ),
        pick(language, f"须在 {due_at:%Y-%m-%d %H:%M} 前回访", f"to be called back by {due_at:%Y-%m-%d %H:%M}"),
    ]
    if episode.was_called_back:
        lines[-1] += pick(language, "（已回访）", " (done)")
    lines += [_line(mark.at.astimezone(zone), MARKS[mark.kind], mark.word, language) for mark in case.marks]
    step = ("升级至第", "level")
    lines += [_line(one.taken_at.astimezone(zone), step, str(one.level), language) for one in case.taken]
    return lines


def complaint_data(case: Case) -> dict[str, Any]:
    """Return the complaint for a program."""
    episode, rules = _newest(case), complaint_rules()
    due_at = rules.callback_due(episode, store_id=case.store_id) if episode else None
    next_at = (
        next_look(case, rules=rules, now=case.taken[-1].taken_at if case.taken else episode.opened_at)
        if episode
        else None
    )
    return {
        "type": type_of(case) or None,
        "evidence": list(case.evidence),
        "assigned_to": assigned_to(episode) if episode else None,
        "level": _level(case),
        "callback_due_at": due_at.isoformat() if due_at else None,
        "was_called_back": episode.was_called_back if episode else False,
        "next_level_at": next_at.isoformat() if next_at else None,
        "marks": [{"at": one.at.isoformat(), "kind": str(one.kind), "word": one.word} for one in case.marks],
        "levels": [{"at": one.taken_at.isoformat(), "level": one.level} for one in case.taken],
    }


def _newest(case: Case) -> Episode | None:
    story = episodes(case.marks)
    return story[-1] if story else None


def _level(case: Case) -> int:
    episode = _newest(case)
    return level_of(case, episode) if episode else 0


def _line(at: datetime, words: tuple[str, str], word: str, language: Language) -> str:
    return f"  {at:%Y-%m-%d %H:%M} {pick(language, *words)} {word}".rstrip()
