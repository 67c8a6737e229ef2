"""Secrets: RDS's JSON, a bare password, rotated, refused, absent; TLS is verified."""

import pytest
from events import SCHEDULE
from people import KEY, PEOPLE, people
from rig import Rig

from csvferry.errors import RunsFailedError


@pytest.fixture(autouse=True)
def _a_file(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.put(KEY, people(3))


def test_a_secret_rotated_between_two_runs_is_fetched_anew(rig: Rig) -> None:
    rig.invoke(SCHEDULE)
    rig.new_password()
    rig.keep_secret()
    rig.put(KEY, people(4))
    (report,) = rig.invoke(SCHEDULE)
    assert report["rows"]["inserted"] == 1
    assert any("fetched anew" in line["message"] for line in rig.logs())


def test_a_rotation_may_change_the_user_too(rig: Rig) -> None:
    rig.invoke(SCHEDULE)
    old = rig.user
    rig.new_user()
    rig.keep_secret()
    rig.run(f"DROP USER {old}@'%'")
    rig.put(KEY, people(4))
    assert rig.invoke(SCHEDULE)[0]["status"] == "applied"


def test_a_bare_password_is_taken_with_the_user_of_the_environment(rig: Rig) -> None:
    rig.keep_secret(rig.password)
    rig.set(RDS_USER=rig.user)
    assert rig.invoke(SCHEDULE)[0]["status"] == "applied"


def test_a_password_of_digits_alone_is_a_password(rig: Rig) -> None:
    rig.run(f"ALTER USER {rig.user}@'%' IDENTIFIED BY '4711081547110815'")
    rig.printed.passwords.add("4711081547110815")
    rig.keep_secret("4711081547110815")
    rig.set(RDS_USER=rig.user)
    assert rig.invoke(SCHEDULE)[0]["status"] == "applied"


def test_a_wrong_password_is_fetched_anew_once_and_then_fails(rig: Rig) -> None:
    rig.new_password()
    with pytest.raises(RunsFailedError, match="refused the user name or password"):
        rig.invoke(SCHEDULE)
    fetched = [line for line in rig.logs() if "fetched anew" in line["message"]]
    assert len(fetched) == 1


@pytest.mark.parametrize(
    ("secret", "told"),
    [("{}", "the secret has no user name"), ('{"username": "a"}', "the secret has no password")],
)
def test_a_secret_without_what_is_needed_is_told(rig: Rig, secret: str, told: str) -> None:
    rig.keep_secret(secret)
    with pytest.raises(RunsFailedError, match=told):
        rig.invoke(SCHEDULE)


def test_a_secret_that_is_not_there_is_named(rig: Rig) -> None:
    rig.set(SECRETS_NAME="no-such-secret")
    with pytest.raises(RunsFailedError, match="there is no secret no-such-secret"):
        rig.invoke(SCHEDULE)


def test_a_server_whose_certificate_is_another_authoritys_is_refused(rig: Rig) -> None:
    rig.set(RDS_CA="system")
    with pytest.raises(RunsFailedError, match="certificate is not one that this run trusts"):
        rig.invoke(SCHEDULE)


def test_a_server_of_another_name_is_refused(rig: Rig) -> None:
    rig.set(RDS_HOST="localhost")
    with pytest.raises(RunsFailedError, match="certificate is not one that this run trusts"):
        rig.invoke(SCHEDULE)
