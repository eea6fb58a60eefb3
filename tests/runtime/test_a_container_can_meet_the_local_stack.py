"""The template for `sam local invoke` gives each function the running stack's values and nothing to resolve."""

import json
from pathlib import Path

from infra.runtime.invocable import write
from infra.template.reading import TEMPLATE
from tests.template.reading import FUNCTIONS

ENDPOINT = "http://127.0.0.1:4566"
ENVIRONMENTS = {
    function: {"HISTORY_QUEUE_URL": f"{ENDPOINT}/000000000000/history", "LOG_LEVEL": "INFO"} for function in FUNCTIONS
}


def test_every_function_has_the_stack_s_values_and_its_endpoint(tmp_path: Path) -> None:
    written = json.loads(write(a_built_template(tmp_path), ENVIRONMENTS, endpoint=ENDPOINT).read_text("utf-8"))

    for function in FUNCTIONS:
        values = written["Resources"][function]["Properties"]["Environment"]["Variables"]
        assert values["AWS_ENDPOINT_URL"] == ENDPOINT
        assert ENVIRONMENTS[function].items() <= values.items()


def test_a_container_that_calls_this_machine_otherwise_gets_every_address_so(tmp_path: Path) -> None:
    path = write(a_built_template(tmp_path), ENVIRONMENTS, endpoint=ENDPOINT, host="host.docker.internal")

    values = json.loads(path.read_text("utf-8"))["Resources"]["IngestVehicleData"]["Properties"]["Environment"]
    assert values["Variables"]["AWS_ENDPOINT_URL"] == "http://host.docker.internal:4566"
    assert values["Variables"]["HISTORY_QUEUE_URL"] == "http://host.docker.internal:4566/000000000000/history"


def a_built_template(folder: Path) -> Path:
    built = folder / "template.yaml"
    built.write_bytes(TEMPLATE.read_bytes())
    return built
