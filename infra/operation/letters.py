"""Messages of the given-up, looked at without losing them: whoever takes one out puts it back or removes it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from infra.operation.places import Place
from infra.operation.site import Site

HOLD_SECONDS = 120  # a page is handled in seconds; if we die, everything is back after this
PAGE = 10  # the most that SQS gives at once
BARREN_MAX = 2  # empty answers before a queue counts as empty: a short poll may miss what is there
LETTERS_MAX = 120_000  # in flight, which is the most that SQS lets anybody hold
STALE_MAX = 10_000  # pages of what we held for too long and got once more
REDRIVES = "redrives"  # the message attribute that counts how often an operator sent it back
_DEPTHS = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed")


@dataclass(frozen=True, slots=True)
class Letter:
    """One message of the given-up. `redrives` counts how often it was sent back before and came here again."""

    message_id: str
    body: str
    handle: str = field(repr=False)
    sent_at: datetime
    redrives: int = 0
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Box:
    """One queue of the given-up on a stack."""

    site: Site
    place: Place
    _held: dict[str, str] = field(default_factory=dict)  # message -> newest handle

    @property
    def url(self) -> str:
        """Return where the queue is."""
        return self.site.ids[self.place.name]

    def depth(self) -> int:
        """Return how many messages lie here, seen or not."""
        queue = self.site.client("sqs")
        said = queue.get_queue_attributes(QueueUrl=self.url, AttributeNames=list(_DEPTHS))["Attributes"]
        return sum(int(said.get(name, 0)) for name in _DEPTHS)

    def letters(self, *, most: int = LETTERS_MAX) -> Iterator[Letter]:
        """Yield at most so many messages, each once; what was not removed by the end is put back."""
        seen: set[str] = set()
        barren = stale = 0
        try:
            while barren < BARREN_MAX and stale < STALE_MAX and len(seen) < most:
                page = self._receive(min(PAGE, most - len(seen)))
                new = [letter for letter in page if letter.message_id not in seen]
                barren = 0 if page else barren + 1
                stale += bool(page) and not new
                self._held |= {letter.message_id: letter.handle for letter in page}
                seen |= {letter.message_id for letter in new}
                yield from new
        finally:
            self._put_back()

    def remove(self, letter: Letter) -> None:
        """Remove a message for good."""
        queue = self.site.client("sqs")
        queue.delete_message(QueueUrl=self.url, ReceiptHandle=self._held.pop(letter.message_id, letter.handle))

    def _receive(self, most: int) -> list[Letter]:
        answer = self.site.client("sqs").receive_message(
            QueueUrl=self.url,
            MaxNumberOfMessages=most,
            VisibilityTimeout=HOLD_SECONDS,
            WaitTimeSeconds=0 if self.site.is_local else 1,
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        return [_letter(message) for message in answer.get("Messages", ())]

    def _put_back(self) -> None:
        handles = list(self._held.values())
        self._held.clear()
        queue = self.site.client("sqs")
        for at in range(0, len(handles), PAGE):
            entries = [
                {"Id": str(number), "ReceiptHandle": handle, "VisibilityTimeout": 0}
                for number, handle in enumerate(handles[at : at + PAGE])
            ]
            queue.change_message_visibility_batch(QueueUrl=self.url, Entries=entries)


def counted(redrives: int) -> dict[str, Any]:
    """Return the message attributes that say how often an operator sent a message back."""
    return {REDRIVES: {"DataType": "Number", "StringValue": str(redrives)}}


def oldest_of(letters: Sequence[Letter]) -> datetime | None:
    """Return when the oldest was first sent, or None where there is none."""
    return min((letter.sent_at for letter in letters), default=None)


def _letter(message: Mapping[str, Any]) -> Letter:
    told = {name: said.get("StringValue", "") for name, said in message.get("MessageAttributes", {}).items()}
    redrives = told.pop(REDRIVES, "")
    return Letter(
        message_id=message["MessageId"],
        body=message["Body"],
        handle=message["ReceiptHandle"],
        sent_at=datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC),
        redrives=int(redrives) if redrives.isdecimal() else 0,
        attributes=told,
    )
