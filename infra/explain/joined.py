"""Explains who is one person under several keys: with whom, since when and why, and who no longer is."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from infra.explain.record import Record
from infra.explain.words import IDENTIFIERS, REASONS, Language, pick, say
from ownerloop.domain.identifying import Edge
from ownerloop.domain.identity import LogKind, LogLine

Clock = Callable[[datetime], str]
_ONE = (
    "与 {names} 是同一个人，自 {when}：{because}；各编号合计每天的上限",
    "One person with {names} since {when}, because {because}; one daily limit holds for all keys",
)
_WORDS = {
    LogKind.MERGED: (
        "{when} 曾与 {names} 合并：{because}",
        "Taken for one person with {names} on {when}, because {because}",
    ),
    LogKind.SPLIT: ("{when} 与 {names} 拆分：{because}", "Parted from {names} on {when}: {because}"),
    LogKind.REFUSED: ("{when} 未与 {names} 合并：{because}", "Not joined with {names} on {when}: {because}"),
}


@dataclass(frozen=True, slots=True)
class Joined:
    """One person's group, head first, and all that the identity log says of the person; `name_of` tells a person."""

    person_id: str
    group: Sequence[str]
    log: Sequence[LogLine]
    evidence: Sequence[Edge]
    name_of: Callable[[str], str] = str

    def lines(self, language: Language, at: Clock) -> Iterator[str]:
        """Yield with whom the person is one now, what else was joined, parted or refused; `at` tells an instant."""
        for line in self.log:
            others = [person for person in line.persons if person != self.person_id]
            names = ", ".join(map(self.name_of, others))
            is_one = line.kind is LogKind.MERGED and bool(set(others) & set(self.group))
            words = _ONE if is_one else _WORDS[line.kind]
            because, when = why(line, self.evidence, language), at(line.at)
            yield pick(language, *words).format(names=names, when=when, because=because)

    def data(self) -> dict[str, Any]:
        """Return the same as plain data."""
        head, *members = self.group
        return {
            "head": head,
            "members": members,
            "log": [
                {
                    "kind": str(line.kind),
                    "at": line.at.isoformat(),
                    "persons": list(line.persons),
                    "because": line.because,
                    "evidence": list(line.evidence),
                }
                for line in self.log
            ],
        }


def joined_in(record: Record, person_id: str) -> Joined:
    """Return who is one with the person in the record, under the dealer's keys."""

    def name_of(person: str) -> str:
        return f"{record.key_of(person)} ({person})"

    mine = of_person(record.identity_log, person_id)
    return Joined(person_id, record.group_of(person_id), mine, record.evidence, name_of)


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
