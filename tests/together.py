"""Which tests run on one worker, one after another."""

from xdist.scheduler import LoadScopeScheduling

# What shares a stack or a build that takes seconds to make.
PLACES = {
    "tests/operation/": "operation",
    "tests/runtime/": "runtime",
    "tests/template/test_built.py": "sam build",
    "tests/template/test_deployed.py": "sam build",
    # The minute that the last of `test_schedule` waits for passes while the others run.
    "tests/emulator/test_schedule.py": "long-lived stacks",
    "tests/emulator/test_joined.py": "long-lived stacks",
    "tests/emulator/test_partner_gateway.py": "long-lived stacks",
}


class Together(LoadScopeScheduling):
    """Hand out test by test, but whole what shares something dear to make.

    The plugin's own groups travel in the names of the tests, which pytest 9.2 no longer lets it change
    (https://github.com/pytest-dev/pytest-xdist/issues/1386).
    """

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


def group_of(nodeid: str) -> str:
    """Return the group that a test belongs to: its place's, or its own name where it may run anywhere."""
    return next((group for place, group in PLACES.items() if nodeid.startswith(place)), nodeid)
