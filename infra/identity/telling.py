"""What is told of a person's group: members, evidence, hints and log, as lines and as data."""

from collections.abc import Mapping, Sequence
from typing import Any

from infra.explain.words import Language, pick
from ownerloop.domain.identifying import Edge
from ownerloop.domain.identity import LogKind, LogLine
from ownerloop.domain.owner import Owner

_KINDS = {LogKind.MERGED: ("合并", "merged"), LogKind.SPLIT: ("拆分", "split"), LogKind.REFUSED: ("拒绝", "refused")}


def lines_of(
    group: Sequence[Owner],
    edges: Sequence[Edge],
    hints: Sequence[tuple[str, str]],
    log: Sequence[LogLine],
    language: Language,
) -> list[str]:
    """Return one line a member, a piece of evidence, a hint and a line of the log."""
    head, *members = group
    told = [pick(language, f"主体 {head.person_id}", f"head {head.person_id}")]
    told += [pick(language, f"成员 {one.person_id}", f"member {one.person_id}") for one in members]
    told += [_edge(edge, language) for edge in edges]
    told += [
        pick(language, f"提示：{car} 也曾属于 {other}", f"hint: {car} belonged to {other} too") for car, other in hints
    ]
    return told + [_line(line, language) for line in log]


def data_of(
    group: Sequence[Owner], edges: Sequence[Edge], hints: Sequence[tuple[str, str]], log: Sequence[LogLine]
) -> dict[str, Any]:
    """Return the same for programs."""
    return {
        "head": group[0].person_id,
        "members": [owner.person_id for owner in group[1:]],
        "evidence": [
            {
                "person_id": edge.person_id,
                "kind": str(edge.kind),
                "identifier_id": edge.identifier_id,
                "verified": edge.is_verified,
                "since": edge.since.isoformat(),
            }
            for edge in edges
        ],
        "hints": [{"vehicle_id": car, "person_id": other} for car, other in hints],
        "log": [_line_data(line) for line in log],
    }


def _edge(edge: Edge, language: Language) -> str:
    since = f"{edge.since:%Y-%m-%d}"
    proved = pick(language, *(("已验证", "proved") if edge.is_verified else ("未验证", "not proved")))
    return pick(
        language,
        f"依据 {edge.person_id} {edge.kind} {edge.identifier_id}（{proved}，自 {since}）",
        f"evidence {edge.person_id} {edge.kind} {edge.identifier_id} ({proved}, since {since})",
    )


def _line(line: LogLine, language: Language) -> str:
    persons, evidence = ", ".join(line.persons), " ".join(line.evidence)
    return (
        f"{line.at:%Y-%m-%d %H:%M}Z {pick(language, *_KINDS[line.kind])} {persons}: {line.because} {evidence}".rstrip()
    )


def _line_data(line: LogLine) -> Mapping[str, Any]:
    return {
        "merge_id": line.merge_id,
        "kind": str(line.kind),
        "at": line.at.isoformat(),
        "head": line.head_id,
        "persons": list(line.persons),
        "because": line.because,
        "evidence": list(line.evidence),
    }
