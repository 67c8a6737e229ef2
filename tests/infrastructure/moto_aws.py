"""moto's server, as AWS over TLS would answer: python moto_aws.py [moto_server's options].

moto knows no conditions in a bucket's policy, so "deny what is not TLS" denies everything.
Here that one statement, and no other, is taken as not concerning the request.
"""

import sys
from typing import Any

from moto.iam.access_control import IAMPolicyStatement, PermissionResult
from moto.server import main

ONLY_TLS = {"Bool": {"aws:SecureTransport": "false"}}

original = IAMPolicyStatement.is_action_permitted


def over_tls(self: IAMPolicyStatement, *arguments: Any, **named: Any) -> PermissionResult:
    """moto's own answer, except for a denial of requests without TLS."""
    statement = self._statement
    if statement["Effect"] == "Deny" and statement.get("Condition") == ONLY_TLS:
        return PermissionResult.NEUTRAL
    return original(self, *arguments, **named)


IAMPolicyStatement.is_action_permitted = over_tls  # type: ignore[method-assign]

if __name__ == "__main__":
    main(sys.argv[1:])
