"""What an audience said of an owner, question by question, in the words of people and of programs."""

from collections.abc import Iterator
from typing import Any

from infra.explain.words import Language, pick
from ownerloop.domain.attributes import ATTRIBUTES, Value
from ownerloop.domain.audience import Audience, Explanation, LeafSaid, Verdict, asks_profile, leaves

VERDICTS = {
    Verdict.YES: ("是", "yes"),
    Verdict.NO: ("否", "no"),
    Verdict.UNKNOWN: ("未知", "unknown"),
}


def checked_data(audience: Audience) -> dict[str, Any]:
    """Return what a valid audience asks, for a program."""
    asked = [leaf.attribute for leaf in leaves(audience)]
    profile = sorted({name for name in asked if ATTRIBUTES[name].is_profile})
    return {"is_valid": True, "questions": len(asked), "attributes": sorted(set(asked)), "profile_attributes": profile}


def checked_lines(audience: Audience, language: Language) -> Iterator[str]:
    """Yield that the audience is valid, what it asks, and whom it can never hold."""
    said = checked_data(audience)
    names = ", ".join(said["attributes"]) or "-"
    yield pick(
        language, f"有效：{said['questions']} 个条件（{names}）", f"valid: {said['questions']} questions ({names})"
    )
    if asks_profile(audience):
        judging = ", ".join(said["profile_attributes"])
        yield pick(
            language,
            f"使用画像属性 {judging}：拒绝画像的车主在这些条件上为未知",
            f"asks what judges a person ({judging}): of owners who opted out of profiling these are unknown",
        )


def explained_lines(person_id: str, said: Explanation, language: Language) -> Iterator[str]:
    """Yield whether the owner is in, then every question with what was found."""
    zh, en = VERDICTS[said.verdict]
    is_in = pick(language, "在人群内" if said.is_in else "不在人群内", "in" if said.is_in else "out")
    yield pick(language, f"{person_id}：{is_in}（{zh}）", f"{person_id} is {is_in} ({en})")
    for one in said.leaves:
        yield f"  {_leaf(one, language)}"


def explained_data(person_id: str, said: Explanation) -> dict[str, Any]:
    """Return the explanation for a program."""
    return {
        "person_id": person_id,
        "is_in": said.is_in,
        "verdict": said.verdict.value,
        "questions": [
            {
                "path": one.leaf.path,
                "attribute": one.leaf.attribute,
                "ask": one.leaf.ask.value,
                "wanted": _plain(one.leaf.wanted),
                "held": _plain(one.held),
                "verdict": one.verdict.value,
            }
            for one in said.leaves
        ],
    }


def _leaf(one: LeafSaid, language: Language) -> str:
    verdict = pick(language, *VERDICTS[one.verdict])
    held = pick(language, "未知", "unknown") if one.held is None else _text(one.held)
    asked = f"{one.leaf.attribute} {one.leaf.ask.value} {_text(one.leaf.wanted)}"
    return pick(
        language,
        f"{verdict}：{asked}；实际 {held}（{one.leaf.path}）",
        f"{verdict}: {asked}; is {held} ({one.leaf.path})",
    )


def _text(value: Value | tuple[str, ...]) -> str:
    if isinstance(value, frozenset | tuple):
        return "[" + ", ".join(sorted(value)) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _plain(value: Value | tuple[str, ...] | None) -> Any:
    return sorted(value) if isinstance(value, frozenset | tuple) else value
