"""`sam build` and `sam deploy` bring the template onto the local cloud, as the README says."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import boto3
import pytest

from infra.local.ministack import ministack
from tests.template.reading import FUNCTIONS

ROOT = Path(__file__).resolve().parents[2]
SAM = str(ROOT / ".venv-tools" / "bin" / "sam")

pytestmark = [pytest.mark.build, pytest.mark.emulator]


def test_the_sam_cli_deploys_to_the_local_cloud_and_a_function_runs_there(tmp_path: Path) -> None:
    account = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
    with ministack(tmp_path, {}) as cloud:
        _sam("build", "--config-env", "local", env={"OWNERLOOP_TARGET": "local"})
        _sam("deploy", "--config-env", "local", env={**account, "AWS_ENDPOINT_URL": cloud.endpoint})

        clients = {name: _client(name, cloud.endpoint) for name in ("cloudformation", "lambda")}
        stack = clients["cloudformation"].describe_stacks(StackName="ownerloop")["Stacks"][0]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        answer = clients["lambda"].invoke(
            FunctionName=outputs["SettlePriorsName"], Payload=b'{"schedule": "settle_priors"}'
        )

    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert {f"{function}Name" for function in FUNCTIONS} <= set(outputs)
    assert "FunctionError" not in answer
    assert isinstance(json.loads(answer["Payload"].read()), dict)


def _sam(*arguments: str, env: dict[str, str]) -> None:
    environment = {**os.environ, "SAM_CLI_TELEMETRY": "0", **env}
    done = subprocess.run([SAM, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _client(service: str, endpoint: str) -> Any:
    return boto3.client(
        service, endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
    )
