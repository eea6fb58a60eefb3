"""Every function answers every sample of its trigger as `sam build` made it, under Lambda's runtime interface."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infra.runtime.artefact import Artefact, built
from infra.runtime.emulator import UnloadableError, emulated
from tests.functions.stack import Stack
from tests.runtime.lambda_tasks import EVENTS, FOLDERS, sampled_stack, samples_of, task_of
from tests.template.reading import properties_of

pytestmark = [pytest.mark.build, pytest.mark.emulator]

STALLED_SECONDS = 60  # what is asked here is what a function answers; a cold start on a busy machine outlives its 5 s
# What API Gateway must get; every sample of a function behind it stands here.
STATUSES = {
    "partner_api.description": 200,
    "partner_api.events": 202,
    "partner_api.foreign_id": 404,
    "partner_api.iam": 200,
    "partner_api.maintenance": 200,
    "partner_api.owner": 200,
    "receive_webhooks.challenge": 200,
    "receive_webhooks.error": 200,
    "receive_webhooks.schedule": 200,
    "receive_webhooks.state": 400,  # what was sent longer than five minutes ago is refused: a replay could be
    "receive_webhooks.wrong_signature": 401,
    "receive_wecom.friend_deleted": 200,
    "receive_wecom.verify": 200,
    "receive_wecom.wrong_signature": 403,
}
REFUSED_TOKENS = {"authorize_partner.unauthorized"}


@pytest.fixture(scope="module")
def work_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runtime")


@pytest.fixture(scope="module")
def artefact() -> Artefact:
    return built()


@pytest.fixture(scope="module")
def behind(work_dir: Path) -> Iterator[tuple[Stack, str]]:
    with sampled_stack(work_dir / "cloud") as stack:
        yield stack


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_built_function_answers_every_sample_of_its_trigger(
    folder: str, artefact: Artefact, behind: tuple[Stack, str], work_dir: Path
) -> None:
    stack, endpoint = behind
    task = task_of(folder, artefact=artefact, stack=stack, endpoint=endpoint, bytecode=work_dir / "bytecode")
    task = replace(task, timeout_seconds=STALLED_SECONDS)

    with emulated(task, work_dir) as function:
        samples = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in samples_of(folder)}
        answers = {name: function.invoke(sample).payload for name, sample in samples.items()}
        log = function.log

    assert answers
    assert {name: why for name, answer in answers.items() if (why := _wrong(name, samples[name], answer))} == {}, log
    faults = [line for line in log.splitlines() if '"level":"ERROR"' in line.replace(" ", "")]
    assert len(faults) == len(REFUSED_TOKENS & set(samples)), log


def test_every_function_has_a_sample_and_every_sample_its_function() -> None:
    sampled = {path.name.split(".")[0] for path in EVENTS.glob("*.json")}

    assert sampled == set(FOLDERS)


def test_every_sample_behind_the_gateway_has_its_status() -> None:
    behind_it = {
        folder
        for folder, function in FOLDERS.items()
        if any(event["Type"] == "Api" for event in properties_of(function).get("Events", {}).values())
    }

    assert set(STATUSES) == {path.stem for folder in behind_it for path in samples_of(folder)}


def test_what_runs_is_self_contained_and_has_the_template_s_environment(artefact: Artefact) -> None:
    pointers = [path for path in artefact.folder.rglob("*") if path.suffix in {".pth", ".pyc"} or path.is_symlink()]

    assert pointers == []
    for function in FOLDERS.values():
        assert artefact.functions[function]["Environment"] == properties_of(function)["Environment"]
        assert [path.name for path in artefact.task_root(function).iterdir()] == ["app.py"]


def test_a_function_without_its_layers_finds_nothing_of_the_checkout(
    artefact: Artefact, behind: tuple[Stack, str], work_dir: Path
) -> None:
    stack, endpoint = behind
    task = task_of("send_wecom", artefact=artefact, stack=stack, endpoint=endpoint)

    bare = replace(task, opt=work_dir / "nothing")
    with emulated(bare, work_dir) as function, pytest.raises(UnloadableError, match="No module named 'ownerloop'"):
        function.invoke({})


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("enrol_owners.array", {"batchItemFailures": [{"itemIdentifier": "1"}]}),
        ("enrol_owners.array", {"errorType": "KeyError", "errorMessage": "'x'"}),
        ("partner_api.owner", {"statusCode": 404, "body": "{}"}),
        ("authorize_partner.unauthorized", {"policyDocument": {}}),
    ],
)
def test_an_answer_that_is_not_well_is_told(name: str, answer: Any) -> None:
    assert _wrong(name, {"Records": []}, answer)


def _wrong(name: str, sample: Any, answer: Any) -> str | None:
    """Return why an answer is not the one that whoever sent the sample expects, or None."""
    if name in REFUSED_TOKENS:  # API Gateway makes a 401 of this word only
        return None if answer.get("errorMessage") == "Unauthorized" else f"let in: {answer}"
    if isinstance(answer, dict) and "errorMessage" in answer:
        return f"raised {answer.get('errorType')}: {answer['errorMessage']}"
    if name in STATUSES:
        return None if answer["statusCode"] == STATUSES[name] else f"{answer['statusCode']}: {answer.get('body')}"
    if "Records" in sample:
        return None if answer == {"batchItemFailures": []} else f"left over: {answer}"
    return None
