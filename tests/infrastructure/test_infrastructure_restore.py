"""The restore drill, as far as moto goes: each of RDS's steps, the statements by a Data API
that records them. After test_infrastructure_apply.py, before the destruction."""

import subprocess

from infrastructure_deployment import REPOSITORY, Deployment

from conftest import Recorder

SCRIPT = REPOSITORY / "scripts/infrastructure/restore_database.py"


def restore(deployment: Deployment, address: str, *options: str) -> str:
    """Run the script with the deployment's outputs."""
    done = subprocess.run(
        [SCRIPT, *options],
        input=deployment.output_json(),
        env={**deployment.environment, "AWS_ENDPOINT_URL_RDS_DATA": address},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_restored_database_can_be_reached_and_read(
    applied_staging: Deployment, data_api: tuple[str, type[Recorder]]
) -> None:
    address, recorder = data_api
    printed = restore(applied_staging, address)
    rds = applied_staging.client("rds")
    name = "csvferry-staging-restored"
    (source,) = rds.describe_db_clusters(DBClusterIdentifier="csvferry-staging")["DBClusters"]
    (cluster,) = rds.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"]
    try:
        for kept in ("DBSubnetGroup", "DBClusterParameterGroup", "VpcSecurityGroups", "KmsKeyId"):
            assert cluster[kept] == source[kept], kept
        assert cluster["IAMDatabaseAuthenticationEnabled"] is True
        assert cluster["HttpEndpointEnabled"] is True
        assert cluster["MasterUserSecret"]["SecretArn"] in printed
        assert [one["DBInstanceIdentifier"] for one in cluster["DBClusterMembers"]] == [f"{name}-1"]
        assert [(one["secretArn"], one["sql"]) for one in recorder.asked] == [
            (cluster["MasterUserSecret"]["SecretArn"], "SELECT COUNT(*) FROM `emails`")
        ]
    finally:
        rds.delete_db_instance(DBInstanceIdentifier=f"{name}-1", SkipFinalSnapshot=True)
        rds.delete_db_cluster(DBClusterIdentifier=name, SkipFinalSnapshot=True)


def test_the_drill_leaves_nothing(
    applied_staging: Deployment, data_api: tuple[str, type[Recorder]]
) -> None:
    address, recorder = data_api
    assert "drill passed" in restore(applied_staging, address, "--drill")
    assert recorder.asked
    clusters = applied_staging.client("rds").describe_db_clusters()["DBClusters"]
    assert not [one for one in clusters if one["DBClusterIdentifier"].endswith("drill")]
