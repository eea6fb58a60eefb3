"""Whether a new schema of a message keeps the promises of the one before."""

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]

_TIGHTER_WHEN_HIGHER = ("minimum", "exclusiveMinimum", "minLength", "minItems")
_TIGHTER_WHEN_LOWER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")


def breaks_senders(old: Schema, new: Schema) -> list[str]:
    """Return what senders of the old schema would see refused by the new one; for the messages that we receive."""
    return sorted(_narrowings(old, new, _definitions(old), _definitions(new), "$"))


def breaks_readers(old: Schema, new: Schema) -> list[str]:
    """Return what readers of the old schema could not take or would miss in the new one; for those that we publish.

    A reader passes over the names that it does not know, as we do with the feeds of others, so a new field breaks none.
    """
    patient = opened(old)
    return sorted(_narrowings(new, patient, _definitions(new), _definitions(patient), "$"))


def opened(schema: Any) -> Any:
    """Return the schema with every object open to further names."""
    if isinstance(schema, list):
        return [opened(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: opened(part) for name, part in schema.items() if not (name == "additionalProperties" and part is False)
    }


def _definitions(schema: Schema) -> Mapping[str, Schema]:
    definitions: Mapping[str, Schema] = schema.get("$defs", {})
    return definitions


def _narrowings(
    wide: Schema, narrow: Schema, wide_defs: Mapping[str, Schema], narrow_defs: Mapping[str, Schema], path: str
) -> Iterator[str]:
    """Yield each place where `narrow` refuses what `wide` allows."""
    wides, narrows = _branches(wide, wide_defs), _branches(narrow, narrow_defs)
    for branch in wides:
        matching = [other for other in narrows if _types(other) >= _types(branch)]
        if not matching:
            yield f"{path}: {'/'.join(sorted(_types(branch)))} is no longer allowed"
            continue
        broken = [list(_of_branch(branch, other, wide_defs, narrow_defs, path)) for other in matching]
        yield from min(broken, key=len)


def _of_branch(
    wide: Schema, narrow: Schema, wide_defs: Mapping[str, Schema], narrow_defs: Mapping[str, Schema], path: str
) -> Iterator[str]:
    yield from _of_values(wide, narrow, path)
    yield from _of_object(wide, narrow, wide_defs, narrow_defs, path)
    if "items" in wide and "items" in narrow:
        yield from _narrowings(wide["items"], narrow["items"], wide_defs, narrow_defs, f"{path}[]")


def _of_values(wide: Schema, narrow: Schema, path: str) -> Iterator[str]:
    allowed, told = _values(narrow), _values(wide)
    if allowed is not None and (told is None or not told <= allowed):
        yield f"{path}: fewer values"
    for word in _TIGHTER_WHEN_HIGHER:
        if word in narrow and narrow[word] > wide.get(word, float("-inf")):
            yield f"{path}: {word} is tighter"
    for word in _TIGHTER_WHEN_LOWER:
        if word in narrow and narrow[word] < wide.get(word, float("inf")):
            yield f"{path}: {word} is tighter"
    for word in ("pattern", "format"):
        if word in narrow and narrow[word] != wide.get(word):
            yield f"{path}: {word} is another"


def _of_object(
    wide: Schema, narrow: Schema, wide_defs: Mapping[str, Schema], narrow_defs: Mapping[str, Schema], path: str
) -> Iterator[str]:
    old, new = wide.get("properties", {}), narrow.get("properties", {})
    for name in sorted(set(narrow.get("required", [])) - set(wide.get("required", []))):
        yield f"{path}.{name}: is required now" if name in new else f"{path}.{name}: is required"
    for name in sorted(set(old) & set(new)):
        yield from _narrowings(old[name], new[name], wide_defs, narrow_defs, f"{path}.{name}")
    if narrow.get("additionalProperties") is False:
        yield from (f"{path}.{name}: is refused" for name in sorted(set(old) - set(new)))


def _branches(schema: Schema, definitions: Mapping[str, Schema]) -> list[Schema]:
    if "$ref" in schema:
        return _branches(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    if "anyOf" in schema:
        return [branch for option in schema["anyOf"] for branch in _branches(option, definitions)]
    return [schema]


def _types(schema: Schema) -> set[str]:
    said = schema.get("type", [])
    types = {said} if isinstance(said, str) else set(said)
    return types | ({"integer"} if "number" in types else set())


def _values(schema: Schema) -> set[str] | None:
    if "const" in schema:
        return {repr(schema["const"])}
    return {repr(value) for value in schema["enum"]} if "enum" in schema else None
