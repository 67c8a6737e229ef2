"""How stores and web servers are talked to: time limits, retries, and plain HTTP only at home."""

from datetime import timedelta
from typing import Any

from csvferry.errors import UsageError
from csvferry.sources.web.address import parse_web_address
from csvferry.version import __version__

# 5xx, 429 and lost connections: 10 tries in at most a minute, with jitter.
RETRIES: dict[str, Any] = {
    "max_retries": 9,
    "retry_timeout": timedelta(seconds=60),
    "backoff": {
        "init_backoff": timedelta(milliseconds=100),
        "max_backoff": timedelta(seconds=10),
        "base": 2,
    },
}


def client_options(*, allow_http: bool = False) -> dict[str, Any]:
    """Timeouts; plain HTTP only where the caller has seen that it stays on this machine."""
    return {
        "allow_http": allow_http,
        "connect_timeout": timedelta(seconds=5),
        "read_timeout": timedelta(seconds=30),
        "timeout": timedelta(minutes=10),
        "user_agent": f"csvferry/{__version__}",
    }


def check_endpoint(url: str, setting: str) -> bool:
    """Whether it is plain HTTP, which only a loopback address may be. Raises UsageError."""
    try:
        return parse_web_address(url).scheme == "http"
    except UsageError as error:
        raise UsageError(f"{setting}: {error.message}", error.hint) from None
