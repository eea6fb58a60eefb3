"""Refusals as WeCom words them: an errcode that means something, an errmsg for people."""

from collections.abc import Sequence

BUSY = -1
OK = 0
BAD_SECRET = 40001
BAD_USERID = 40003
BAD_CORP_ID = 40013
BAD_TOKEN = 40014
BAD_CHARACTER = 40033
BAD_PARAMETER = 40058
EMPTY_PARAMETER = 40063
BAD_EXTERNAL_USERID = 40096
NO_TOKEN = 41001
NO_CORP_ID = 41002
NO_SECRET = 41004
NO_MSGID = 41046
BAD_MSGID = 41047
NOBODY_TO_SEND_TO = 41048
DISPATCHING = 41063
BAD_ATTACHMENT_TYPE = 41065
TOKEN_EXPIRED = 42001
TOO_OFTEN = 45009
BAD_JSON = 47001


class RefusedError(Exception):
    """A call that the provider answers with an errcode, and that changed nothing."""

    def __init__(self, errcode: int, reason: str, *, fail_list: Sequence[str] = ()) -> None:
        super().__init__(f"{errcode}: {reason}")
        self.errcode, self.reason, self.fail_list = errcode, reason, tuple(fail_list)

    @property
    def errmsg(self) -> str:
        """Return the sentence that stands in the answer."""
        return f"{self.reason}, more info at https://open.work.weixin.qq.com/devtool/query?e={self.errcode}"
