"""The access token: fetched once, shared by all invocations, renewed when the provider calls it stale."""

from collections.abc import Callable
from datetime import datetime, timedelta

from ownerloop.adapters.wecom.errors import OK, NoAnswerError, NotSentError
from ownerloop.adapters.wecom.transport import Deadline, Json, Transport
from ownerloop.outreach_ports import TokenCache

MARGIN = timedelta(minutes=5)  # not used in its last minutes, so that it lives through the call


class Tokens:
    """The token of one company and application (document 91039)."""

    def __init__(self, transport: Transport, cache: TokenCache, credentials: Callable[[], tuple[str, str]]) -> None:
        self._transport, self._cache, self._credentials = transport, cache, credentials
        self._held: tuple[str, datetime] | None = None

    def current(self, *, now: datetime, until: Deadline) -> str:
        """Return a token that is good at `now`: this process's own, the shared one, or a new one."""
        if not _is_good(self._held, now):
            self._held = self._cache.get()
        if not _is_good(self._held, now):
            self._held = self._fetched(now, until)
        return _token(self._held)

    def renewed(self, *, stale: str, now: datetime, until: Deadline) -> str:
        """Return another token than the stale one: what somebody else fetched meanwhile, or a new one."""
        shared = self._cache.get()
        is_newer = _is_good(shared, now) and _token(shared) != stale
        self._held = shared if is_newer else self._fetched(now, until)
        return _token(self._held)

    def _fetched(self, now: datetime, until: Deadline) -> tuple[str, datetime]:
        corp_id, secret = self._credentials()
        answer = self._ask(corp_id, secret, until)
        if answer["errcode"] != OK:
            raise NotSentError(cause=f"token_refused_{answer['errcode']}")
        token, seconds = str(answer["access_token"]), int(answer["expires_in"])
        expires_at = now + timedelta(seconds=seconds)
        self._cache.put(token, expires_at)
        return token, expires_at

    def _ask(self, corp_id: str, secret: str, until: Deadline) -> Json:
        query = {"corpid": corp_id, "corpsecret": secret}
        try:
            return self._transport.get("/cgi-bin/gettoken", query=query, until=until)
        except NoAnswerError as error:
            raise NotSentError(cause=f"token_{error.cause}") from error  # asking for a token sends nothing


def _is_good(held: tuple[str, datetime] | None, now: datetime) -> bool:
    return held is not None and held[1] - MARGIN > now


def _token(held: tuple[str, datetime] | None) -> str:
    assert held is not None  # noqa: S101 - asked for only after a token was found good or fetched
    return held[0]
