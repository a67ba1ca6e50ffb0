"""What an issuer publishes of its keys: public ones, for signatures, that are long enough. The rest is passed over."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

_RSA_BITS = range(2_048, 8_193)
"""Shorter keys can be broken, longer ones take long."""
_KINDS = ("RSA", "EC", "OKP")
_MOST_KEYS = 100


@dataclass(frozen=True, slots=True)
class PublicKey:
    """One key of an issuer."""

    key: Any
    algorithm: str | None
    """The only one that it is for; None: any for keys of its kind."""


def keys_in(document: Any) -> Mapping[str, PublicKey]:
    """The usable keys of a JWKS document by `kid`; of two with one name, the first."""
    listed = document.get("keys") if isinstance(document, dict) else None
    found: dict[str, PublicKey] = {}
    for each in listed[:_MOST_KEYS] if isinstance(listed, list) else ():
        name = each.get("kid") if isinstance(each, dict) else None
        if isinstance(name, str) and name not in found and (key := _usable(each)) is not None:
            found[name] = key
    return found


def _usable(written: dict[str, Any]) -> PublicKey | None:
    operations = written.get("key_ops", ["verify"])
    for_signatures = isinstance(operations, list) and "verify" in operations and written.get("use", "sig") == "sig"
    if written.get("kty") not in _KINDS or not for_signatures:
        return None
    try:
        key = jwt.PyJWK(written).key
    except Exception:
        # Whatever the library trips over, there is no key in it.
        return None
    if isinstance(key, RSAPublicKey):
        fit = key.key_size in _RSA_BITS
    else:
        fit = isinstance(key, EllipticCurvePublicKey | Ed25519PublicKey)
    algorithm = written.get("alg")
    return PublicKey(key, algorithm if isinstance(algorithm, str) else None) if fit else None
