"""How identifiers are written: one spelling before they are compared, and what in a free text could be one."""

import re
from functools import lru_cache

_FULL_WIDTH = {code + 0xFEE0: code for code in range(0x21, 0x7F)}
_between_digits = re.compile(r"(?<=\d)[ ().-]+(?=\d)")
_names_somebody = re.compile(
    r"(?<!\d)(?:86)?1[3-9]\d{9}(?!\d)"  # a Chinese mobile phone
    r"|(?<![A-Z0-9])(?=[A-Z]*\d)[A-HJ-NPR-Z0-9]{17}(?![A-Z0-9])"  # a VIN
    r"|[\u4e00-\u9fff][A-Z][A-Z0-9]{4,5}[A-Z0-9\u4e00-\u9fff]"  # a plate
    r"|(?<![\w-])(?:W[MO][\w-]{30}|O[\w-]{27})(?![\w-])"  # what WeCom and WeChat call a person
    r"|@"
).search


def normalised(kind: str, identifier: str) -> str:
    """Return the identifier without outer blanks; a VIN (`vin`) in upper case, since ISO 3779 knows no lower case."""
    bare = identifier.strip()
    return bare.upper() if kind == "vin" else bare


@lru_cache(maxsize=1024)  # asked of every event's source, and few sources send all of them
def could_name_somebody(text: str) -> bool:
    """Return whether a VIN, phone, plate, address or open id could stand in it, in groups or full width as well."""
    plain = text.translate(_FULL_WIDTH).upper()
    return _names_somebody(_between_digits.sub("", plain)) is not None
