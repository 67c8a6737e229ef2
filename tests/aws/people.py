"""A file of people, and the feed that brings it."""

from collections.abc import Mapping
from typing import Any

KEY = "in/people.csv"
PEOPLE: dict[str, Any] = {
    "name": "people",
    "source": KEY,
    "table": "people",
    "key": ["id"],
    "mode": "upsert",
}


def people(count: int, **changed: str) -> str:
    """`count` rows of id and e-mail; `_7="x@y.z"` changes the address of row 7."""
    other: Mapping[str, str] = changed
    lines = [
        f"{number},{other.get(f'_{number}', f'someone{number}@in.example')}"
        for number in range(1, count + 1)
    ]
    return "\n".join(["id,email", *lines]) + "\n"
