"""Certificates that tests make for themselves."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its key, in memory and in files."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    certificate_file: Path
    key_file: Path


def certificate(
    folder: Path,
    name: str,
    by: Pair | None = None,
    *,
    begins: timedelta = -DAY,
    ends: timedelta = DAY,
    organisation: str = "",
) -> Pair:
    """For 127.0.0.1, from and to so long from now; signed by another, or by itself and then fit to sign others."""
    key = ec.generate_private_key(ec.SECP256R1())
    now, parts = datetime.now(UTC), [x509.NameAttribute(NameOID.COMMON_NAME, name)]
    if organisation:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation))
    subject = x509.Name(parts)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + begins)
        .not_valid_after(now + ends)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
        .sign(by.key if by else key, hashes.SHA256())
    )
    pair = Pair(made, key, folder / f"{name}.pem", folder / f"{name}.key")
    pair.certificate_file.write_bytes(made.public_bytes(Encoding.PEM))
    pair.key_file.write_bytes(_written(key))
    return pair


def locked(pair: Pair, password: bytes) -> Path:
    """The key in a file that a password opens."""
    file = pair.key_file.with_suffix(".locked")
    file.write_bytes(pair.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password)))
    return file


def _written(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
