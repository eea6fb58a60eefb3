"""The rows that `ownerloop segment` writes: one an owner, ordered by the bytes of `owner_id`."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ownerloop.domain.segmenting import TIERS, Habits, Int64Array, Segments

COLUMNS = ("owner_id", "recency_days", "frequency", "monetary", "r", "f", "m", "tier")
_ROWS_AT_ONCE = 100_000
_HUNDRED = 100
_NEEDS_QUOTES = r'[",\r\n]'


def lines_of(owner_ids: pa.Array, habits: Habits, segments: Segments) -> Iterator[bytes]:
    """Yield the file in pieces of whole lines, the header first."""
    yield (",".join(COLUMNS) + "\n").encode()
    order = pc.sort_indices(owner_ids).to_numpy().astype(np.int64)
    tiers = pa.array([tier.value for tier in TIERS])
    for start in range(0, order.size, _ROWS_AT_ONCE):
        place = order[start : start + _ROWS_AT_ONCE]
        money = habits.hundredths[place]
        texts = [
            _quoted(owner_ids.take(pa.array(place))),
            _text(habits.recency_days[place]),
            _text(habits.frequency[place]),
            pc.binary_join_element_wise(_text(money // _HUNDRED), _hundredths(money % _HUNDRED), "."),
            _text(segments.r[place]),
            _text(segments.f[place]),
            _text(segments.m[place]),
            pc.binary_join_element_wise(tiers.take(pa.array(segments.tier[place])), "\n", ""),
        ]
        yield "".join(pc.binary_join_element_wise(*texts, ",").to_pylist()).encode()


def _text(values: Int64Array) -> pa.Array:
    return pc.cast(pa.array(values), pa.string())


def _hundredths(values: Int64Array) -> pa.Array:
    return pc.utf8_lpad(_text(values), 2, "0")


def _quoted(texts: pa.Array) -> pa.Array:
    doubled = pc.binary_join_element_wise('"', pc.replace_substring(texts, '"', '""'), '"', "")
    return pc.if_else(pc.match_substring_regex(texts, _NEEDS_QUOTES), doubled, texts)
