"""Draws that depend on the seed and on what they are about, never on order or time."""

import hashlib

SEPARATOR = "\x1f"


def digest(*parts: str) -> str:
    """Return the hex digest of the parts; the same parts always give the same one."""
    return hashlib.sha256(SEPARATOR.join(parts).encode()).hexdigest()


def draw(seed: int, purpose: str, *parts: str) -> float:
    """Return a number in [0, 1) that belongs to this seed, purpose and parts alone."""
    return int(digest(str(seed), purpose, *parts)[:13], 16) / 16**13
