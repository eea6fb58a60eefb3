"""The evidence of many cars merged in one pass: what comes in order is thinned in columns, what is late car by car."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from ownerloop.domain import evidence
from ownerloop.domain.evidence import DAY_SECONDS, TO_MONDAY, WEEK_SECONDS, Evidence
from ownerloop.domain.rate import BoolArray, IntArray
from ownerloop.domain.vehicle import Reading

_WORD = np.dtype(">u8")


def merge_columns(held: Sequence[Sequence[Reading]], new: Sequence[Sequence[int]]) -> list[Sequence[Reading]]:
    """Return for each car what `evidence.merge_words` returns for it; what nothing was added to is `held` itself."""
    merged: list[Sequence[Reading]] = list(held)
    in_order: list[int] = []
    for place, (car, words) in enumerate(zip(held, new, strict=True)):
        if not words:
            continue
        if isinstance(car, Evidence) and _follows(car, words):
            in_order.append(place)
        else:
            merged[place] = evidence.merge_words(car, words)
    for place, packed in zip(
        in_order, _appended([held[at] for at in in_order], [new[at] for at in in_order]), strict=True
    ):
        merged[place] = Evidence(packed)
    return merged


def _follows(car: Evidence, words: Sequence[int]) -> bool:
    """Return whether the words are in order and newer than all that the car has."""
    if len(words) > 1 and any(later <= earlier for earlier, later in pairwise(words)):
        return False
    return not car.packed or words[0] > int.from_bytes(car.packed[-_WORD.itemsize :])


def _appended(held: Sequence[Sequence[Reading]], new: Sequence[Sequence[int]]) -> list[bytes]:
    """Return what is kept of each car's readings and the newer words behind them, packed."""
    if not held:
        return []
    width = _WORD.itemsize
    parts = [
        evidence.pack(car) + b"".join([word.to_bytes(width) for word in words])
        for car, words in zip(held, new, strict=True)
    ]
    ends = np.cumsum([len(part) // width for part in parts])
    words = np.frombuffer(b"".join(parts), dtype=_WORD)
    keeps = _keeps((words >> 32).astype(np.int64), ends)
    left = np.concatenate([[0], np.cumsum(keeps)])[ends].tolist()
    packed = words[keeps].tobytes()
    return [packed[start * width : end * width] for start, end in zip([0, *left], left, strict=False)]


def _keeps(seconds: IntArray, ends: IntArray) -> BoolArray:
    """Return which readings stay, of each car up to its end oldest first: the newest one or two of each bucket."""
    counts = np.diff(ends, prepend=0)
    weeks = (seconds + TO_MONDAY) // WEEK_SECONDS
    back = np.repeat(weeks[ends - 1], counts) - weeks
    bucket = np.where(back <= evidence.DAILY_WEEKS, seconds // DAY_SECONDS, -weeks)
    is_followed = np.zeros(seconds.size, dtype=bool)  # by one of the same bucket
    is_followed[:-1] = bucket[:-1] == bucket[1:]
    is_followed[ends - 1] = False
    is_second = is_followed.copy()  # the newest but one of its bucket
    is_second[:-1] &= ~is_followed[1:]
    return (back <= evidence.WEEKLY_WEEKS) & (~is_followed | (is_second & (back <= evidence.DENSE_WEEKS)))
