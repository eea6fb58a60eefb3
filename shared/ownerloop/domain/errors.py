"""What the rules refuse.

OwnerLoopError
├── MalformedEventError      the message breaks the rule of one of its fields
├── UnknownVehicleError      no enrolment ever named this car
├── NoLiveConsentError       nothing in force covers the data at its event time and now
├── TimeOutOfRangeError      the event is too old, or lies in the future
├── InsufficientPointsError  more points are asked for than can be spent on the day
├── CaseRefusedError         an answer does not fit the case it names
├── IdentityRefusedError     two persons cannot be joined, or one cannot be parted from the other
├── AudienceError            a predicate over owners breaks a rule of its language
├── VersionConflictError     somebody wrote the item since it was read; read it again
├── IllegalTransitionError   a contact cannot move from its state to that one
├── UnauthorizedError        a partner's token proves nothing
├── ScopeMissingError        the partner may not ask for this at all
├── ConsentRequiredError     the partner may ask, but the owner does not share it any more
├── NotShownError            there is nothing that this partner could be told of
├── ProviderUnavailableError a question to a provider got no usable answer; ask again later
└── MissingSettingError      a value the function needs is not in its environment
"""


class OwnerLoopError(Exception):
    """The root of every refusal; `reason` is its code in counts and reports."""

    reason = "refused"


class MalformedEventError(OwnerLoopError):
    """A field of a message breaks a rule."""

    reason = "malformed"

    def __init__(self, *, field: str, rule: str, reason: str = "malformed") -> None:
        super().__init__(f"{field}: {rule}")
        self.field, self.rule, self.reason = field, rule, reason


class UnknownVehicleError(OwnerLoopError):
    """The VIN was never linked."""

    reason = "unknown_vehicle"


class NoLiveConsentError(OwnerLoopError):
    """No consent in force covers the data."""

    reason = "no_consent"


class TimeOutOfRangeError(OwnerLoopError):
    """The event time lies outside what the intake takes."""

    def __init__(self, *, reason: str, age_seconds: int) -> None:
        super().__init__(f"{reason}: the event is {age_seconds} s old")
        self.reason, self.age_seconds = reason, age_seconds


class InsufficientPointsError(OwnerLoopError):
    """More points are asked for than are usable on the day, or none at all."""

    reason = "insufficient_points"

    def __init__(self, *, asked: int, held: int) -> None:
        super().__init__(f"asked for {asked} points, {held} can be spent")
        self.asked, self.held = asked, held


class CaseRefusedError(OwnerLoopError):
    """The case is unknown, closed, of another kind, or its doubt is gone; `reason` says which."""

    def __init__(self, *, reason: str, rule: str, field: str = "subject") -> None:
        super().__init__(rule)
        self.reason, self.rule, self.field = reason, rule, field


class AudienceError(OwnerLoopError):
    """A predicate breaks a rule of the audience language; `path` says where, empty for the whole of it."""

    reason = "malformed_audience"

    def __init__(self, *, path: str, rule: str) -> None:
        super().__init__(f"{path or 'the audience'} {rule}")
        self.path, self.rule = path, rule


class IdentityRefusedError(OwnerLoopError):
    """The persons are unknown, one already, not one at all or proved to be two; `reason` says which."""

    def __init__(self, *, reason: str, rule: str, field: str = "subject") -> None:
        super().__init__(rule)
        self.reason, self.rule, self.field = reason, rule, field


class VersionConflictError(OwnerLoopError):
    """The item changed between the read and the conditional write."""

    reason = "version_conflict"

    def __init__(self, *, item: str) -> None:
        super().__init__(f"{item} was written by somebody else since it was read")
        self.item = item


class IllegalTransitionError(OwnerLoopError):
    """A contact may not move this way."""

    reason = "illegal_transition"

    def __init__(self, *, contact_id: str, held: str, asked: str) -> None:
        super().__init__(f"contact {contact_id} is {held} and cannot become {asked}")
        self.contact_id, self.held, self.asked = contact_id, held, asked


class MissingSettingError(OwnerLoopError):
    """An environment value that the function needs is absent."""

    reason = "missing_setting"

    def __init__(self, *, name: str) -> None:
        super().__init__(f"environment value {name} is missing")
        self.name = name


class ProviderUnavailableError(OwnerLoopError):
    """A question to a provider got no usable answer; nothing follows from that, and it is asked again later."""

    reason = "provider_unavailable"

    def __init__(self, *, cause: str) -> None:
        super().__init__(f"no usable answer: {cause}")
        self.cause = cause


class UnauthorizedError(OwnerLoopError):
    """The token proves nothing; API Gateway answers 401 to exactly this one word."""

    reason = "unauthorized"

    def __init__(self, *, rule: str) -> None:
        super().__init__("Unauthorized")
        self.rule = rule


class ScopeMissingError(OwnerLoopError):
    """The partner lacks the scope of the action."""

    reason = "scope_missing"

    def __init__(self, *, scope: str) -> None:
        super().__init__(f"scope {scope} is missing")
        self.scope = scope


class ConsentRequiredError(OwnerLoopError):
    """The owner shared this once and does not any more."""

    reason = "consent_required"


class NotShownError(OwnerLoopError):
    """Unknown, foreign or never shared: the caller is not told which."""

    reason = "not_found"
