"""Access tokens that are checked, not remembered, so that they outlive a restart."""

import hmac
from datetime import UTC, datetime, timedelta

from infra.simulator import errors
from infra.simulator.errors import RefusedError
from infra.simulator.reply import Reply, accepted
from infra.simulator.settings import Settings

VALID_FOR = timedelta(seconds=7200)


class Tokens:
    """Gives out tokens for the right secret, and tells good ones from bad and old ones."""

    def __init__(self, settings: Settings) -> None:
        self._corp_id, self._secret, self._seed = settings.corp_id, settings.secret, settings.seed

    def issue(self, corp_id: str, secret: str, now: datetime) -> Reply:
        """Return a token, the same one for the same second."""
        if not corp_id:
            raise RefusedError(errors.NO_CORP_ID, "corpid missing")
        if not secret:
            raise RefusedError(errors.NO_SECRET, "corpsecret missing")
        if corp_id != self._corp_id:
            raise RefusedError(errors.BAD_CORP_ID, "invalid corpid")
        if secret != self._secret:
            raise RefusedError(errors.BAD_SECRET, "invalid credential")
        second = f"{int(now.timestamp()):x}"
        return accepted(access_token=f"{second}-{self._seal(second)}", expires_in=int(VALID_FOR.total_seconds()))

    def check(self, token: str, now: datetime) -> None:
        """Refuse a token that is missing, not ours, or too old."""
        if not token:
            raise RefusedError(errors.NO_TOKEN, "access_token missing")
        second, _, seal = token.partition("-")
        if not hmac.compare_digest(seal.encode(), self._seal(second).encode()):
            raise RefusedError(errors.BAD_TOKEN, "invalid access_token")
        if now >= datetime.fromtimestamp(int(second, 16), UTC) + VALID_FOR:
            raise RefusedError(errors.TOKEN_EXPIRED, "access_token expired")

    def _seal(self, second: str) -> str:
        return hmac.digest(f"{self._seed} {self._secret}".encode(), second.encode(), "sha512").hex()
