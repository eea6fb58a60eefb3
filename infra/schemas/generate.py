"""Write the JSON Schema of every message beside this file: `python -m infra.schemas.generate [--check]`.

A change that would break senders or readers is refused: it needs a new version of the message.
"""

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from infra.schemas.compatibility import breaks_readers, breaks_senders, opened
from ownerloop.contracts.catalogue import PUBLISHED, RECEIVED
from ownerloop.contracts.openapi import openapi

FOLDER = Path(__file__).parent
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, dict[str, Any]]:
    """Return the schema of each message by its type."""
    return {name: _schema(name, model) for name, model in sorted({**RECEIVED, **PUBLISHED}.items())}


def text_of(schema: dict[str, Any]) -> str:
    """Return a schema as it stands in its file."""
    return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def broken_promises(name: str, new: dict[str, Any]) -> list[str]:
    """Return what the new schema of a message would break of the one on file."""
    path = FOLDER / f"{name}.json"
    if not path.exists():
        return []
    old = json.loads(path.read_text(encoding="utf-8"))
    return breaks_readers(old, new) if name in PUBLISHED else breaks_senders(old, new)


def main(arguments: list[str]) -> int:
    """Write or check every schema; return 0 if all is well and 1 if a file is stale or a promise would break."""
    stale, broken = [], []
    for name, schema in schemas().items():
        path = FOLDER / f"{name}.json"
        broken += [f"{name}: {promise}" for promise in broken_promises(name, schema)]
        if not path.exists() or path.read_text(encoding="utf-8") != text_of(schema):
            stale.append(name)
    if not broken and "--check" not in arguments:
        for name in stale:
            (FOLDER / f"{name}.json").write_text(text_of(schemas()[name]), encoding="utf-8")
        stale = []
    if _write_openapi(check="--check" in arguments):
        stale.append("openapi")
    sys.stderr.writelines(f"{line}\n" for line in [*broken, *(f"{name}: is stale" for name in stale)])
    return 1 if broken or stale else 0


def _write_openapi(*, check: bool) -> bool:
    """Write the partner API's description; return whether a check found it stale."""
    path, text = FOLDER / "openapi.json", text_of(openapi())
    is_stale = not path.exists() or path.read_text(encoding="utf-8") != text
    if is_stale and not check:
        path.write_text(text, encoding="utf-8")
    return is_stale and check


def _schema(name: str, model: type[BaseModel]) -> dict[str, Any]:
    is_published = name in PUBLISHED
    body = model.model_json_schema(by_alias=True, mode="serialization" if is_published else "validation")
    # The model publishes nothing it does not name; its readers must pass over what a later release adds.
    body = opened(body) if is_published else body
    return {"$schema": _DIALECT, "$id": f"urn:ownerloop:schema:{name}", **_without_empty_defaults(body)}


def _without_empty_defaults(schema: Any) -> Any:
    # An absent signal is None in the model; `null` in a message is refused, so the schema must not offer it.
    if isinstance(schema, list):
        return [_without_empty_defaults(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {name: _without_empty_defaults(part) for name, part in schema.items()}
    if "$ref" in kept and kept.get("default", ...) is None:
        del kept["default"]
    return kept


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
