"""The texts of reminders that ship with the package: a frame by language, the items of a visit put into it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from ownerloop.adapters.policy_rows import Row, rows_of
from ownerloop.domain.plans import Store
from ownerloop.domain.speaking import FALLBACK_LANGUAGE, begins_with_sender, sender_of, spoken

_ANY = "*"
_JOINTS = {"zh": "、"}  # between the items of one visit; a comma elsewhere


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of reminders by language: the frames, those for what a car reports, and the items' names."""

    frames: dict[str, str]
    condition_frames: dict[str, str]
    items: dict[str, dict[str, str]]


def text_of(items: Sequence[str], *, store: Store, language: str, by_condition: bool = False) -> str:
    """Return the reminder's text for a visit's items and store, the store's name first; the same for every car and day.

    `en-GB` is written as `en`; an item or language without a text gets the general service, or Chinese. A visit for
    what the car reports is told so.
    """
    texts = _texts()
    written = spoken(language, texts.frames)
    names = texts.items[written]
    told = dict.fromkeys(names.get(item, names[_ANY]) for item in items)
    frame = (texts.condition_frames if by_condition else texts.frames)[written]
    return frame.format(store=sender_of(store, written), item=_JOINTS.get(written, ", ").join(told))


def read_texts(row: Row) -> Texts:
    """Return the frames and the names of the items by language; each language has all and a name for any other item."""
    frames, reported, items = row.row("frames"), row.row("condition_frames"), row.row("items")
    by_plan = {language: frames.text(language) for language in frames.values}
    by_condition = {language: reported.text(language) for language in by_plan}
    names = {language: items.row(language) for language in by_plan}
    if FALLBACK_LANGUAGE not in by_plan:
        raise row.refusal("frames", f"must hold {FALLBACK_LANGUAGE}")
    if not all(map(begins_with_sender, [*by_plan.values(), *by_condition.values()])):
        raise row.refusal("frames", "must begin with the sender")
    return Texts(
        frames=by_plan,
        condition_frames=by_condition,
        items={
            language: {_ANY: of.text(_ANY), **{name: of.text(name) for name in of.values}}
            for language, of in names.items()
        },
    )


@cache
def _texts() -> Texts:
    return read_texts(rows_of("texts.json")[-1])
