"""The law of the vault: nothing that looks like a VIN, a phone or an open id lies anywhere else."""

import re
import zlib
from collections.abc import Iterator
from typing import Any

from infra.operation.verifying.findings import Finding

# Each stands alone: inside a longer word (a digest, a surrogate) chance spells anything.
_PATTERNS = {
    "a VIN": re.compile(r"(?<![\w-])(?=[A-Z0-9]*[A-Z][A-Z0-9]*\d)[A-HJ-NPR-Z0-9]{13}\d{4}(?![\w-])"),
    "a phone": re.compile(r"(?<![\w.-])(?:\+?86[- ]?)?1[3-9]\d{9}(?![\w.-])"),
    "a WeCom id": re.compile(r"(?<![\w-])w[mo][A-Za-z0-9_-]{30}(?![\w-])"),
    "an open id": re.compile(r"(?<![\w-])o[A-Za-z0-9_-]{27}(?![\w-])"),
}
_DEFLATED = b"x"
SHORTEST = 11  # characters of a phone
TEXTS_MAX_BYTES = 1_000_000  # of one deflated value


class PrivacyLaw:
    """What is seen of texts outside the vault."""

    def __init__(self) -> None:
        self.finding = Finding("privacy", ("车架号、手机号、开放号只在保险库", "identifiers lie in the vault only"))

    def see(self, place: str, value: Any) -> None:
        """Take in an item or a row; `place` names it by surrogates."""
        for text in _texts(value):
            self.finding.checked += 1
            if len(text) < SHORTEST:
                continue
            for kind, pattern in _PATTERNS.items():
                if pattern.search(text):
                    # The place may be what says too much: it is told without the words that look like somebody.
                    self.finding.breaks(pattern.sub("?", place), f"holds what looks like {kind}")


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case bytes():
            yield from _bytes(value)
        case dict():
            for name, part in value.items():
                yield str(name)
                yield from _texts(part)
        case list() | tuple():
            for part in value:
                yield from _texts(part)


def _bytes(value: bytes) -> Iterator[str]:
    plain = value
    if value.startswith(_DEFLATED):
        stream = zlib.decompressobj()
        try:
            plain = stream.decompress(value, TEXTS_MAX_BYTES)
        except zlib.error:
            plain = value
    yield plain.decode("latin-1")
