"""Reads template.yaml as plain data, with every short intrinsic written out (`!Ref X` becomes `{"Ref": "X"}`)."""

from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import yaml

TEMPLATE = Path(__file__).resolve().parents[2] / "template.yaml"

Resource = dict[str, Any]


class _Loader(yaml.CSafeLoader):
    """YAML with CloudFormation's tags."""


def _intrinsic(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    match node:
        case yaml.ScalarNode():
            value: Any = loader.construct_scalar(node)
        case yaml.SequenceNode():
            value = loader.construct_sequence(node, deep=True)
        case yaml.MappingNode():
            value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _intrinsic)


def load_template(path: Path = TEMPLATE) -> dict[str, Any]:
    """Return the whole template, the caller's own to change."""
    return deepcopy(_parsed(path, path.stat().st_mtime_ns))


@cache
def _parsed(path: Path, _changed_ns: int) -> dict[str, Any]:
    # A copy takes an eighth of the time, and a night of the demo asks again and again.
    with path.open(encoding="utf-8") as text:
        template: dict[str, Any] = yaml.load(text, Loader=_Loader)  # noqa: S506  # a safe loader with CloudFormation's tags
    return template


def resources(template: dict[str, Any], *types: str) -> dict[str, Resource]:
    """Return the resources of the given types by logical id, in the order of the template."""
    return {name: resource for name, resource in template["Resources"].items() if resource["Type"] in types}
