"""moto's server, nearer to AWS in four things: python moto_aws.py [moto_server's options].

1. moto knows no conditions in a bucket's policy, so "deny what is not TLS" denies everything.
   Here that one statement, and no other, is taken as not concerning the request.
2. moto has the Data API only for clusters that AWS no longer offers.
3. moto gives every cluster the settings of Serverless v1.
4. moto asks either nobody or everybody for rights. Here a role may do what its policies allow,
   conditions aside, in S3 and in Secrets Manager; whoever has taken none may do everything.
"""

import sys
from typing import Any

from moto.core.authorization import ActionAuthenticatorMixin
from moto.core.responses import BaseResponse
from moto.iam.access_control import IAMPolicyStatement, PermissionResult
from moto.rds.models import DBCluster
from moto.secretsmanager.models import secretsmanager_backends
from moto.server import main

ONLY_TLS = {"Bool": {"aws:SecureTransport": "false"}}
JUDGED = ("s3", "secretsmanager")

original = IAMPolicyStatement.is_action_permitted


def over_tls(self: IAMPolicyStatement, *arguments: Any, **named: Any) -> PermissionResult:
    """moto's own answer, except for a denial of requests without TLS."""
    statement = self._statement
    if statement["Effect"] == "Deny" and statement.get("Condition") == ONLY_TLS:
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
