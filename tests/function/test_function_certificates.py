"""The certificates of Amazon RDS that the function trusts are good for some time to come."""

import re
import ssl
import warnings
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from function_scripts import ROOT, load_script

refresh = load_script("refresh_rds_bundle")
BUNDLE = ROOT / "src" / "csvferry" / "aws" / "rds-global-bundle.pem"
SOON = timedelta(days=90)
NOW = datetime.now(UTC)


def region(certificate: x509.Certificate) -> str:
    """`us-east-1` of `Amazon RDS us-east-1 Root CA RSA2048 G1`."""
    name = refresh.common_name(certificate)
    found = re.search(r"[a-z]{2}(-[a-z]+)+-\d", name)
    return found[0] if found else name


def test_each_region_has_a_root_that_lasts() -> None:
    """One near its end beside a newer one is only told: a refresh could not mend that."""
    last: dict[str, datetime] = defaultdict(lambda: NOW)
    for certificate in refresh.parse(BUNDLE.read_text()):
        end = certificate.not_valid_after_utc
        last[region(certificate)] = max(last[region(certificate)], end)
        if end < NOW + SOON:
            warnings.warn(
                f"{refresh.common_name(certificate)} ends on {end:%Y-%m-%d}", stacklevel=1
            )
    near = {name: f"{end:%Y-%m-%d}" for name, end in last.items() if end < NOW + SOON}
    assert not near, "run `make refresh_rds_bundle`"
    assert len(last) > 25


def test_tls_takes_the_bundle_whole() -> None:
    trusted = ssl.create_default_context(cafile=str(BUNDLE)).get_ca_certs()
    assert len(trusted) == len(refresh.parse(BUNDLE.read_text())) > 80


def test_every_certificate_is_an_authority_of_amazon_rds() -> None:
    for certificate in refresh.parse(BUNDLE.read_text()):
        assert refresh.common_name(certificate).startswith("Amazon RDS ")
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
        assert constraints.value.ca


def test_an_ended_certificate_is_left_out(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    made = [_certificate(key, "ended", -1), _certificate(key, "lasting", 1)]
    told = refresh.render(made, NOW)
    assert [refresh.common_name(c) for c in refresh.parse(told)] == ["lasting"]
    assert told.startswith("# lasting, until ")


def _certificate(key: ec.EllipticCurvePrivateKey, name: str, days: int) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=9))
        .not_valid_after(NOW + timedelta(days=days))
    )
    made = builder.sign(key, hashes.SHA256())
    return x509.load_pem_x509_certificate(made.public_bytes(serialization.Encoding.PEM))
