"""What makes a file of transactions unusable as a whole."""


class SheetError(ValueError):
    """A file cannot be used at all; the sentence says why."""
