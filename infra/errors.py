"""What goes wrong with the tools in a way that its own words explain."""


class ToldError(Exception):
    """One whose message tells a person what happened and what to do; the command line shows it without a traceback."""
