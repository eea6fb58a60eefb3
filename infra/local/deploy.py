"""Brings template.yaml onto the local cloud: the same resources, with layers built for this interpreter."""

import base64
import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.errors import ToldError
from infra.layers.build import build_local, packaged
from infra.local.clients import client
from infra.template.reading import load_template

STACK_NAME = "ownerloop-local"
ARTIFACTS = "ownerloop-local-artifacts"
AGGREGATOR = "smartcar"
LINK_BASE_URL = "https://booking.example.com/visit"
DEPLOY_SECONDS = 60.0
_POLL_SECONDS = 0.1


class DeployFailedError(ToldError):
    """The local cloud refused the template."""

    def __init__(self, *, status: str, reasons: list[str]) -> None:
        super().__init__(f"the stack ended as {status}: " + "; ".join(reasons or ["no reason given"]))
        self.status, self.reasons = status, reasons


@dataclass(frozen=True, slots=True)
class Secrets:
    """What an operator would put into Secrets Manager after the first deploy."""

    vault_key: str
    corp_id: str
    corp_secret: str
    callback_token: str = ""
    callback_aes_key: str = ""
    webhook_key: str = ""  # of the one aggregator that the local stack knows

    @classmethod
    def of_seed(cls, seed: int, *, corp_id: str, corp_secret: str) -> "Secrets":
        """Return secrets that follow from the seed, so that two runs draw the same surrogates."""
        key = hashlib.sha256(f"{seed}|vault".encode()).hexdigest()
        aes_key = base64.b64encode(hashlib.sha256(f"{seed}|callback".encode()).digest()).decode().rstrip("=")
        token = hashlib.sha256(f"{seed}|token".encode()).hexdigest()[:32]
        webhook_key = hashlib.sha256(f"{seed}|webhook".encode()).hexdigest()
        return cls(key, corp_id, corp_secret, callback_token=token, callback_aes_key=aes_key, webhook_key=webhook_key)


def deploy(
    endpoint: str,
    *,
    wecom_base_url: str,
    secrets: Secrets,
    schedules_run: bool,
    auth_mode: str = "LAMBDA",
    has_open_callbacks: bool = True,
) -> dict[str, str]:
    """Deploy the template as it is, put the secrets, and return the stack's outputs."""
    _, uploads = packaged(build_local(), bucket=ARTIFACTS)
    _upload(endpoint, uploads)
    parameters = {
        "Profile": "local",
        "ScheduleState": "ENABLED" if schedules_run else "DISABLED",
        "WecomBaseUrl": wecom_base_url,
        "AuthMode": auth_mode,
        "OpenCallbacks": "true" if has_open_callbacks else "false",
    }
    outputs = _create(endpoint, parameters)
    _put_secrets(endpoint, outputs, secrets)
    return outputs


def log_groups(endpoint: str) -> dict[str, str]:
    """Return the log group of each function, by the name of the function's folder."""
    functions = {
        logical_id: Path(resource["Properties"]["CodeUri"]).name
        for logical_id, resource in load_template()["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }
    pages = client("cloudformation", endpoint).get_paginator("list_stack_resources").paginate(StackName=STACK_NAME)
    found = {
        row["LogicalResourceId"]: row["PhysicalResourceId"] for page in pages for row in page["StackResourceSummaries"]
    }
    return {folder: found[f"{logical_id}Log"] for logical_id, folder in functions.items()}


def schedules(template: dict[str, Any] | None = None) -> dict[str, tuple[str, bytes]]:
    """Return each schedule of the template: the output that names its function, and the payload it starts it with."""
    found = {}
    for logical_id, resource in (template or load_template())["Resources"].items():
        events: Mapping[str, Any] = resource.get("Properties", {}).get("Events", {})
        for event in events.values() if resource["Type"] == "AWS::Serverless::Function" else ():
            if event["Type"] == "Schedule":
                payload = event["Properties"]["Input"]
                found[json.loads(payload)["schedule"]] = (f"{logical_id}Name", payload.encode())
    return found


def _upload(endpoint: str, uploads: Mapping[str, Path]) -> None:
    s3 = client("s3", endpoint)
    s3.create_bucket(Bucket=ARTIFACTS)
    for key, path in uploads.items():
        s3.put_object(Bucket=ARTIFACTS, Key=key, Body=path.read_bytes())


def _create(endpoint: str, parameters: Mapping[str, str]) -> dict[str, str]:
    cloudformation = client("cloudformation", endpoint)
    cloudformation.create_stack(
        StackName=STACK_NAME,
        TemplateURL=f"{endpoint}/{ARTIFACTS}/template.json",
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    ends_at = time.monotonic() + DEPLOY_SECONDS
    status = "CREATE_IN_PROGRESS"
    while status.endswith("_IN_PROGRESS") and time.monotonic() < ends_at:
        time.sleep(_POLL_SECONDS)
        stack = cloudformation.describe_stacks(StackName=STACK_NAME)["Stacks"][0]
        status = stack["StackStatus"]
    if status != "CREATE_COMPLETE":
        raise DeployFailedError(status=status, reasons=_reasons(cloudformation))
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def _reasons(cloudformation: Any) -> list[str]:
    events = cloudformation.describe_stack_events(StackName=STACK_NAME)["StackEvents"]
    failed = [event for event in events if event["ResourceStatus"].endswith("FAILED")]
    return [f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}" for event in failed]


def _put_secrets(endpoint: str, outputs: Mapping[str, str], secrets: Secrets) -> None:
    manager = client("secretsmanager", endpoint)
    vault = {"current": "1", "keys": {"1": secrets.vault_key}}
    wecom = {"corpid": secrets.corp_id, "corpsecret": secrets.corp_secret, "link_base_url": LINK_BASE_URL}
    wecom |= {"callback_token": secrets.callback_token, "callback_aes_key": secrets.callback_aes_key}
    manager.put_secret_value(SecretId=outputs["VaultSecretId"], SecretString=json.dumps(vault))
    manager.put_secret_value(SecretId=outputs["WecomSecretId"], SecretString=json.dumps(wecom))
    webhooks = {AGGREGATOR: secrets.webhook_key} if secrets.webhook_key else {}
    manager.put_secret_value(SecretId=outputs["WebhookSecretId"], SecretString=json.dumps(webhooks))
