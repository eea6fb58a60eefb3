"""A place in a frame: every read is checked against the end, and every refusal names its byte."""

from datetime import UTC, datetime, timedelta, timezone

from ownerloop.adapters.formats.event import RefusedRecordError

BEIJING = timezone(timedelta(hours=8))  # GB/T 32960.3 §6.4: times are UTC+8, whatever zone the car is in
_TIME_BYTES = 6


class Cursor:
    """Reads a frame forwards; `end` is the first byte behind the data unit."""

    __slots__ = ("at", "end", "frame")

    def __init__(self, frame: bytes, *, at: int, end: int) -> None:
        self.frame, self.at, self.end = frame, at, end

    @property
    def left(self) -> int:
        """Return how many bytes of the data unit are still unread."""
        return self.end - self.at

    def take(self, count: int, what: str) -> bytes:
        """Return the next bytes, or refuse the frame where they begin."""
        if count > self.left:
            rule = f"{what} needs {count} bytes, {self.left} are left in the data unit"
            raise RefusedRecordError("beyond_frame", rule, at_byte=self.at)
        start, self.at = self.at, self.at + count
        return self.frame[start : self.at]

    def whole(self, width: int, what: str) -> int:
        """Return the next big-endian unsigned number."""
        return int.from_bytes(self.take(width, what), "big")

    def instant(self, what: str = "time") -> datetime:
        """Return the six bytes of Beijing time as an instant in UTC."""
        start = self.at
        year, month, day, hour, minute, second = self.take(_TIME_BYTES, what)
        try:
            local = datetime(2000 + year, month, day, hour, minute, second, tzinfo=BEIJING)
        except ValueError as error:
            raise RefusedRecordError("bad_time", f"{what} is no instant", at_byte=start) from error
        if local.year > 2099:  # noqa: PLR2004  # the standard counts years 0 to 99
            raise RefusedRecordError("bad_time", f"{what} lies outside 2000 to 2099", at_byte=start)
        return local.astimezone(UTC)

    def finish(self, what: str) -> None:
        """Refuse the frame unless the data unit is read to its last byte."""
        if self.left:
            rule = f"{self.left} bytes trail behind {what}"
            raise RefusedRecordError("trailing_bytes", rule, at_byte=self.at)
