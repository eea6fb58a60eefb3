"""Explains who is one person under several keys: with whom, since when and why, and who no longer is."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from infra.explain.record import Record
from infra.explain.words import IDENTIFIERS, REASONS, Language, pick, say
from ownerloop.domain.identifying import Edge
from ownerloop.domain.identity import LogKind, LogLine

Clock = Callable[[datetime], str]


def joined_lines(record: Record, person_id: str, *, language: Language, at: Clock) -> Iterator[str]:
    """Yield with whom the person is one now, then what else was joined, parted or refused; `at` tells an instant."""
    for line in of_person(record.identity_log, person_id):
        others = [person for person in line.persons if person != person_id]
        names = ", ".join(f"{record.key_of(person)} ({person})" for person in others)
        because, when = why(line, record.evidence, language), at(line.at)
        match line.kind:
            case LogKind.MERGED if set(others) & set(record.group_of(person_id)):
                yield pick(
                    language,
                    f"  与 {names} 是同一个人，自 {when}：{because}；合计每天的上限，见 explain 对方",
                    f"  One person with {names} since {when}, because {because}; one daily limit holds for all keys",
                )
            case LogKind.MERGED:
                yield pick(
                    language,
                    f"  {when} 与 {names} 合并：{because}",
                    f"  Taken for one person with {names} on {when}, because {because}",
                )
            case LogKind.SPLIT:
                yield pick(
                    language,
                    f"  {when} 与 {names} 拆分：{because}",
                    f"  Parted from {names} on {when}: {because}",
                )
            case LogKind.REFUSED:
                yield pick(
                    language,
                    f"  {when} 未与 {names} 合并：{because}",
                    f"  Not joined with {names} on {when}: {because}",
                )


def joined_data(record: Record, person_id: str) -> dict[str, Any]:
    """Return the same as plain data."""
    head, *members = record.group_of(person_id)
    return {
        "head": head,
        "members": members,
        "keys": sorted(key for key, person in record.persons.items() if person in {head, *members}),
        "log": [
            {
                "kind": str(line.kind),
                "at": line.at.isoformat(),
                "persons": list(line.persons),
                "because": line.because,
                "evidence": list(line.evidence),
            }
            for line in of_person(record.identity_log, person_id)
        ],
    }


def of_person(log: Sequence[LogLine], person_id: str) -> list[LogLine]:
    """Return the lines about the person, oldest first."""
    return [line for line in log if person_id in line.persons]


def why(line: LogLine, evidence: Sequence[Edge], language: Language) -> str:
    """Return the reason in words: what both proved, or what an operator wrote."""
    kinds = {edge.identifier_id: str(edge.kind) for edge in evidence}
    shown = [f"{say(IDENTIFIERS, kinds[one], language)} {one}" for one in line.evidence if one in kinds]
    if not shown or line.kind is not LogKind.MERGED:
        return say(REASONS, line.because, language)
    proved = ", ".join(shown)
    return pick(language, f"双方都证实了同一{proved}", f"both proved one {proved}")
