"""What the doctor finds, by name; certificates for a server of the tests' own."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from csvferry.commands.doctor import Finding, examine
from csvferry.config.feed import make_feed
from csvferry.databases.base import Database

PEM = serialization.Encoding.PEM
Findings = dict[str, Finding]


def found(
    source: str | Path, url: str, connect: Callable[[], Database] | None = None, **options: object
) -> Findings:
    """The doctor's findings by name."""
    feed = make_feed(source=str(source), to=url, **options)
    return {finding.name: finding for finding in examine(feed, connect)}


def wrong_ones(findings: Findings) -> dict[str, str]:
    """What is told of those that are wrong."""
    wrong = {name: finding for name, finding in findings.items() if finding.ok is False}
    return {name: f"{name}: {one.told} -> {one.mend}" for name, one in wrong.items()}


def make_certificates(folder: Path, days: int = 100) -> tuple[str, ...]:
    """An authority and a server certificate for 127.0.0.1; the server's options for them."""
    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ca = _sign("authority", ca_key, ca_key, days, x509.BasicConstraints(True, 0))
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    leaf = _sign("server", key, ca_key, days, names)
    (folder / "ca.pem").write_bytes(ca.public_bytes(PEM))
    (folder / "server.pem").write_bytes(leaf.public_bytes(PEM))
    (folder / "server.key").write_bytes(
        key.private_bytes(
            PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
    )
    return (f"--ssl-cert={folder}/server.pem", f"--ssl-key={folder}/server.key")


def _sign(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    by: ec.EllipticCurvePrivateKey,
    days: int,
    extension: x509.ExtensionType,
) -> x509.Certificate:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "authority")]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=200))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        .sign(by, hashes.SHA256())
    )
