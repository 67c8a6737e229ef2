"""Credentials and endpoints by the standard AWS variables."""

from pathlib import Path

import pytest
from people import KEY, PEOPLE, people
from rig import Rig
from stormy import answering

from csvferry.errors import SourceError, UsageError
from csvferry.sources.source import find


def test_a_profile_of_the_shared_files_signs_in(rig: Rig, tmp_path: Path) -> None:
    rig.put(KEY, people(2))
    shared = tmp_path / "credentials"
    shared.write_text("[ferry]\naws_access_key_id = FROMPROFILE\naws_secret_access_key = s\n")
    rig.set(
        AWS_PROFILE="ferry",
        AWS_SHARED_CREDENTIALS_FILE=str(shared),
        AWS_ACCESS_KEY_ID=None,
        AWS_SECRET_ACCESS_KEY=None,
    )
    assert find(f"s3://{rig.bucket}/{KEY}")[0].identify().size == len(people(2))
    assert "Credential=FROMPROFILE/" in rig.storm.signatures[-1]


def test_a_profile_that_is_not_there_is_named(rig: Rig) -> None:
    rig.set(AWS_PROFILE="nobody")
    with pytest.raises(UsageError, match="there is no AWS profile nobody"):
        find(f"s3://{rig.bucket}/{KEY}")[0].identify()


def test_the_session_token_and_the_region_are_signed(rig: Rig) -> None:
    rig.put(KEY, people(2))
    rig.set(AWS_SESSION_TOKEN="token-of-the-role", AWS_REGION="eu-west-3")
    find(f"s3://{rig.bucket}/{KEY}")[0].identify()
    assert "/eu-west-3/s3/aws4_request" in rig.storm.signatures[-1]
    assert "x-amz-security-token" in rig.storm.signatures[-1]


def test_another_region_is_told(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.storm.strike("HEAD", answering(301, "", ""))
    rig.storm.strike("GET", answering(301, "PermanentRedirect", "use the right endpoint"))
    with pytest.raises(SourceError, match="is in another region"):
        find(f"s3://{rig.bucket}/{KEY}")[0].identify()
