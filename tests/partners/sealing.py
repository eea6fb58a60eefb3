"""WeCom's side of a callback, by the published algorithm; shares nothing with the code that opens it."""

import base64
import hashlib
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

TOKEN = "token-of-the-tests"
AES_KEY = base64.b64encode(bytes(range(32))).decode().rstrip("=")
CORP_ID = "ww_test"


@dataclass(frozen=True, slots=True)
class Corp:
    token: str = TOKEN
    aes_key: str = AES_KEY
    receive_id: str = CORP_ID


def padded(plain: bytes, *, size: int | None = None) -> bytes:
    size = size or 32 - len(plain) % 32
    return plain + bytes([size]) * size


def encrypt(plain: bytes, *, aes_key: str = AES_KEY) -> str:
    key = base64.b64decode(aes_key + "=")
    cipher = Cipher(algorithms.AES256(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(cipher.update(plain) + cipher.finalize()).decode()


def seal(message: str, corp: Corp | None = None) -> str:
    corp = corp or Corp()
    inner = message.encode()
    plain = b"0123456789abcdef" + len(inner).to_bytes(4, "big") + inner + corp.receive_id.encode()
    return encrypt(padded(plain), aes_key=corp.aes_key)


def sign(encrypted: str, *, token: str = TOKEN, timestamp: str = "1767600000", nonce: str = "nonce") -> dict[str, str]:
    text = "".join(sorted([token, timestamp, nonce, encrypted]))
    return {"msg_signature": hashlib.sha1(text.encode()).hexdigest(), "timestamp": timestamp, "nonce": nonce}  # noqa: S324


def a_message(
    *,
    change: str = "del_follow_user",
    event: str = "change_external_contact",
    external_userid: str = "wm_owner_1",
    staff_userid: str = "staff_1",
    at: str = "1767600000",
) -> str:
    return (
        f"<xml><ToUserName><![CDATA[{CORP_ID}]]></ToUserName><FromUserName><![CDATA[sys]]></FromUserName>"
        f"<CreateTime>{at}</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[{event}]]></Event>"
        f"<ChangeType><![CDATA[{change}]]></ChangeType><UserID><![CDATA[{staff_userid}]]></UserID>"
        f"<ExternalUserID><![CDATA[{external_userid}]]></ExternalUserID></xml>"
    )


def a_body(encrypted: str) -> str:
    return (
        f"<xml><ToUserName><![CDATA[{CORP_ID}]]></ToUserName><AgentID><![CDATA[]]></AgentID>"
        f"<Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
    )
