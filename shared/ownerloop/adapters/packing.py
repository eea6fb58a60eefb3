"""How much travels at once: zlib in base64 with a limit on what a text may expand to, parts and batches that fit."""

import base64
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")
ENCODING = "zlib+base64"
EXPANDED_MAX_BYTES = 8 * 1024 * 1024  # what one message may expand to; a 1 MiB message of zeros would make 700 MiB
MESSAGE_MAX_BYTES = 256 * 1024  # the size every SQS takes (newer limits are not in all regions and emulators)
_MANY = 1_000  # items of which a part is looked at before all of them are written
_SAMPLED = 8  # that part, and how many parts there are at least if it alone expands to too much
_SURELY_PERCENT = 93  # of what a part foretells: the whole packs a little better
_LEVEL = 6  # 3 saves a third of the time and costs a tenth of the size, measured on telemetry


class NotUnpackableError(ValueError):
    """The text is not zlib in base64, or expands to more than it may."""


def compress(plain: bytes) -> str:
    """Return the bytes as zlib in base64; the same bytes give the same text."""
    return base64.b64encode(zlib.compress(plain, _LEVEL)).decode("ascii")


def expand(text: str) -> bytes:
    """Return what `compress` was given, or raise NotUnpackableError; never builds more than the bound and one byte."""
    try:
        packed = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise NotUnpackableError("is not base64") from error
    stream = zlib.decompressobj()
    try:
        plain = stream.decompress(packed, EXPANDED_MAX_BYTES + 1)
    except zlib.error as error:
        raise NotUnpackableError("is not zlib") from error
    if len(plain) > EXPANDED_MAX_BYTES:
        raise NotUnpackableError(f"expands to more than {EXPANDED_MAX_BYTES} bytes")
    if not stream.eof or stream.unused_data:
        raise NotUnpackableError("is cut short or has something behind its end")
    return plain


def split_to_fit(
    items: Sequence[Item], write: Callable[[Sequence[Item]], str | None], *, max_bytes: int = MESSAGE_MAX_BYTES
) -> list[str]:
    """Return the ASCII texts of few equal parts, each of which fits; `write` gives None for one too big.

    A single item that is too big raises ValueError.
    """
    parts = _likely_parts(items, write, max_bytes=max_bytes)
    while parts <= len(items):
        size = -(-len(items) // parts)
        texts = [write(items[at : at + size]) for at in range(0, len(items), size)]
        fitting = [text for text in texts if text is not None and len(text) <= max_bytes]
        if len(fitting) == len(texts):
            return fitting
        parts = max(parts + 1, sum(len(text or "") for text in texts) // max_bytes)
    if items:
        raise ValueError("one item alone is larger than a message")
    return []


def _likely_parts(items: Sequence[Item], write: Callable[[Sequence[Item]], str | None], *, max_bytes: int) -> int:
    """Return how many parts to begin with: an eighth foretells it, so that a large whole is not written in vain."""
    if len(items) < _MANY:
        return 1
    sample = write(items[: len(items) // _SAMPLED])
    if sample is None:
        return _SAMPLED
    return max(1, -(-len(sample) * _SAMPLED * _SURELY_PERCENT // (max_bytes * 100)))


def in_batches(
    items: Iterable[Item], size_of: Callable[[Item], int], *, count_max: int, max_bytes: int = MESSAGE_MAX_BYTES
) -> Iterator[list[Item]]:
    """Return the items in their order, in batches of at most so many and so large; one too large goes alone."""
    batch: list[Item] = []
    bytes_held = 0
    for item in items:
        size = size_of(item)
        if batch and (len(batch) == count_max or bytes_held + size > max_bytes):
            yield batch
            batch, bytes_held = [], 0
        batch.append(item)
        bytes_held += size
    if batch:
        yield batch
