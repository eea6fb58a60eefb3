"""The runner of the heavy proofs tells a must that was missed, whatever it was missed by."""

import json
from pathlib import Path

import pytest

from tests.prove.__main__ import prove, run
from tests.prove.catalogue import PROOFS, crashed, simulated, stormed
from tests.prove.proof import PYTHON, Ended, Proof, passing, pytest_of, words

FIGURES = {"runs": 1, "events": 2000, "faulted_share": 0.07, "lost": 0, "doubled": 0, "over_cap": 0, "drifted": 0}


def a_proof(name: str, code: str, *, seconds_max: int | None = None) -> Proof:
    return Proof(name, "something", "0", (*PYTHON, "-c", code), words, seconds_max=seconds_max)


def test_a_proof_that_fails_stops_no_other_and_the_report_names_it(tmp_path: Path) -> None:
    rows = prove(
        [a_proof("broken", "raise SystemExit('1 lost')"), a_proof("whole", "print('0 lost')")],
        tmp_path,
        is_small=False,
    )

    told = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    page = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert [(row.figure, row.holds) for row in rows] == [("1 lost", False), ("0 lost", True)]
    assert (told["holds"], told["left"], [row["holds"] for row in told["rows"]]) == (False, [], [False, True])
    assert "Missed: broken." in page


def test_a_proof_that_takes_longer_than_its_figure_allows_is_missed(tmp_path: Path) -> None:
    in_no_time = Proof("slow", "something", "at once", (*PYTHON, "-c", "print(0)"), words, seconds_max=-1)

    assert not run(in_no_time, tmp_path, is_small=False).holds


def test_a_proof_without_an_end_is_stopped_and_missed(tmp_path: Path) -> None:
    row = run(a_proof("endless", "import time; time.sleep(60)"), tmp_path, is_small=False, patience=0.2)

    assert not row.holds
    assert row.seconds < 60


@pytest.mark.parametrize("ended", [Ended(1, ""), Ended(0, ""), Ended(-9, '{"runs": 1')])
@pytest.mark.parametrize("proof", PROOFS, ids=lambda proof: proof.name)
def test_a_proof_that_says_nothing_of_its_figures_proves_nothing(proof: Proof, ended: Ended) -> None:
    assert not proof.judge(ended).holds


@pytest.mark.parametrize(
    ("said", "holds"),
    [({}, True), ({"lost": 1}, False), ({"faulted_share": 0.05}, False)],
    ids=["all held", "one event lost", "too few operations faulted"],
)
def test_a_simulation_must_fault_enough_and_break_nothing(said: dict[str, float], holds: bool) -> None:
    out = json.dumps({**FIGURES, "after_withdrawal": 0, **said})

    assert simulated(Ended(0, out)).holds is holds


def test_a_violation_of_the_crash_matrix_is_missed_even_if_it_ends_well() -> None:
    assert crashed(Ended(0, "", "4000 points, 0 violations\n")).holds
    assert not crashed(Ended(0, "", "4000 points, 1 violations\n")).holds
    assert not crashed(Ended(0, "", "0 points, 0 violations\n")).holds


def test_a_storm_whose_replay_changes_something_is_missed() -> None:
    told = "1200 operations by 16 threads in 20 s\n      5  debts\nreplay of 1000 events changes nothing: "

    assert stormed(Ended(0, told + "True\n")).holds
    assert not stormed(Ended(0, told + "False\n")).holds


@pytest.mark.parametrize("inside", ["<failure/>", "<error/>", "<skipped/>"])
def test_a_test_that_failed_or_was_left_out_proves_nothing(inside: str) -> None:
    case = '<testcase name="{}">{}</testcase>'
    good, bad = case.format("one", ""), case.format("other", inside)

    assert passing(Ended(0, "", junit=f"<testsuite>{good}</testsuite>")).holds
    assert not passing(Ended(0, "", junit=f"<testsuite>{good}{bad}</testsuite>")).holds
    assert not passing(Ended(0, "", junit="<testsuite/>")).holds


def test_what_a_proof_names_stands_in_the_tree_and_no_name_comes_twice() -> None:
    root = Path(__file__).parents[2]
    named = [word for proof in PROOFS for word in proof.command if word.startswith("tests/")]

    assert pytest_of("tests/x.py")[-1] == "tests/x.py"
    assert [place for place in named if not (root / place).is_file()] == []
    assert len({proof.name for proof in PROOFS}) == len(PROOFS)
    assert all(key in proof.command for proof in PROOFS for key in proof.small or ())
