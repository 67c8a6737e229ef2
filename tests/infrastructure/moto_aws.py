"""moto's server, nearer to AWS in eight things: python moto_aws.py [moto_server's options].

1. moto knows no conditions in a bucket's policy, so "deny what is not TLS" and "deny all but
   the function" deny everything. Here these two, and no others, are taken as not concerning
   the request.
2. moto has the Data API only for clusters that AWS no longer offers, and can't open it later.
3. moto gives every cluster the settings of Serverless v1.
4. moto asks either nobody or everybody for rights. Here a role may do what its policies allow,
   conditions aside, in S3 and in Secrets Manager; whoever has taken none may do everything.
5. moto restores a cluster with all that its source had. Here, as with AWS, what was not asked
   for is the default, the master password is not managed and the Data API is closed.
6. moto has every event match a rule that has a schedule and no pattern. Here none does.
7. moto's queue invokes a function in Docker as messages come. Here nobody polls but the tests.
8. moto can't delete an endpoint for S3 whose route is gone from a route table. Here it can.
"""

import sys
from typing import Any

from moto.core.authorization import ActionAuthenticatorMixin
from moto.core.responses import ActionResult, BaseResponse
from moto.ec2.exceptions import InvalidRouteError
from moto.ec2.models.vpcs import VPCBackend
from moto.events.models import Rule
from moto.iam.access_control import IAMPolicyStatement, PermissionResult
from moto.rds.models import DBCluster, RDSBackend
from moto.rds.responses import RDSResponse
from moto.secretsmanager.models import secretsmanager_backends
from moto.server import main
from moto.sqs.models import Queue

ONLY_TLS = {"Bool": {"aws:SecureTransport": "false"}}
JUDGED = ("s3", "secretsmanager")

original = IAMPolicyStatement.is_action_permitted


def over_tls(self: IAMPolicyStatement, *arguments: Any, **named: Any) -> PermissionResult:
    """moto's own answer, except for denials whose condition it does not look at."""
    statement = self._statement
    condition = statement.get("Condition", {})
    if statement["Effect"] == "Deny" and (condition == ONLY_TLS or "ArnNotEquals" in condition):
        return PermissionResult.NEUTRAL
    return original(self, *arguments, **named)


def set_data_api(self: DBCluster, wanted: bool | None) -> None:
    """Whether the Data API is on, for any kind of cluster."""
    self._enable_http_endpoint = bool(wanted)


def with_the_roles_rights(self: BaseResponse, request: type, resource: str = "*") -> None:
    """Refuses what the policies of the role, whose credentials these are, do not allow."""
    if "X-Amz-Security-Token" not in self.headers or self.service_name not in JUDGED:
        return
    if self.service_name == "secretsmanager":
        secrets = secretsmanager_backends[self.current_account][self.region].secrets
        resource = secrets[self._get_param("SecretId")].arn
    request(
        account_id=self.current_account,
        method=self.method,
        path=self.path,
        data=self.data,
        body=self.raw_body,
        headers=self.headers,
        action=self._get_action(),
    ).check_action_permitted(resource)


def open_data_api(self: RDSResponse) -> ActionResult:
    """EnableHttpEndpoint, which moto lacks."""
    arn = self.params["ResourceArn"]
    (cluster,) = (one for one in self.backend.clusters.values() if one.db_cluster_arn == arn)
    cluster.enable_http_endpoint = True
    return ActionResult({"ResourceArn": arn, "HttpEndpointEnabled": True})


def restored_bare(self: RDSBackend, **asked: Any) -> DBCluster:
    """A restored cluster with no more than was asked for."""
    bare = {
        "db_cluster_parameter_group_name": None,
        "db_subnet_group_name": None,
        "enable_iam_database_authentication": False,
        "manage_master_user_password": False,
        "master_user_password": "as it was then",
    }
    cluster: DBCluster = restore(self, **{**bare, **asked})
    cluster.enable_http_endpoint = False
    return cluster


def by_its_pattern(self: Rule, event: Any, transform_input: bool = True) -> None:
    """moto's own way to the targets, for rules that match events at all."""
    if self.scheduled_expression is None:
        send(self, event, transform_input)


def without_routes(self: VPCBackend, vpce_ids: list[str] | None = None) -> None:
    """Delete endpoints, whether or not their routes are there."""
    for endpoint in vpce_ids or []:
        try:
            delete_endpoints(self, [endpoint])
        except InvalidRouteError:
            self.vpc_end_points[endpoint].state = "deleted"


Queue.lambda_event_source_mappings = property(  # type: ignore[assignment]
    lambda _: {}, lambda _queue, _mappings: None
)
delete_endpoints = VPCBackend.delete_vpc_endpoints
VPCBackend.delete_vpc_endpoints = without_routes  # type: ignore[method-assign]
send = Rule.send_to_targets
Rule.send_to_targets = by_its_pattern  # type: ignore[method-assign]
restore = RDSBackend.restore_db_cluster_to_point_in_time
RDSBackend.restore_db_cluster_to_point_in_time = restored_bare  # type: ignore[method-assign]
RDSResponse.enable_http_endpoint = open_data_api
IAMPolicyStatement.is_action_permitted = over_tls  # type: ignore[method-assign]
ActionAuthenticatorMixin._authenticate_and_authorize_action = with_the_roles_rights
DBCluster.enable_http_endpoint = property(  # type: ignore[assignment]
    lambda self: self._enable_http_endpoint, set_data_api
)
DBCluster.scaling_configuration_info = property(  # type: ignore[assignment]
    lambda self: self.scaling_configuration
)

if __name__ == "__main__":
    main(sys.argv[1:])
