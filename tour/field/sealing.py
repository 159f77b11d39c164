"""Changes that a tablet keeps sealed: each person's own key, closed to the PIN, to this server and to the Département's recovery key.

A person's vault has one data key (AES-256). What is sealed is ``iv (12 bytes) ‖ AES-GCM``, in base64. The data key travels closed to
this server's public key, so that what waits on a locked tablet can be sent, and a saved copy opened, with no PIN. The same in JavaScript:
static/sw/seal.js.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tour.settings import settings

IV = 12
POINT = 65  # an uncompressed point of P-256
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
INFO = b"tour vault"


class Sealed(Exception):
    """What was sent cannot be opened with the keys at hand. It is neither lost nor refused."""


class Opener(Protocol):
    """Gives the data key of a vault, from what the tablet keeps of it. Raises Sealed."""

    def __call__(self, vault: str, closed: Mapping[str, Any]) -> bytes: ...


@cache
def private_key(secret: str, home: Path) -> ec.EllipticCurvePrivateKey:
    """This server's key, made from the secret that signs: all machines with the same secret have the same."""
    seed = hkdf(settings().signing_secret().encode(), b"tour seal", 48)
    return ec.derive_private_key(int.from_bytes(seed, "big") % (P256_ORDER - 1) + 1, ec.SECP256R1())


def own_key() -> ec.EllipticCurvePrivateKey:
    return private_key(settings().secret, settings().home)


def public_key() -> dict[str, str]:
    """What tablets close data keys to: ``{id, key}``, the point in base64."""
    point = own_key().public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )  # fmt: skip
    return {"id": hashlib.sha256(point).hexdigest()[:16], "key": base64.b64encode(point).decode()}


def recovery_public_key() -> str:
    """The Département's recovery key as tablets take it (SubjectPublicKeyInfo in base64); empty when there is none."""
    path = settings().recovery_key
    return read_public(path, path.stat().st_mtime_ns) if path else ""


@cache
def read_public(path: Path, _changed: int) -> str:
    key = serialization.load_pem_public_key(path.read_bytes())
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < 2048:
        raise ValueError(f"{path} is no RSA public key of 2048 bits or more")
    return base64.b64encode(
        key.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    ).decode()


def by_server(vault: str, closed: Mapping[str, Any]) -> bytes:
    """A data key closed to this server: ``point ‖ iv ‖ AES-GCM`` under HKDF of the ECDH secret. Raises Sealed."""
    try:
        raw = base64.b64decode(closed["server"]["key"], validate=True)
        other = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw[:POINT])
        key = hkdf(own_key().exchange(ec.ECDH(), other), INFO, 32)
        return unlock(key, raw[POINT:], vault)
    except (KeyError, TypeError, ValueError) as error:
        raise Sealed(str(error)) from error


def by_recovery(private: rsa.RSAPrivateKey) -> Opener:
    """Opens data keys with the Département's private recovery key (RSA-OAEP, SHA-256)."""

    def data_key(vault: str, closed: Mapping[str, Any]) -> bytes:
        oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
        try:
            return private.decrypt(base64.b64decode(closed["recovery"]["key"], validate=True), oaep)
        except (KeyError, TypeError, ValueError) as error:
            raise Sealed(str(error)) from error

    return data_key


class Ring:
    """The vaults that came with a request or a copy, opened when first needed."""

    def __init__(self, vaults: Any, opener: Opener = by_server) -> None:
        self.vaults = vaults if isinstance(vaults, Mapping) else {}
        self.opener = opener
        self.keys: dict[str, bytes] = {}

    def open(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """The change with its patch in clear; itself when it is not sealed. Raises Sealed."""
        if "sealed" not in raw:
            return dict(raw)
        vault = str(raw.get("vault", ""))
        if vault not in self.keys:
            closed = self.vaults.get(vault)
            if not isinstance(closed, Mapping):
                raise Sealed(f"vault {vault} did not come with its changes")
            self.keys[vault] = self.opener(vault, closed)
        try:
            sealed = base64.b64decode(raw["sealed"], validate=True)
            patch = json.loads(unlock(self.keys[vault], sealed, bound(raw)))
        except (TypeError, ValueError, KeyError) as error:
            raise Sealed(str(error)) from error
        return {name: raw[name] for name in raw if name not in ("sealed", "vault")} | {
            "patch": patch
        }


def bound(raw: Mapping[str, Any]) -> str:
    """What a sealed patch is bound to: it opens in no other change and under no other name."""
    return "\n".join(str(raw.get(name, "")) for name in ("id", "kind", "doc", "by"))


def unlock(key: bytes, sealed: bytes, context: str) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:IV], sealed[IV:], context.encode())
    except InvalidTag as error:
        raise Sealed("closed with another key, or altered") from error


def hkdf(secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=None, info=info).derive(secret)
