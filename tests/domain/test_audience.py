"""The audience language: total, three-valued, explained, and refused with the path of what is wrong."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownerloop.domain.attributes import ATTRIBUTES, Kind, without_profile
from ownerloop.domain.audience import (
    DEPTH_MAX,
    LEAVES_MAX,
    Verdict,
    asks_profile,
    explain,
    holds,
    leaves,
    parse,
    verdict,
)
from ownerloop.domain.errors import AudienceError

CORE = {"attribute": "tier", "is": "core"}
HEALTHY = {"attribute": "health", "at_least": 60}
COMPLAINS = {"attribute": "open_complaints", "at_least": 1}

anything = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.frozensets(st.text(max_size=3))
any_view = st.dictionaries(st.sampled_from(sorted(ATTRIBUTES)) | st.text(max_size=5), anything, max_size=12)


def a_leaf_for(name: str) -> st.SearchStrategy[dict[str, Any]]:
    words = sorted(ATTRIBUTES[name].words) or ["a", "b"]
    asks = {
        Kind.WORD: st.one_of(
            st.fixed_dictionaries({"is": st.sampled_from(words)}),
            st.fixed_dictionaries({"in": st.lists(st.sampled_from(words), min_size=1, max_size=3)}),
        ),
        Kind.WHOLE: st.dictionaries(
            st.sampled_from(["is", "at_least", "at_most"]), st.integers(-9, 99), min_size=1, max_size=1
        ),
        Kind.YES_NO: st.fixed_dictionaries({"is": st.booleans()}),
        Kind.WORDS: st.fixed_dictionaries({"has": st.sampled_from(words)}),
    }
    known = st.fixed_dictionaries({"known": st.booleans()})
    return st.one_of(asks[ATTRIBUTES[name].kind], known).map(lambda ask: {"attribute": name, **ask})


any_leaf = st.sampled_from(sorted(ATTRIBUTES)).flatmap(a_leaf_for)
any_audience = st.recursive(
    any_leaf,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=8,
).filter(lambda data: _depth(data) < DEPTH_MAX)


def _depth(data: Any) -> int:
    inner = data.get("all") or data.get("any") or ([data["not"]] if "not" in data else [])
    return 1 + max(map(_depth, inner), default=0)


@given(data=any_audience, view=any_view)
def test_an_audience_says_something_of_any_owner_whatever_the_view_holds(data: Any, view: Any) -> None:
    audience = parse(data)

    said = explain(audience, view)

    assert said.verdict is verdict(audience, view)
    assert said.is_in == holds(audience, view)
    assert len(said.leaves) == len(list(leaves(audience)))


@given(data=any_audience, view=any_view)
def test_the_opposite_of_an_audience_never_shares_an_owner_with_it(data: Any, view: Any) -> None:
    assert not (holds(parse(data), view) and holds(parse({"not": data}), view))


@given(parts=st.lists(any_leaf, min_size=1, max_size=3), view=any_view)
def test_de_morgan_holds_for_what_is_unknown_too(parts: Any, view: Any) -> None:
    left = parse({"not": {"all": parts}})
    right = parse({"any": [{"not": part} for part in parts]})

    assert verdict(left, view) is verdict(right, view)


def test_an_owner_of_whom_the_asked_is_unknown_is_in_neither_the_audience_nor_its_opposite() -> None:
    nobody: dict[str, Any] = {}

    assert verdict(parse(CORE), nobody) is Verdict.UNKNOWN
    assert not holds(parse(CORE), nobody)
    assert not holds(parse({"not": CORE}), nobody)
    assert holds(parse({"attribute": "tier", "known": False}), nobody)


def test_a_part_that_says_no_settles_the_whole_without_the_unknown_ones() -> None:
    view = {"tier": "new"}

    assert verdict(parse({"all": [CORE, HEALTHY]}), view) is Verdict.NO
    assert verdict(parse({"any": [CORE, HEALTHY]}), view) is Verdict.UNKNOWN
    assert verdict(parse({"any": [{"not": CORE}, HEALTHY]}), view) is Verdict.YES


def test_an_explanation_tells_which_leaf_said_what() -> None:
    audience = parse({"all": [CORE, {"not": COMPLAINS}, HEALTHY]})

    said = explain(audience, {"tier": "core", "open_complaints": 1})

    told = [(one.leaf.path, one.leaf.attribute, one.held, str(one.verdict)) for one in said.leaves]
    assert said.verdict is Verdict.NO
    assert told == [
        ("all[0]", "tier", "core", "yes"),
        ("all[1].not", "open_complaints", 1, "yes"),
        ("all[2]", "health", None, "unknown"),
    ]


def test_a_value_of_another_type_is_no_value() -> None:
    assert verdict(parse(HEALTHY), {"health": "90"}) is Verdict.UNKNOWN
    assert verdict(parse(HEALTHY), {"health": True}) is Verdict.UNKNOWN
    assert verdict(parse(CORE), {"tier": "emperor"}) is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ([], ""),
        ({}, ""),
        ({"all": []}, "all"),
        ({"all": [CORE, {"any": [CORE, {"attribute": "wealth", "is": 1}]}]}, "all[1].any[1].attribute"),
        ({"all": [CORE], "any": [CORE]}, ""),
        ({"not": {"attribute": "tier", "is": "emperor"}}, "not.is"),
        ({"not": {"attribute": "tier", "at_least": 3}}, "not"),
        ({"attribute": "health", "at_least": "60"}, "at_least"),
        ({"attribute": "health", "at_least": True}, "at_least"),
        ({"attribute": "health", "at_least": 1, "at_most": 2}, ""),
        ({"attribute": "tier", "in": []}, "in"),
        ({"attribute": "tier", "in": ["core", "emperor"]}, "in"),
        ({"attribute": "tags", "has": ""}, "has"),
        ({"attribute": "tags", "known": "yes"}, "known"),
        ({"attribute": ["tier"], "is": "core"}, "attribute"),
    ],
)
def test_a_predicate_that_breaks_the_language_is_refused_with_its_path(data: Any, path: str) -> None:
    with pytest.raises(AudienceError) as refused:
        parse(data)

    assert refused.value.path == path


def test_a_predicate_too_deep_or_too_wide_is_refused() -> None:
    deep: dict[str, Any] = CORE
    for _ in range(DEPTH_MAX):
        deep = {"not": deep}

    with pytest.raises(AudienceError, match="levels deep"):
        parse(deep)
    with pytest.raises(AudienceError, match="leaves"):
        parse({"all": [CORE] * (LEAVES_MAX + 1)})


def test_who_opted_out_of_profiling_is_in_no_audience_that_judges_a_person() -> None:
    view: dict[str, Any] = {"tier": "core", "health": 90, "open_complaints": 0}

    assert asks_profile(parse({"all": [{"not": COMPLAINS}, CORE]}))
    assert not asks_profile(parse({"not": COMPLAINS}))
    assert without_profile(view) == {"open_complaints": 0}
    assert not holds(parse({"any": [CORE, HEALTHY]}), without_profile(view))
