"""What `placement serve` proves itself by, a certificate with its key, and perhaps whose clients it answers."""

import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from placement.cli.tls_renewal import renewed
from placement.domain.errors import BadInput

CERTIFICATE, KEY, CLIENT_CA = "--tls-certificate", "--tls-key", "--tls-client-ca"


def context_of(certificate: Path | None, key: Path | None, client_ca: Path | None) -> ssl.SSLContext | None:
    """TLS from 1.2 on with these files, None without any; raises BadInput, naming the option whose file is wrong.

    When the files change, new connections get what they are by then.
    """
    if certificate is None or key is None:
        if certificate is None and key is None and client_ca is None:
            return None
        lacking = CERTIFICATE if certificate is None else KEY
        raise BadInput(f"{lacking} is missing; TLS needs a certificate and its key, in files in PEM form")
    files = [certificate, key, *([client_ca] if client_ca else [])]
    return renewed(
        _read_context(certificate, key, client_ca), files, lambda: _read_context(certificate, key, client_ca)
    )


def _read_context(certificate: Path, key: Path, client_ca: Path | None) -> ssl.SSLContext:
    _check_pair(certificate, key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key)
    except ssl.SSLError as error:
        raise BadInput(f"{CERTIFICATE}: {certificate} cannot be used: {_reason(error)}") from None
    if client_ca is not None:
        _check_dates(CLIENT_CA, client_ca, _certificates(CLIENT_CA, client_ca))
        context.load_verify_locations(client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def _check_pair(certificate: Path, key: Path) -> None:
    first, *rest = _certificates(CERTIFICATE, certificate)
    if first.public_key() != _private_key(key).public_key():
        raise BadInput(f"{KEY}: {key} is not the key of the first certificate in {certificate}")
    _check_dates(CERTIFICATE, certificate, [first, *rest])


def _certificates(option: str, path: Path) -> list[Any]:
    from cryptography import x509

    try:
        return x509.load_pem_x509_certificates(_read(option, path))
    except ValueError:
        raise BadInput(f"{option}: {path} holds no certificate in PEM form, which begins with -----BEGIN") from None


def _private_key(path: Path) -> Any:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        return load_pem_private_key(_read(KEY, path), None)
    except TypeError:
        # Without this the program would ask for the password on the terminal, where nobody may be.
        raise BadInput(f"{KEY}: {path} is locked by a password; give a key without one") from None
    except (ValueError, UnsupportedAlgorithm):
        raise BadInput(f"{KEY}: {path} holds no private key in PEM form") from None


def _check_dates(option: str, path: Path, certificates: list[Any]) -> None:
    now = datetime.now(UTC)
    for each in certificates:
        begins, ends = each.not_valid_before_utc, each.not_valid_after_utc
        if ends <= now:
            raise BadInput(f"{option}: a certificate in {path} expired on {ends:%Y-%m-%d %H:%M} UTC; renew it")
        if begins > now:
            raise BadInput(f"{option}: a certificate in {path} is valid from {begins:%Y-%m-%d %H:%M} UTC only")


def _read(option: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise BadInput(f"{option}: there is no file {path}") from None
    except OSError as error:
        raise BadInput(f"{option}: {path} cannot be read: {error.strerror or error}") from None


def _reason(error: ssl.SSLError) -> str:
    return (error.reason or str(error)).replace("_", " ").lower()
