"""The catalogue of mutants holds against the source, and a mutant is what it says it is."""

from pathlib import Path

import yaml

from tests.mutation.catalogue import GUARDS, ROOT, cases, every_name, harmless
from tests.mutation.mutants import constant_mutants, mutants_of

GUARDED = """
def may_send(sent, limit, wish) -> bool:
    name = wish or "none"
    if sent >= limit and name:
        return False
    return sent < 3 or wish == "all"
"""


def test_each_condition_goes_in_turn_and_a_default_is_no_condition(tmp_path: Path) -> None:
    (tmp_path / "gate.py").write_text(GUARDED)

    found = mutants_of("gate.py", root=tmp_path)

    assert [(one.said, one.says) for one in found] == [
        ("sent < 3", "False"),
        ("wish == 'all'", "False"),
        ("sent >= limit and name", "False"),
        ("sent >= limit", "True"),
        ("name", "True"),
    ]
    assert "    if True and name:\n" in next(one.text for one in found if one.said == "sent >= limit")


def test_a_constant_condition_holds_whatever_is_there(tmp_path: Path) -> None:
    (tmp_path / "expressions.py").write_text(
        'ABSENT = "attribute_not_exists(pk)"\n# Key conditions.\nOF = "pk = :pk"\n'
    )

    (mutant,) = constant_mutants("expressions.py", "attribute_not_exists(no)", root=tmp_path)

    assert mutant.text.startswith("ABSENT = 'attribute_not_exists(pk) OR attribute_not_exists(no)'\n# Key")


def test_every_guarded_module_has_mutants_and_every_test_it_names_exists() -> None:
    guards = yaml.safe_load(GUARDS.read_text(encoding="utf-8"))

    assert {case.law for case in cases()} == {guard["law"] for guard in guards}
    assert [path for guard in guards for path in guard["tests"] if not (ROOT / path).exists()] == []


def test_what_is_called_harmless_is_a_mutant_and_has_a_reason() -> None:
    told = harmless()

    assert told.keys() - every_name() == set()
    assert all(len(reason.split()) >= 5 for reason in told.values())
