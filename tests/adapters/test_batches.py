"""Batches as the services' calls take them."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ownerloop.adapters.packing import in_batches


@given(sizes=st.lists(st.integers(0, 12), max_size=30))
def test_nothing_is_lost_and_only_what_is_too_large_alone_exceeds_a_call(sizes: list[int]) -> None:
    batches = list(in_batches(sizes, lambda size: size, count_max=3, max_bytes=10))

    assert [size for batch in batches for size in batch] == sizes
    assert all(0 < len(batch) <= 3 and (sum(batch) <= 10 or len(batch) == 1) for batch in batches)
    assert all(len(one) == 3 or sum(one) + after[0] > 10 for one, after in pairwise(batches))
