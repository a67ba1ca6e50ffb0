"""Certificates for a cluster without an authority of its own: of the service, and of the scheduler that asks it.

Two authorities sign them, so that nobody with a certificate of the one passes for a client of the other. Their keys
stay in the folder: whoever renews the certificates keeps the authorities, and nothing else needs to change.
"""

import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from placement.domain.errors import BadInput

_AUTHORITY_DAYS = 3650
_CLOCKS_DIFFER = timedelta(minutes=5)
_NAMESPACE = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class _Authority:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def make_certificates(folder: Path, namespace: str, days: int) -> list[Path]:
    """Write `tls`, signed by `ca`, and `client`, signed by `client-ca`, as .crt and .key; authorities are kept.

    `tls` is for the service `placement` of the namespace, and for this machine. Raises BadInput for no name of a
    namespace, and for authorities in the folder that cannot be used; OSError where it cannot be written to.
    """
    if not _NAMESPACE.fullmatch(namespace):
        raise BadInput(f"{namespace[:80]!r} is no name of a namespace: up to 63 of a-z, 0-9 and -, such as placement")
    folder.mkdir(parents=True, exist_ok=True)
    service = f"placement.{namespace}.svc"
    names = [x509.DNSName(name) for name in ("placement", service, f"{service}.cluster.local", "localhost")]
    here = [*names, x509.IPAddress(ip_address("127.0.0.1"))]
    of_service, of_clients = _authority(folder, "ca"), _authority(folder, "client-ca")
    return [
        *_leaf(folder, "tls", of_service, service, ExtendedKeyUsageOID.SERVER_AUTH, days, here),
        *_leaf(folder, "client", of_clients, "placement-scheduler", ExtendedKeyUsageOID.CLIENT_AUTH, days, []),
    ]


def _authority(folder: Path, name: str) -> _Authority:
    certificate, key = folder / f"{name}.crt", folder / f"{name}.key"
    if certificate.exists() or key.exists():
        return _read(certificate, key)
    made = ec.generate_private_key(ec.SECP256R1())
    subject = _named(f"placement {name}")
    signed = (
        _builder(subject, subject, made.public_key(), _AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(made.public_key()), critical=False)
        .sign(made, hashes.SHA256())
    )
    _write(key, _pem(made))
    _write(certificate, signed.public_bytes(Encoding.PEM))
    return _Authority(signed, made)


def _read(certificate: Path, key: Path) -> _Authority:
    try:
        found = x509.load_pem_x509_certificate(certificate.read_bytes())
        private = load_pem_private_key(key.read_bytes(), None)
    except FileNotFoundError as error:
        raise BadInput(f"{error.filename} is missing; its authority has no use without it, remove both files") from None
    except (ValueError, TypeError):
        raise BadInput(f"{certificate} and {key} hold no certificate with its key in PEM form; remove both") from None
    if not isinstance(private, ec.EllipticCurvePrivateKey) or found.public_key() != private.public_key():
        raise BadInput(f"{key} is not the key of {certificate}; remove both")
    if found.not_valid_after_utc <= datetime.now(UTC):
        raise BadInput(f"{certificate} expired on {found.not_valid_after_utc:%Y-%m-%d}; remove it and {key}")
    return _Authority(found, private)


def _leaf(
    folder: Path,
    name: str,
    by: _Authority,
    who: str,
    purpose: x509.ObjectIdentifier,
    days: int,
    names: list[x509.GeneralName],
) -> list[Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        _builder(_named(who), by.certificate.subject, key.public_key(), days)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.key.public_key()), critical=False)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    written = {
        folder / f"{name}.key": _pem(key),
        folder / f"{name}.crt": builder.sign(by.key, hashes.SHA256()).public_bytes(Encoding.PEM),
    }
    for file, content in written.items():
        _write(file, content)
    return list(written)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, days: int
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCKS_DIFFER)
        .not_valid_after(now + timedelta(days=days))
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write(file: Path, content: bytes) -> None:
    """All of it or nothing, and keys for their owner alone."""
    half = file.with_name(f".{file.name}.{os.getpid()}")
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as opened:
        opened.write(content)
    half.replace(file)
