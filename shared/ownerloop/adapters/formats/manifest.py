"""What a manifest may say, checked when it is read: a source of vehicle data is data, not code."""

import re
from typing import Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Struct

from ownerloop.adapters.formats.paths import is_path
from ownerloop.adapters.formats.units import dimension, unit_named
from ownerloop.contracts import vocabulary as words

_is_name = re.compile(r"[a-z][a-z0-9_]*").fullmatch
_is_header = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}").fullmatch
_is_vss = re.compile(r"Vehicle(\.[A-Z][A-Za-z0-9]*)+").fullmatch
_OUR_UNITS = {
    words.ODOMETER: "m",
    words.DISTANCE_TO_SERVICE: "km",
    words.TIME_TO_SERVICE: "s",
    words.STATE_OF_CHARGE: "percent",
    words.LOW_VOLTAGE: "V",
    **dict.fromkeys(words.TYRE_PRESSURES, "kPa"),
    **dict.fromkeys(words.PAD_WEARS, "percent"),
    words.STATE_OF_HEALTH: "percent",
    words.OIL_LIFE: "s",
}
REQUIRABLE = frozenset({"vin", "recorded_at", "odometer"})


class ManifestError(ValueError):
    """A manifest breaks a rule: a fault of the build, never of a record."""


class ByVersion(Struct, frozen=True, forbid_unknown_fields=True):
    """A unit that follows from the major version of the source's own catalogue."""

    paths: tuple[str, ...]
    up_to: int
    unit: str
    then: str


class UnitRule(Struct, frozen=True, forbid_unknown_fields=True):
    """Where a record says its unit. Without an answer the value is ambiguous, unless there is a fixed unit."""

    paths: tuple[str, ...] = ()
    words: dict[str, str] = {}
    by_version: ByVersion | None = None
    fixed: str | None = None


class Field(Struct, frozen=True, forbid_unknown_fields=True):
    """One value: where it lies, its unit, our unit, and the range in which it is believed (in our unit)."""

    paths: tuple[str, ...]
    kind: Literal["number", "flag", "text", "codes"] = "number"
    unit: str | UnitRule | None = None
    to: str | None = None
    low: float | None = None
    high: float | None = None
    each: str = ""  # where a list holds objects: the path of the value in each

    def check(self, at: str) -> None:
        """Raise ManifestError for the first rule that the field breaks."""
        _check(bool(self.paths) and all(map(is_path, self.paths)), f"{at}.paths", "must lead somewhere")
        for unit in self.units():
            _check(unit_named(unit) == unit, f"{at}.unit", f"{unit} is no unit of ours")
            _check(
                self.to is not None and unit_named(self.to) == self.to and dimension(unit) == dimension(self.to),
                f"{at}.to",
                f"{unit} cannot become {self.to}",
            )
        if self.low is not None and self.high is not None:
            _check(self.low <= self.high, f"{at}.low", "must not be above high")

    def units(self) -> list[str]:
        """Return the units that the manifest itself names."""
        if not isinstance(self.unit, UnitRule):
            return [self.unit] if self.unit else []
        versions = [self.unit.by_version.unit, self.unit.by_version.then] if self.unit.by_version else []
        return [*self.unit.words.values(), *versions, *([self.unit.fixed] if self.unit.fixed else [])]


class Time(Struct, frozen=True, forbid_unknown_fields=True):
    """An instant or a day: where it lies and how it is written. A text without offset is read in `zone`."""

    paths: tuple[str, ...]
    time: Literal["iso", "epoch_s", "epoch_ms", "date", "year_month"]
    zone: str = "UTC"

    def check(self, at: str) -> None:
        """Raise ManifestError for the first rule that the time breaks."""
        _check(bool(self.paths) and all(map(is_path, self.paths)), f"{at}.paths", "must lead somewhere")
        try:
            ZoneInfo(self.zone)
        except ZoneInfoNotFoundError as error:
            raise ManifestError(f"{at}.zone: {self.zone} is no zone") from error


class Clue(Struct, frozen=True, forbid_unknown_fields=True):
    """What tells whether a limit is exceeded where the number itself does not: words, or a day that has passed."""

    paths: tuple[str, ...]
    overdue: tuple[str, ...] = ()
    remaining: tuple[str, ...] = ()
    time: Literal["iso", "date", ""] = ""


class Service(Struct, frozen=True, forbid_unknown_fields=True):
    """One service item, or a list of them (`each`); `overdue` says how a number tells that the limit is exceeded."""

    item: str = ""
    each: tuple[str, ...] = ()
    named_by: tuple[str, ...] = ()
    prefix: str = ""
    distance: Field | None = None
    span: Field | None = None
    due_odometer: Field | None = None
    due_on: tuple[Time, ...] = ()
    status: tuple[str, ...] = ()
    overdue: Literal["negative", "positive_after_limit"] = "negative"
    distance_clues: tuple[Clue, ...] = ()
    span_clues: tuple[Clue, ...] = ()

    def check(self, at: str) -> None:
        """Raise ManifestError for the first rule that the item breaks."""
        _check(bool(self.item) != bool(self.each), at, "names one item or a list of them")
        _check(not self.each or bool(self.named_by), f"{at}.named_by", "must say where an item is named")
        for name, field, unit, clues in (
            ("distance", self.distance, "m", self.distance_clues),
            ("span", self.span, "s", self.span_clues),
        ):
            if field is not None:
                field.check(f"{at}.{name}")
                _check(field.to == unit, f"{at}.{name}.to", f"must be {unit}")
                is_told = self.overdue == "negative" or bool(clues)
                _check(is_told, f"{at}.{name}_clues", "must tell overdue from remaining")
        if self.due_odometer is not None:
            self.due_odometer.check(f"{at}.due_odometer")
        for time in self.due_on:
            time.check(f"{at}.due_on")


class Group(Struct, frozen=True, forbid_unknown_fields=True):
    """A list of small objects kept as facts: where it lies, and which fields are taken."""

    each: tuple[str, ...]
    fields: dict[str, tuple[str, ...]]


class Challenge(Struct, frozen=True, forbid_unknown_fields=True):
    """How a source proves an address: the types of such deliveries, what it sends, and the key of the answer."""

    types: tuple[str, ...]
    paths: tuple[str, ...]
    answer: str


class Webhook(Struct, frozen=True, forbid_unknown_fields=True):
    """How a source delivers over HTTP: its signature, and where a delivery says what it is and when it was sent.

    `says` leads to what a delivery says, without what changes from one attempt to the next. A source that gives no id
    is known by that; one that gives no time of sending is held to the age of its readings alone.
    """

    signature_header: str
    type: tuple[str, ...]
    data_types: tuple[str, ...]
    says: tuple[str, ...]
    algorithm: Literal["hmac-sha256-hex"] = "hmac-sha256-hex"
    challenge: Challenge | None = None
    error_types: tuple[str, ...] = ()
    id: tuple[str, ...] = ()
    sent_at: tuple[Time, ...] = ()

    def check(self) -> None:
        """Raise ManifestError for the first rule that the section breaks."""
        _check(_is_header(self.signature_header) is not None, "webhook.signature_header", "is no name of a header")
        kinds = [*self.data_types, *self.error_types, *(self.challenge.types if self.challenge else ())]
        _check(bool(self.data_types) and len(set(kinds)) == len(kinds), "webhook.data_types", "must be told apart")
        for name, paths in (("type", self.type), ("says", self.says)):
            _check(bool(paths) and all(map(is_path, paths)), f"webhook.{name}", "must lead somewhere")
        _check(all(map(is_path, self.id)), "webhook.id", "must lead somewhere")
        if self.challenge is not None:
            leads = bool(self.challenge.paths) and all(map(is_path, self.challenge.paths))
            _check(leads and bool(self.challenge.answer), "webhook.challenge", "must lead somewhere and be answered")
        for time in self.sent_at:
            time.check("webhook.sent_at")


class Manifest(Struct, frozen=True, forbid_unknown_fields=True):
    """All there is to say about a source."""

    format: str
    version: int
    kind: str
    source: str
    records: tuple[str, ...] = ()
    vin: tuple[str, ...] = ()
    vehicle: tuple[str, ...] = ()
    recorded_at: tuple[Time, ...] = ()
    fetched_at: tuple[Time, ...] = ()
    requires: tuple[str, ...] = ()
    signals: dict[str, Field] = {}
    services: tuple[Service, ...] = ()
    facts: dict[str, Field] = {}
    groups: dict[str, Group] = {}
    webhook: Webhook | None = None

    @classmethod
    def parse(cls, text: str | bytes) -> Self:
        """Return the manifest, or raise ManifestError with the place and the rule that it breaks."""
        try:
            manifest = msgspec.json.decode(text, type=cls)
        except msgspec.MsgspecError as error:
            raise ManifestError(str(error)) from error
        manifest.check()
        return manifest

    def check(self) -> None:
        """Raise ManifestError for the first rule that the manifest breaks."""
        _check(_is_name(self.format) is not None, "format", "must be a name in small letters")
        _check(self.version >= 1, "version", "must be a whole number from 1 up")
        _check(bool(self.source), "source", "must say where the shape was read")
        _check(set(self.requires) <= REQUIRABLE, "requires", f"must be of {sorted(REQUIRABLE)}")
        _check("vin" not in self.requires or bool(self.vin), "vin", "is required and has no path")
        _check("recorded_at" not in self.requires or bool(self.recorded_at), "recorded_at", "is required, has no path")
        _check("odometer" not in self.requires or words.ODOMETER in self.signals, "signals", "must give the odometer")
        _check(bool(self.signals or self.services or self.facts), "signals", "must give something")
        for time in (*self.recorded_at, *self.fetched_at):
            time.check("time")
        for path, field in self.signals.items():
            _check(_is_vss(path) is not None, f"signals.{path}", "is no VSS path")
            field.check(f"signals.{path}")
            _check(_OUR_UNITS.get(path, field.to) == field.to, f"signals.{path}.to", "must be the contract's unit")
            kind = "codes" if path == words.FAULT_CODES else "number" if path in _OUR_UNITS else field.kind
            _check(field.kind == kind, f"signals.{path}.kind", f"must be {kind}")
        for name, field in self.facts.items():
            field.check(f"facts.{name}")
        for place, service in enumerate(self.services):
            service.check(f"services[{place}]")
        if self.webhook is not None:
            self.webhook.check()


def _check(holds: bool, at: str, rule: str) -> None:  # noqa: FBT001  # reads as a sentence
    if not holds:
        raise ManifestError(f"{at}: {rule}")
