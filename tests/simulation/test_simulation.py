"""The use cases in a world of faults: every law holds, and every naive twin breaks its own in the same bursts."""

import ast
from pathlib import Path

import pytest

from infra.simulation.laws import LAWS
from infra.simulation.story import burst_story, whole_story
from infra.simulation.whole import Figures, bursts, run_all, run_job, shards, tried
from tests.simulation.naive_twins import TWINS, Twin

FOLDER = Path(__file__).parents[2] / "infra" / "simulation"
BURSTS = 5  # of each naive twin here; `tests/simulation/proving.py` runs a thousand, and asks for 95 %
OUTSIDE = ("laws", "left", "provider", "faults", "stage", "told", "story")


def counted(jobs: list[tuple[str, int, int]]) -> Figures:
    total = Figures()
    for figures in run_all(jobs, processes=1):
        total.add(figures)
    return total


def test_every_law_holds_in_a_world_of_faults() -> None:
    total = counted(shards(7, events=4_000))

    assert {law: total.broken[law] for law in LAWS} == dict.fromkeys(LAWS, 0), total.failed
    assert total.faulted_share >= 0.06
    assert total.messages > 100


def test_every_law_holds_when_everything_happens_to_one_owner_at_once() -> None:
    total = counted(bursts(0, seeds=10))

    assert not total.failed


@pytest.mark.parametrize("twin", TWINS, ids=lambda twin: twin.name)
def test_a_naive_twin_breaks_its_law_in_the_same_bursts(twin: Twin) -> None:
    runs = [run_job(job, parts=twin.parts) for job in bursts(0, seeds=BURSTS)]

    assert sum(any(run.broken[law] for law in twin.laws) for run in runs) >= BURSTS - 1


def test_the_same_seed_decides_the_same_to_the_last_operation() -> None:
    first, again = (tried(burst_story(3, events=120))[0] for _ in range(2))

    assert first.digest == again.digest
    assert first.as_row() == again.as_row()
    assert tried(burst_story(4, events=120))[0].digest != first.digest


def test_no_other_process_and_no_order_of_a_set_changes_what_is_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONHASHSEED", "4711")  # of the new processes: they hash texts otherwise than we do
    jobs = shards(11, events=400) + bursts(11, seeds=1)
    here, elsewhere = Figures(), Figures()

    for total, processes in ((here, 1), (elsewhere, 2)):
        for figures in run_all(jobs, processes=processes):
            total.add(figures)

    assert here.as_row() == elsewhere.as_row()


def test_faults_that_are_played_from_a_list_are_those_that_the_seed_drew() -> None:
    story = whole_story(2, events=200)
    drawn, _, faults = tried(story)

    played, _, again = tried(story, only=faults)

    assert again == faults
    assert played.digest == drawn.digest


@pytest.mark.parametrize("module", OUTSIDE)
def test_who_counts_shares_no_code_with_the_product(module: str) -> None:
    names = _imports(module)

    assert not [name for name in names if name.startswith("ownerloop")]
    assert {name.removeprefix("infra.simulation.") for name in names if name.startswith("infra.")} <= set(OUTSIDE)


def _imports(module: str) -> set[str]:
    tree = ast.parse((FOLDER / f"{module}.py").read_text(encoding="utf-8"))
    said = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return said | {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
