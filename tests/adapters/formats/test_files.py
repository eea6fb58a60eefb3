"""Files as they come: one object, an array, JSON lines, CSV; a broken record costs itself and names its line."""

import json

import pytest

from ownerloop.adapters.formats.files import records_of, text_of

ONE, TWO = {"a": 1, "b": {"c": [2]}}, {"a": 2}


def lines_of(text: str) -> list[tuple[int, object]]:
    return [
        (record.line, record.value if record.refusal is None else record.refusal.reason) for record in records_of(text)
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", []),
        (" \n\n", []),
        (json.dumps(ONE), [(1, ONE)]),
        (json.dumps(ONE, indent=2), [(1, ONE)]),
        ("\n\n" + json.dumps(ONE, indent=1), [(3, ONE)]),
        (json.dumps([ONE, TWO]), [(1, ONE), (1, TWO)]),
        (json.dumps([ONE, TWO], indent=0), [(2, ONE), (10, TWO)]),
        (f"{json.dumps(ONE)}\n\n{json.dumps(TWO)}\n", [(1, ONE), (3, TWO)]),
        (f"{json.dumps(ONE)}\r\n{json.dumps(TWO)}", [(1, ONE), (2, TWO)]),
        (f"{json.dumps(ONE)}\n{{broken\n{json.dumps(TWO)}", [(1, ONE), (2, "not_json"), (3, TWO)]),
        (f"what\n{json.dumps(TWO)}\n{json.dumps(ONE)}", [(1, "not_json"), (2, TWO), (3, ONE)]),
        ('{"a": NaN}', [(1, "not_json")]),
        ('{"a":\n 1,\n}', [(3, "not_json")]),
        ('[{"a": 1},\n{"a": }]', [(1, {"a": 1}), (2, "not_json")]),
        ('[{"a": 1}', [(1, {"a": 1}), (1, "not_json")]),
        ('[{"a": 1}] 7', [(1, {"a": 1}), (1, "not_json")]),
        ("x,y\n1, two \n\n3,\n", [(2, {"x": "1", "y": "two"}), (4, {"x": "3", "y": None})]),
        ("x,y\n1\n2,3", [(2, "not_csv"), (3, {"x": "2", "y": "3"})]),
        ("no: data\nat: all", [(1, "not_json")]),
        ('x,y\n"open', [(2, "not_csv")]),
    ],
)
def test_each_record_has_the_line_on_which_it_begins(text: str, told: list[tuple[int, object]]) -> None:
    assert lines_of(text) == told


def test_a_deep_nest_is_refused_and_does_not_crash() -> None:
    assert lines_of("[" * 100_000) == [(1, "not_json")]
    assert lines_of('{"a":' * 100_000)[0][1] == "not_json"


def test_a_byte_order_mark_and_a_broken_character_do_no_harm() -> None:
    assert text_of(b"\xef\xbb\xbf{}") == "{}"
    assert text_of(b"\xff{}") == "�{}"
