"""How an identifier may lie somewhere: the ways people write it, and the ways machines pack it."""

import base64
import binascii
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq

_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}  # full-width digits and letters
_PHONE = re.compile(r"(?:\+?86)?(1[3-9]\d)(\d{4})(\d{4})")
_PACKED = re.compile(rb"[A-Za-z0-9+/_-]{24,}={0,2}")
_EXPANDED_MAX, _DEPTH_MAX = 32 * 1024 * 1024, 4
_LAYER_HEADS = (b"x\x01", b"x\x5e", b"x\x9c", b"x\xda")


def spellings(identifier: str) -> frozenset[str]:
    """Return the ways in which people write it: case, full width, and a phone with its country, spaces or dashes."""
    phone = _PHONE.fullmatch(identifier)
    parts = phone.groups() if phone else ()
    told = {mark.join(parts) for mark in ("", " ", "-")} if parts else {identifier}
    cased = {case for text in told for case in (text, text.lower(), text.upper())}
    return frozenset(cased | {text.translate(_WIDE) for text in cased})


def needles(identifier: str) -> frozenset[bytes]:
    """Return the bytes that give it away: each spelling plain, in base64 at any offset, in hex, in URLs and JSON."""
    return frozenset(needle for text in spellings(identifier) for needle in _packed(text))


def _packed(text: str) -> Iterator[bytes]:
    plain = text.encode()
    yield plain
    yield text.encode("utf-16-le")
    yield plain.hex().encode()
    yield plain.hex().upper().encode()
    yield quote(text, safe="").encode()
    yield "".join(f"%{byte:02X}" for byte in plain).encode()
    yield text.encode("ascii", "backslashreplace")
    for skipped in range(3):
        # What three offsets have in common with whatever stands before and behind: the whole groups within.
        coded = base64.b64encode(b"\0" * skipped + plain)
        inner = coded[4 * bool(skipped) : (skipped + len(plain)) // 3 * 4]
        yield inner
        yield inner.translate(bytes.maketrans(b"+/", b"-_"))


def layers(content: bytes, *, depth: int = 0) -> Iterator[bytes]:
    """Yield the content and all that is packed in it: deflated, Parquet, and either of them in base64."""
    yield content
    if depth >= _DEPTH_MAX:
        return
    if content.startswith(b"PAR1"):
        table = pq.read_table(io.BytesIO(content))
        yield from layers(repr((table.schema.metadata, table.to_pylist())).encode(), depth=depth + 1)
        for column in table.columns:
            if pa.types.is_binary(column.type):
                yield from (
                    deeper for value in column.to_pylist() if value for deeper in layers(value, depth=depth + 1)
                )
        return
    if (inflated := _inflated(content)) is not None:
        yield from layers(inflated, depth=depth + 1)
    for match in _PACKED.finditer(content):
        if (decoded := _decoded(match[0])) is not None and (inflated := _inflated(decoded)) is not None:
            yield from layers(inflated, depth=depth + 1)


def _decoded(text: bytes) -> bytes | None:
    body = text.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
    if not body.startswith((b"eJ", b"eN", b"eA", b"eF", b"eX", b"H4sI")):
        return None  # neither zlib nor gzip
    body = body[: len(body) - (len(body) % 4 == 1)]
    try:
        return base64.b64decode(body + b"=" * (-len(body) % 4))
    except binascii.Error:
        return None


def _inflated(content: bytes) -> bytes | None:
    if content.startswith(b"\x1f\x8b"):
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            return file.read(_EXPANDED_MAX)
    if not content.startswith(_LAYER_HEADS):
        return None
    try:
        return zlib.decompressobj().decompress(content, _EXPANDED_MAX)
    except zlib.error:
        return None
