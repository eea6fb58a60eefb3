"""Writes the built template with the values of the running local stack, so that `sam local invoke` meets real tables.

The SAM CLI hands a function no value that the template does not name, and resolves `!Ref` to logical ids.
"""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.local.clients import client
from infra.local.ministack import HOST, REGION
from infra.local.stack import Stack, find_stack
from infra.template.reading import TEMPLATE, load_template, resources

BUILT = TEMPLATE.parent / ".aws-sam" / "build" / "template.yaml"
ACCOUNT = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION}


def main() -> None:
    """Write `invoke.yaml` beside the built template."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--host", default=HOST, help="how a container reaches this machine")
    host = parser.parse_args().host
    stack = find_stack()
    if stack is None or not BUILT.is_file():
        parser.error("run `make build`, and `ownerloop up` in another terminal, first")
    environments = {function: _environment(stack, function) for function in _functions(load_template(BUILT))}
    path = write(BUILT, environments, endpoint=stack.endpoint, host=host)
    parser.exit(message=f"sam local invoke -t {path.relative_to(TEMPLATE.parent)} ...\n")


def write(built: Path, environments: Mapping[str, Mapping[str, str]], *, endpoint: str, host: str = HOST) -> Path:
    """Return the template beside the built one that gives each function its values, as a container reaches them."""
    template = load_template(built)
    for logical_id, function in _functions(template).items():
        values = {**environments[logical_id], **ACCOUNT, "AWS_ENDPOINT_URL": endpoint}
        reached = {name: value.replace(f"//{HOST}:", f"//{host}:") for name, value in values.items()}
        function["Properties"]["Environment"] = {"Variables": reached}
    path = built.with_name("invoke.yaml")
    path.write_text(json.dumps(template, indent=1), encoding="utf-8")  # JSON is YAML
    return path


def _functions(template: dict[str, Any]) -> dict[str, Any]:
    return resources(template, "AWS::Serverless::Function")


def _environment(stack: Stack, function: str) -> dict[str, str]:
    """Return what the running stack gives a function."""
    name = stack.outputs[f"{function}Name"]
    said = client("lambda", stack.endpoint).get_function_configuration(FunctionName=name)
    return dict(said["Environment"]["Variables"])


if __name__ == "__main__":
    main()
