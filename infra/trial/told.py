"""What a store may know of its messages: when each went, what was known of its due day, and how it was answered."""

from dataclasses import dataclass, field

import numpy as np

from ownerloop.domain.lead_learning import UNANSWERED
from ownerloop.domain.rate import IntArray


@dataclass(frozen=True, slots=True)
class Seen:
    """Some messages in columns; `lags` and `answer_days` count from the message, UNANSWERED where there is none."""

    due: IntArray
    sent_on: IntArray
    lags: IntArray
    answer_days: IntArray


@dataclass(slots=True)
class Told:
    """The messages of one store in the order of sending, and the answer of each, by the cell of the car's cycle."""

    due: list[IntArray] = field(default_factory=list)
    sent_on: list[int] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    cells: list[IntArray] = field(default_factory=list)
    answers: dict[int, tuple[int, int]] = field(default_factory=dict)  # day of the answer, day of the visit

    def send(self, cells: IntArray, due: IntArray, *, on: int) -> None:
        """Keep what was sent on the day."""
        self.due.append(due)
        self.cells.append(cells)
        self.sent_on.append(on)
        self.counts.append(len(cells))

    def answer(self, cell: int, *, on: int, visit_on: int) -> None:
        """Keep an answer."""
        self.answers[cell] = on, visit_on

    def sent_between(self, since: int, until: int) -> Seen:
        """Return the messages sent from `since` to the day before `until`."""
        days = np.array(self.sent_on, dtype=np.int64)
        first, end = np.searchsorted(days, [since, until]).tolist()
        sent_on = np.repeat(days[first:end], self.counts[first:end])
        none = np.zeros(0, dtype=np.int64)
        cells = np.concatenate([none, *self.cells[first:end]]).tolist()
        came = np.array([self.answers.get(cell, (0, 0)) for cell in cells], dtype=np.int64).reshape(-1, 2)
        is_answered = came[:, 0] > 0
        return Seen(
            due=np.concatenate([none.reshape(0, 3), *self.due[first:end]]),
            sent_on=sent_on,
            lags=np.where(is_answered, came[:, 1] - sent_on, UNANSWERED),
            answer_days=np.where(is_answered, came[:, 0] - sent_on, UNANSWERED),
        )
