"""moto's server, nearer to AWS in three things: python moto_aws.py [moto_server's options].

1. moto knows no conditions in a bucket's policy, so "deny what is not TLS" denies everything.
   Here that one statement, and no other, is taken as not concerning the request.
2. moto has the Data API only for clusters that AWS no longer offers.
3. moto gives every cluster the settings of Serverless v1.
"""

import sys
from typing import Any

from moto.iam.access_control import IAMPolicyStatement, PermissionResult
from moto.rds.models import DBCluster
from moto.server import main

ONLY_TLS = {"Bool": {"aws:SecureTransport": "false"}}

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


IAMPolicyStatement.is_action_permitted = over_tls  # type: ignore[method-assign]
DBCluster.enable_http_endpoint = property(  # type: ignore[assignment]
    lambda self: self._enable_http_endpoint, set_data_api
)
DBCluster.scaling_configuration_info = property(  # type: ignore[assignment]
    lambda self: self.scaling_configuration
)

if __name__ == "__main__":
    main(sys.argv[1:])
