"""How an identifier is written before it is compared: the one place, so that spellings never make two cars of one."""


def normalised(kind: str, identifier: str) -> str:
    """Return the identifier without outer blanks; a VIN (`vin`) in upper case, since ISO 3779 knows no lower case."""
    bare = identifier.strip()
    return bare.upper() if kind == "vin" else bare
