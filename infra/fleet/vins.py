"""Synthetic VINs: a world code that no region was ever given, and a check digit that is right."""

SYNTHETIC_WMI = "0DM"  # ISO 3780 gives no region the first character 0
_VALUES = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", (*range(1, 9), *range(1, 6), 7, 9, *range(2, 10)), strict=True))
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)  # 49 CFR 565.15, table V
_CHECK_PLACE = 8


def synthetic_vin(number: int, *, model_code: str = "DEMXX") -> str:
    """Return the VIN of the nth synthetic car; `model_code` fills places 4 to 8."""
    serial = f"{number:08d}"
    unchecked = f"{SYNTHETIC_WMI}{model_code}0{serial}"
    return f"{unchecked[:_CHECK_PLACE]}{check_digit(unchecked)}{unchecked[_CHECK_PLACE + 1 :]}"


def check_digit(vin: str) -> str:
    """Return what belongs in the ninth place of a VIN (0-9 or X); what stands there now does not matter."""
    total = sum(weight * _value(character) for weight, character in zip(_WEIGHTS, vin, strict=True))
    return "0123456789X"[total % 11]


def _value(character: str) -> int:
    return int(character) if character.isdigit() else _VALUES[character]
