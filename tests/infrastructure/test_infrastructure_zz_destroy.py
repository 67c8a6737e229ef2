"""Last of all: staging can be removed, and nothing of it is left."""

import pytest
from infrastructure_deployment import Deployment, run


def test_destroying_staging_leaves_nothing(applied_staging: Deployment) -> None:
    applied_staging.terraform("destroy", "-auto-approve")
    s3, lambdas = applied_staging.client("s3"), applied_staging.client("lambda")
    assert not [one for one in s3.list_buckets()["Buckets"] if "-staging-" in one["Name"]]
    assert not [
        one for one in lambdas.list_functions()["Functions"] if "staging" in one["FunctionName"]
    ]
    clusters = applied_staging.client("rds").describe_db_clusters()["DBClusters"]
    assert [one["DBClusterIdentifier"] for one in clusters] == ["csvferry-production"]
    groups = applied_staging.client("logs").describe_log_groups()["logGroups"]
    assert not [one for one in groups if "staging" in one["logGroupName"]]
    vpcs = applied_staging.client("ec2").describe_vpcs(
        Filters=[{"Name": "is-default", "Values": ["false"]}]
    )
    names = [tag["Value"] for vpc in vpcs["Vpcs"] for tag in vpc["Tags"] if tag["Key"] == "Name"]
    assert names == ["csvferry-production"]


def test_production_refuses_to_be_destroyed(applied_production: Deployment) -> None:
    folder, environment = applied_production.folder, applied_production.environment
    there = run(["terraform", "state", "list"], folder, environment)
    with pytest.raises(AssertionError, match=r"prevent_destroy"):
        applied_production.terraform("destroy", "-auto-approve")
    assert run(["terraform", "state", "list"], folder, environment) == there
    rds = applied_production.client("rds")
    with pytest.raises(rds.exceptions.ClientError, match=r"[Pp]rotect"):
        rds.delete_db_cluster(DBClusterIdentifier="csvferry-production", SkipFinalSnapshot=True)
