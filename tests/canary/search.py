"""A search of places for identifiers that must not be there, counted as it goes."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from tests.canary.spelling import layers, needles

_CHUNK, _OVERLAP = 1 << 22, 1 << 10  # bytes looked at in one go, and those that the next one sees again
_GRAM, _HEAD = 3, 6  # a needle is looked for by the two groups of three bytes that it begins with


class _Haystack:
    """Finds thousands of needles in one pass."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.size = 0
        self._by_head: dict[bytes, set[tuple[bytes, str]]] = defaultdict(set)
        self._begins, self._goes_on = np.zeros(1 << 24, dtype=bool), np.zeros(1 << 24, dtype=bool)
        for name, kind in names.items():
            for needle in needles(name):
                assert _HEAD <= len(needle) < _OVERLAP
                self._by_head[needle[:_HEAD]].add((needle, kind))
        for head, held in self._by_head.items():
            self.size += len(held)
            first, second = _grams(head)[[0, _GRAM]]
            self._begins[first] = self._goes_on[second] = True

    def kinds_in(self, content: bytes) -> Iterator[str]:
        for start in range(0, len(content), _CHUNK):
            chunk = content[start : start + _CHUNK + _OVERLAP]
            if len(chunk) < _HEAD:
                return
            grams = _grams(chunk)
            for at in np.flatnonzero(self._begins[grams[:-_GRAM]] & self._goes_on[grams[_GRAM:]]).tolist():
                held = self._by_head.get(chunk[at : at + _HEAD], ())
                yield from (kind for needle, kind in held if chunk.startswith(needle, at))


@dataclass(slots=True)
class Search:
    """What was searched and what was found. `names` says for each identifier what kind it is.

    A hit names the place and the kind of identifier, and never the identifier itself.
    """

    names: Mapping[str, str]
    places: dict[str, int] = field(default_factory=dict)  # bytes, what was packed counted unpacked
    hits: set[tuple[str, str]] = field(default_factory=set)
    _haystack: _Haystack = field(init=False)

    def __post_init__(self) -> None:
        self._haystack = _Haystack(self.names)

    def look(self, place: str, contents: Iterable[bytes | str]) -> None:
        """Search the contents of a place; more may be said of the same place later."""
        whole = b"\n".join(layer for one in contents for layer in layers(one.encode() if isinstance(one, str) else one))
        self.places[place] = self.places.get(place, 0) + len(whole)
        self.hits |= {(place, kind) for kind in self._haystack.kinds_in(whole)}

    @property
    def empty(self) -> list[str]:
        """Return the places that held nothing, so that having found nothing there proves nothing."""
        return [place for place, size in self.places.items() if not size]

    def told(self) -> str:
        """Return the figures in one line."""
        size = sum(self.places.values())
        return (
            f"canary: {len(self.places)} places, {size:,} bytes, {self._haystack.size} spellings, {len(self.hits)} hits"
        )


def _grams(content: bytes) -> npt.NDArray[np.uint32]:
    """Return each three bytes that follow one another as a number."""
    read = np.frombuffer(content, dtype=np.uint8).astype(np.uint32)
    grams: npt.NDArray[np.uint32] = read[:-2] | np.left_shift(read[1:-1], 8) | np.left_shift(read[2:], 16)
    return grams
