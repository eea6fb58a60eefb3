"""The vehicle identification number (ISO 3779): its alphabet, and the check digit that some markets use."""

import re
from functools import lru_cache
from operator import mul

VIN_PATTERN = "^[A-HJ-NPR-Za-hj-npr-z0-9]{17}$"
VIN_LENGTH = 17
_CHECK_PLACE = 8
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)  # ISO 3779 annex; 49 CFR 565.15, table IV
_LETTERS = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ"
_VALUES = dict(zip(_LETTERS, [*range(10), *range(1, 9), *range(1, 6), 7, 9, *range(2, 10)], strict=True))
_is_vin = re.compile(VIN_PATTERN).search


def is_vin(text: object) -> bool:
    """Return whether the text has 17 letters and digits without I, O and Q; the check digit is another question."""
    return isinstance(text, str) and len(text) == VIN_LENGTH and _is_vin(text) is not None


@lru_cache(maxsize=32_768)  # a car reports often: the sum is worked out once while it is among the newest
def has_valid_check_digit(vin: str) -> bool:
    """Return whether the ninth place is the weighted sum modulo 11 (10 is written X); some makers ignore it."""
    letters = vin.upper()
    remainder = sum(map(mul, _WEIGHTS, map(_VALUES.__getitem__, letters))) % 11
    return letters[_CHECK_PLACE] == "0123456789X"[remainder]
