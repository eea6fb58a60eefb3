"""WeCom's side of a callback: a message sealed and signed by the published algorithm (document 91144) and posted.

Shares no code with the function that opens it.
"""

import base64
import hashlib
from collections.abc import Mapping
from urllib.parse import urlencode

import urllib3
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC

PATIENCE_SECONDS = 30.0  # a busy laptop starts a function slowly
_BLOCK_BYTES = 32
_NONCE = "7d1f03"


class CallbackFailedError(Exception):
    """The callback's address did not take a message that is signed as it should be."""

    def __init__(self, *, status: int) -> None:
        super().__init__(f"a callback was answered {status}")
        self.status = status


def call_back(fields: Mapping[str, str], *, url: str, secret: Mapping[str, str]) -> None:
    """Post a `change_external_contact` event with these fields, sealed with the keys of a secret."""
    said = {"ToUserName": secret["corpid"], "FromUserName": "sys", "MsgType": "event"}
    said |= {"Event": "change_external_contact", **fields}
    sealed = _sealed(_xml(said), aes_key=secret["callback_aes_key"], receive_id=secret["corpid"])
    signed = _signed(sealed, token=secret["callback_token"], timestamp=fields["CreateTime"])
    body = _xml({"ToUserName": secret["corpid"], "AgentID": "", "Encrypt": sealed})
    answer = urllib3.request("POST", f"{url}?{urlencode(signed)}", body=body, retries=False, timeout=PATIENCE_SECONDS)
    if answer.status != 200:  # noqa: PLR2004  # the one answer that WeCom takes for heard
        raise CallbackFailedError(status=answer.status)


def _xml(fields: Mapping[str, str]) -> str:
    return "<xml>" + "".join(f"<{name}><![CDATA[{text}]]></{name}>" for name, text in fields.items()) + "</xml>"


def _sealed(message: str, *, aes_key: str, receive_id: str) -> str:
    key, inner = base64.b64decode(aes_key + "="), message.encode()
    filler = hashlib.sha256(inner).digest()[:16]  # WeCom draws it; here a message is always sealed alike
    plain = filler + len(inner).to_bytes(4, "big") + inner + receive_id.encode()
    short = _BLOCK_BYTES - len(plain) % _BLOCK_BYTES
    cipher = Cipher(AES256(key), CBC(key[:16])).encryptor()
    return base64.b64encode(cipher.update(plain + bytes([short]) * short) + cipher.finalize()).decode()


def _signed(sealed: str, *, token: str, timestamp: str) -> dict[str, str]:
    parts = "".join(sorted((token, timestamp, _NONCE, sealed)))
    digest = hashlib.sha1(parts.encode(), usedforsecurity=False).hexdigest()  # WeCom's choice
    return {"msg_signature": digest, "timestamp": timestamp, "nonce": _NONCE}
