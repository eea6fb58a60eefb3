"""The envelope of WeCom's callbacks (document 91144): SHA-1 signature, AES-256-CBC, padding to blocks of 32 bytes.

plain = 16 random bytes + length of the message (big-endian, 4 bytes) + message + receive id
"""

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from hmac import compare_digest

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC

from ownerloop.domain.errors import OwnerLoopError

BLOCK_BYTES = 32  # of the padding; AES itself has 16
_RANDOM_BYTES, _LENGTH_BYTES, _IV_BYTES = 16, 4, 16
_KEY_CHARACTERS = 43


class CallbackRefusedError(OwnerLoopError):
    """A callback that is not proved to be WeCom's, or is and cannot be read; `reason` says why."""

    def __init__(self, *, reason: str, is_proved: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.is_proved = reason, is_proved


@dataclass(frozen=True, slots=True)
class CallbackKey:
    """One version of the token and key that WeCom and we share."""

    token: str = field(repr=False)
    aes_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a callback carries: the sealed text, and what was signed with it."""

    signature: str
    timestamp: str
    nonce: str
    encrypted: str


def opened(sealed: Sealed, *, keys: Iterable[CallbackKey], receive_id: str) -> bytes:
    """Return the message, opened with the version of the key that signed it; raise CallbackRefusedError if none did."""
    for key in keys:
        if compare_digest(signature_of(sealed, token=key.token).encode(), sealed.signature.encode()):
            return _decrypted(sealed.encrypted, key=key, receive_id=receive_id)
    raise CallbackRefusedError(reason="bad_signature")


def signature_of(sealed: Sealed, *, token: str) -> str:
    """Return the signature that WeCom puts on this under a token."""
    parts = sorted((token, sealed.timestamp, sealed.nonce, sealed.encrypted))
    return hashlib.sha1("".join(parts).encode(), usedforsecurity=False).hexdigest()  # WeCom's choice


def _decrypted(text: str, *, key: CallbackKey, receive_id: str) -> bytes:
    secret = _bytes_of(f"{key.aes_key}=") if len(key.aes_key) == _KEY_CHARACTERS else b""
    encrypted = _bytes_of(text)
    if len(secret) != BLOCK_BYTES or not encrypted or len(encrypted) % BLOCK_BYTES:
        raise CallbackRefusedError(reason="not_decryptable")
    cipher = Cipher(AES256(secret), CBC(secret[:_IV_BYTES])).decryptor()
    plain = _unpadded(cipher.update(encrypted) + cipher.finalize())
    starts = _RANDOM_BYTES + _LENGTH_BYTES
    ends = starts + int.from_bytes(plain[_RANDOM_BYTES:starts], "big")
    if len(plain) < starts or ends > len(plain):
        raise CallbackRefusedError(reason="not_decryptable")
    if not compare_digest(plain[ends:], receive_id.encode()):
        raise CallbackRefusedError(reason="foreign_receiver")
    return plain[starts:ends]


def _unpadded(padded: bytes) -> bytes:
    size = padded[-1]
    if not 1 <= size <= BLOCK_BYTES or padded[-size:] != bytes([size]) * size:
        raise CallbackRefusedError(reason="not_decryptable")
    return padded[:-size]


def _bytes_of(text: str) -> bytes:
    try:
        return base64.b64decode(text.encode(), validate=True)
    except ValueError:
        return b""
