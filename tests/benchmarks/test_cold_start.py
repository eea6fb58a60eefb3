"""How long each built function needs until its first answer, beside the usual stack on the same emulator.

Layers and code are as shipped: compiled by nobody, which a read-only /opt never makes up for. What Lambda's own Python
brings is compiled, as there. Times are of this machine's interpreter and processor; the ratio is what travels.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import pytest

from infra.runtime.artefact import Artefact, built
from infra.runtime.emulator import Task, compile_runtime, emulated
from tests.functions.stack import Stack
from tests.runtime.lambda_tasks import FOLDERS, ROOT, sampled_stack, samples_of, task_of

pytestmark = [pytest.mark.bench, pytest.mark.build, pytest.mark.emulator]

PEER = "the usual stack"
RUNS = 3
INIT_MILLISECONDS_MAX = 10_000  # Lambda ends a longer one and starts it anew, on the caller's time
RESULT = ROOT / ".ownerloop" / "bench" / "cold_start.json"


@dataclass(frozen=True, slots=True)
class ColdStart:
    """The best of a few new containers, in milliseconds; `first` is what the first caller waits, init included."""

    init: float
    first: float
    warm: float


@dataclass(frozen=True, slots=True)
class Figures:
    """A function's cold start as shipped, and as it would be if compiled modules were shipped."""

    shipped: ColdStart
    compiled: ColdStart


@pytest.fixture(scope="module")
def work_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compile_runtime()
    return tmp_path_factory.mktemp("cold")


@pytest.fixture(scope="module")
def behind(work_dir: Path) -> Iterator[tuple[Stack, str]]:
    with sampled_stack(work_dir / "cloud") as stack:
        yield stack


def test_how_long_a_cold_start_takes(behind: tuple[Stack, str], work_dir: Path) -> None:
    artefact = built()
    stack, endpoint = behind
    tasks = {folder: task_of(folder, artefact=artefact, stack=stack, endpoint=endpoint) for folder in FOLDERS}
    samples = {folder: the_sample(folder) for folder in FOLDERS}
    tasks, samples = {PEER: the_peer(tasks["send_wecom"], artefact), **tasks}, {PEER: {"Records": []}, **samples}

    shipped, compiled = [], []
    for _ in range(RUNS):  # in turns, so that a busy moment of the machine is nobody's own
        shipped.append({name: once(task, samples[name], work_dir) for name, task in tasks.items()})
        kept = {name: replace(task, bytecode=work_dir / "bytecode") for name, task in tasks.items()}
        compiled.append({name: once(task, samples[name], work_dir) for name, task in kept.items()})
    figures = {name: Figures(shipped=best(name, shipped), compiled=best(name, compiled)) for name in tasks}

    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps({name: asdict(one) for name, one in figures.items()}, indent=1), encoding="utf-8")
    print(f"\n{table(figures)}\nas JSON: {RESULT.relative_to(ROOT)}")  # noqa: T201  # the figures are the point
    assert all(one.shipped.init < INIT_MILLISECONDS_MAX for one in figures.values())


def once(task: Task, sample: object, work_dir: Path) -> ColdStart:
    """Return how long a new container took."""
    with emulated(task, work_dir) as function:
        first, second = function.invoke(sample), function.invoke(sample)
        assert (first.error, second.error) == (None, None), function.log
        return ColdStart(function.init_milliseconds, first.milliseconds, second.milliseconds)


def best(name: str, rounds: Sequence[Mapping[str, ColdStart]]) -> ColdStart:
    """Return the least of each figure over the rounds."""
    taken = [one[name] for one in rounds]
    return ColdStart(min(t.init for t in taken), min(t.first for t in taken), min(t.warm for t in taken))


def the_peer(like: Task, artefact: Artefact) -> Task:
    """Return the usual stack on the layer that carries its packages."""
    home = Path(__file__).parent / "usual_stack"
    return replace(like, name="usual_stack", task_root=home, opt=artefact.opt(FOLDERS["send_wecom"]))


def the_sample(folder: str) -> object:
    """Return the first sample that a function does not refuse."""
    path = next(path for path in samples_of(folder) if ".unauthorized." not in path.name)
    return json.loads(path.read_text(encoding="utf-8"))


def table(figures: Mapping[str, Figures]) -> str:
    """Return the figures for people; a ratio is to the usual stack's first answer."""
    lines = [f"{'cold start, ms':22}{'init':>7}{'first':>7}{'ratio':>7}{'warm':>7}   compiled:{'first':>7}{'ratio':>7}"]
    usual = figures[PEER]
    for name, one in figures.items():
        shipped, compiled = one.shipped, one.compiled
        ratios = shipped.first / usual.shipped.first, compiled.first / usual.compiled.first
        lines.append(
            f"{name:22}{shipped.init:7.0f}{shipped.first:7.0f}{ratios[0]:7.2f}{shipped.warm:7.1f}"
            f"{compiled.first:19.0f}{ratios[1]:7.2f}"
        )
    return "\n".join(lines)
