"""Changes to a JSON document: a merge patch (RFC 7396), and single places by their path."""

import json
from collections.abc import Sequence
from typing import Any


class BadPatchError(ValueError):
    """The patch or path is not one that can be applied; the message says why."""


def merge_patched(document: Any, patch: Any) -> Any:
    """Return the document after a merge patch: null removes, an object is merged, anything else replaces."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(document) if isinstance(document, dict) else {}
    for name, part in patch.items():
        if part is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patched(merged.get(name), part)
    return merged


def patch_of(setting: str, document: Any) -> dict[str, Any]:
    """Return the merge patch of `path=value`.

    The path is `data.signals.Vehicle.TraveledDistance.unit`, where a name that itself has dots is known from the
    document, or a JSON pointer (`/data/signals/...`). The value is JSON, else text; null removes.
    """
    path, has_value, text = setting.partition("=")
    if not path or not has_value:
        raise BadPatchError(f"{setting} is not path=value")
    names = _pointed(path) if path.startswith("/") else _found(path.split("."), document)
    patch: Any = _value(text)
    for name in reversed(names):
        patch = {name: patch}
    return dict(patch)


def _pointed(path: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in path[1:].split("/")]


def _found(parts: Sequence[str], document: Any) -> list[str]:
    """Return the names along a dotted path; the longest name that the document has goes first."""
    names: list[str] = []
    held, left = document, list(parts)
    while left:
        known = held if isinstance(held, dict) else {}
        spans = range(len(left), 0, -1)
        taken = next((size for size in spans if ".".join(left[:size]) in known), 1)
        name = ".".join(left[:taken])
        if not name:
            raise BadPatchError(f"{'.'.join(parts)} has an empty part")
        names.append(name)
        held, left = known.get(name), left[taken:]
    return names


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
