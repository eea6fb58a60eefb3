"""Every format there is: the frames, and one for each manifest in the package's data."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from ownerloop.adapters.formats.event import CanonicalEvent, RefusedRecordError
from ownerloop.adapters.formats.files import Record, records_of, text_of
from ownerloop.adapters.formats.gbt32960 import facts, lines
from ownerloop.adapters.formats.manifest import Manifest, ManifestError
from ownerloop.adapters.formats.reading import event_of, scopes_of
from ownerloop.domain.presence import Zone


@dataclass(frozen=True, slots=True)
class Decoded:
    """What became of one record: an event or a refusal, and the line on which it begins."""

    line: int
    event: CanonicalEvent | None = None
    refusal: RefusedRecordError | None = None


@cache
def manifests() -> dict[str, Manifest]:
    """Return the manifests of the package by format; each is checked as it is read."""
    folder = files("ownerloop.data").joinpath("manifests")
    read = [(entry.name, entry.read_bytes()) for entry in folder.iterdir() if entry.name.endswith(".json")]
    return {name.removesuffix(".json"): manifest_of(text, name=name) for name, text in sorted(read)}


def manifest_of(text: bytes | str, *, name: str) -> Manifest:
    """Return a checked manifest; its format is the name of its file."""
    try:
        manifest = Manifest.parse(text)
    except ManifestError as error:
        raise ManifestError(f"{name}: {error}") from error
    if f"{manifest.format}.json" != name:
        raise ManifestError(f"{name}: format: must be the name of the file")
    return manifest


def format_names() -> tuple[str, ...]:
    """Return the name of every format."""
    return (facts.FORMAT, *manifests())


def decoded(format_name: str, data: bytes, *, zones: Sequence[Zone] = ()) -> Iterator[Decoded]:
    """Return what became of each record of a file, in its order; `zones` turn a frame's position into presence."""
    if format_name == facts.FORMAT:
        yield from _frames(text_of(data), zones)
        return
    yield from by_manifest(manifests()[format_name], data)


def by_manifest(manifest: Manifest, data: bytes) -> Iterator[Decoded]:
    """Return what became of each record of a file that the manifest describes."""
    for record in records_of(text_of(data)):
        if record.refusal is not None:
            yield Decoded(record.line, refusal=record.refusal)
            continue
        yield from _events(manifest, record)


def of_object(manifest: Manifest, value: Any) -> Iterator[Decoded]:
    """Return what became of each record of one JSON object."""
    yield from _events(manifest, Record(1, value))


def _events(manifest: Manifest, record: Record) -> Iterator[Decoded]:
    for scope in scopes_of(manifest, record.value):
        try:
            yield Decoded(record.line, event_of(manifest, scope))
        except RefusedRecordError as error:
            yield Decoded(record.line, refusal=error)


def _frames(text: str, zones: Sequence[Zone]) -> Iterator[Decoded]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            yield Decoded(number, lines.read_line(line, zones=zones))
        except RefusedRecordError as error:
            yield Decoded(number, refusal=error)
