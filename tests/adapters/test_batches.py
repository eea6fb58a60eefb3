"""Batches as the services' calls take them."""

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ownerloop.adapters.packing import in_batches, split_to_fit


@given(sizes=st.lists(st.integers(0, 12), max_size=30))
def test_nothing_is_lost_and_only_what_is_too_large_alone_exceeds_a_call(sizes: list[int]) -> None:
    batches = list(in_batches(sizes, lambda size: size, count_max=3, max_bytes=10))

    assert [size for batch in batches for size in batch] == sizes
    assert all(0 < len(batch) <= 3 and (sum(batch) <= 10 or len(batch) == 1) for batch in batches)
    assert all(len(one) == 3 or sum(one) + after[0] > 10 for one, after in pairwise(batches))


@given(sizes=st.lists(st.integers(1, 50), min_size=1, max_size=40), repeated=st.sampled_from([1, 60]))
def test_parts_hold_everything_in_order_and_fit(sizes: list[int], repeated: int) -> None:
    items = ["x" * size for size in sizes * repeated]

    texts = split_to_fit(items, " ".join, max_bytes=300)

    assert " ".join(texts).split(" ") == items
    assert all(len(text) <= 300 for text in texts)


def test_a_whole_that_will_not_fit_is_not_written_to_find_that_out() -> None:
    written: list[int] = []

    def write(part: Sequence[str]) -> str:
        written.append(len(part))
        return " ".join(part)

    texts = split_to_fit(["x" * 99] * 4_000, write, max_bytes=150_000)

    assert len(texts) == 3
    assert sum(written) == 4_000 + 500
