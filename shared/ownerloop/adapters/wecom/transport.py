"""One HTTP call to WeCom, which ends in an answer, in `NotSentError` or in `NoAnswerError`."""

import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import urllib3
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from ownerloop.adapters.wecom.errors import NoAnswerError, NotSentError

Json = dict[str, Any]
CONNECT_SECONDS_MAX = 2.0
READ_SECONDS_MAX = 5.0
TOTAL_SECONDS_MAX = 8.0  # of one question of the client's, with every try, pause and token
BODY_BYTES_MAX = 4 * 1024 * 1024  # a page of 1,000 results takes 150 KB
_HTTP_OK = 200


class Deadline:
    """The end of the time that one question may take."""

    def __init__(self, seconds: float = TOTAL_SECONDS_MAX) -> None:
        self._ends = time.monotonic() + seconds

    @property
    def seconds_left(self) -> float:
        """Return what is left, never below 0."""
        return max(0.0, self._ends - time.monotonic())


class Transport:
    """Calls below one base URL."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url.rstrip("/")
        self._pool = urllib3.PoolManager(maxsize=2)

    def get(self, path: str, *, query: Mapping[str, str], until: Deadline) -> Json:
        """Return the answer to a GET."""
        return self._call("GET", path, query, None, until)

    def post(self, path: str, body: Json, *, query: Mapping[str, str], until: Deadline) -> Json:
        """Return the answer to a POST, made on a connection of its own.

        A kept connection may be dead after the sandbox slept, which cannot be told from a lost answer.
        """
        self._pool.clear()
        return self._call("POST", path, query, json.dumps(body, ensure_ascii=False).encode(), until)

    def _call(self, method: str, path: str, query: Mapping[str, str], body: bytes | None, until: Deadline) -> Json:
        if (left := until.seconds_left) <= 0:
            raise NotSentError(cause="no_time_left")
        timeout = urllib3.Timeout(connect=min(CONNECT_SECONDS_MAX, left), read=min(READ_SECONDS_MAX, left))
        try:
            response = self._pool.request(
                method,
                f"{self._base_url}{path}?{urlencode(query)}",
                body=body,
                headers={"Content-Type": "application/json"},
                timeout=timeout,
                retries=False,
                redirect=False,
                preload_content=False,
            )
        except HTTPError as error:
            raise _trouble(error) from None  # its text holds the token
        return _answer(response)


def _answer(response: urllib3.BaseHTTPResponse) -> Json:
    try:
        raw = response.read(BODY_BYTES_MAX)
    except HTTPError as error:
        raise NoAnswerError(cause=type(error).__name__) from None
    response.release_conn()
    if response.status != _HTTP_OK:
        raise NoAnswerError(cause=f"http_{response.status}")
    try:
        answer = json.loads(raw)
    except ValueError:
        raise NoAnswerError(cause="no_json") from None
    if not isinstance(answer, dict) or not isinstance(answer.get("errcode"), int):
        raise NoAnswerError(cause="no_errcode")
    return answer


def _trouble(error: HTTPError) -> NotSentError | NoAnswerError:
    cause = type(error).__name__
    never_left = isinstance(error, NewConnectionError | ConnectTimeoutError)
    return NotSentError(cause=cause) if never_left else NoAnswerError(cause=cause)
