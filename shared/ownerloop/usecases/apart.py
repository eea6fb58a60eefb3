"""Work done for many at once, of which one's fault costs only its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

FAULTS_MAX = 3  # of single ones in a row: then it is the tables, and asking them for all would take the whole time


@dataclass(slots=True)
class Faults:
    """What befell whom, by surrogate, in a run that goes on for the others; raised when all had their turn."""

    met: dict[str, Exception] = field(default_factory=dict)
    _in_a_row: int = 0

    def spare(self, names: Sequence[str], work: Callable[[Sequence[str]], None]) -> None:
        """Do the work for all, or where that faults for each half: what was done before is done again.

        Nothing more is done once `FAULTS_MAX` single ones faulted in a row.
        """
        if not names or self._in_a_row >= FAULTS_MAX:
            return
        try:
            work(names)
        except Exception as fault:  # noqa: BLE001  # raised in the end; the others must not pay for it
            met = fault
        else:
            self._in_a_row = 0 if self._in_a_row < FAULTS_MAX else self._in_a_row  # the work may spare its own
            return
        if len(names) == 1:
            self.met[names[0]] = met
            self._in_a_row += 1
            return
        half = len(names) // 2
        self.spare(names[:half], work)
        self.spare(names[half:], work)

    def raise_first(self) -> None:
        """Raise the first fault, if there was one, so that what was not done comes again."""
        for fault in self.met.values():
            raise fault
