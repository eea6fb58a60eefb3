"""Every sample of events/ runs through the function it is named after; every function has one."""

import json
from pathlib import Path

import pytest

from ownerloop.domain.errors import UnauthorizedError
from tests.functions.stack import Stack, function
from tests.partners.builders import CONTEXT
from tests.partners.sample import put_sample_partner

EVENTS = Path(__file__).parents[2] / "events"
FUNCTIONS = sorted(path.parent.name for path in (EVENTS.parent / "functions").glob("*/app.py"))
SAMPLES = sorted(path for path in EVENTS.glob("*.json") if path.name.split(".")[0] in FUNCTIONS)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_runs_through_its_function(path: Path, stack: Stack) -> None:
    put_sample_partner(stack.names["PartnersTable"])
    with function(stack, path.name.split(".")[0]) as app:
        sample = json.loads(path.read_text(encoding="utf-8"))
        if ".unauthorized." in path.name:  # API Gateway makes a 401 of this word only
            with pytest.raises(UnauthorizedError, match=r"^Unauthorized$"):
                app.handler(sample, CONTEXT)
            return
        answer = app.handler(sample, CONTEXT)

    assert answer is None or answer.get("batchItemFailures", []) == []


def test_every_function_has_a_sample_and_every_sample_its_function() -> None:
    sampled = {path.name.split(".")[0] for path in EVENTS.glob("*.json")}

    assert sampled == set(FUNCTIONS)
