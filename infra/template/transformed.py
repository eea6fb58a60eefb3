"""Writes the template as CloudFormation will see it, waivers noted: `python -m infra.template.transformed FILE`."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import yaml

from infra.template.reading import Resource, load_template

WAIVERS = Path(__file__).with_name("waivers.yaml")


class DeadWaiverError(LookupError):
    """A waiver that names a resource, or a type of resources, that the template does not have."""


def transformed() -> dict[str, Any]:
    """Return the template with every SAM resource written out; code lies at a placeholder, as before packaging."""
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")  # the translator asks boto3 which partition it writes for
    from samtranslator.parser.parser import Parser  # noqa: PLC0415  # lives with the deploy tools alone
    from samtranslator.translator.translator import Translator  # noqa: PLC0415  # as above

    template = load_template()
    for resource in template["Resources"].values():
        code = {"AWS::Serverless::Function": "CodeUri", "AWS::Serverless::LayerVersion": "ContentUri"}
        if resource["Type"] in code:
            resource["Properties"][code[resource["Type"]]] = "s3://placeholder/code"
    defaults = {name: parameter.get("Default", "") for name, parameter in template["Parameters"].items()}
    written: dict[str, Any] = Translator({}, Parser()).translate(template, defaults)
    return written


def with_waivers(template: dict[str, Any], waivers: list[dict[str, Any]]) -> dict[str, Any]:
    """Note each waiver on the resources it is for, where checkov looks for it, and return the template."""
    for waiver in waivers:
        for resource in _meant(template, waiver):
            noted = resource.setdefault("Metadata", {}).setdefault("checkov", {}).setdefault("skip", [])
            noted.append({"id": waiver["check"], "comment": waiver["reason"]})
    return template


def known_waivers() -> list[dict[str, Any]]:
    """Return the waivers: check, resources (logical ids or types) and reason."""
    waivers: list[dict[str, Any]] = yaml.safe_load(WAIVERS.read_text(encoding="utf-8"))
    return waivers


def _meant(template: dict[str, Any], waiver: dict[str, Any]) -> list[Resource]:
    """Return the resources a waiver is for; each name in it must stand for one at least."""
    every: dict[str, Resource] = template["Resources"]
    having, left_out = waiver.get("having", {}), waiver.get("but", [])
    meant = []
    for name in waiver["resources"]:
        ids = {logical_id for logical_id, one in every.items() if name in {logical_id, one["Type"]}}
        if not ids or not set(left_out) <= every.keys():
            raise DeadWaiverError(waiver["check"], name)
        meant += [every[logical_id] for logical_id in sorted(ids.difference(left_out))]
    return [one for one in meant if having.items() <= one.get("Properties", {}).items()]


def main() -> None:
    """Write the transformed template into the file that is named."""
    target = Path(sys.argv[1])
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(with_waivers(transformed(), known_waivers()), indent=1, default=str), encoding="utf-8")


if __name__ == "__main__":
    main()
