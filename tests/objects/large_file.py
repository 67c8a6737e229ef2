"""A CSV file of 40 MB with some of everything that is rejected, and what must become of it."""

from dataclasses import dataclass, field
from functools import cache

ROWS = 150_000
_NOTE = "n" * 240

Place = tuple[int, int, str, bytes]  # line, byte offset, code, raw row


@dataclass
class LargeFile:
    """Its text, the ids of its good rows, and its rejects."""

    text: str = "id,amount,note\n"
    ids: int = 0
    sum: int = 0
    rejects: list[Place] = field(default_factory=list)


@cache
def large(encoding: str = "utf-8", rows: int = ROWS, more: int = 0) -> tuple[bytes, LargeFile]:
    """The file's bytes. `more` is added to each amount, so that the file is another one."""
    file, parts = LargeFile(), ["id,amount,note\n"]
    at, line = len(_encoded(parts[0], encoding)), 1
    for number in range(1, rows + 1):
        line += 1
        amount = number % 1000 + more
        row, code = f"{number},{amount},{_NOTE}é{number}", None
        if number % 20_000 == 7:
            row, code = f"{row},too many", "too_many_columns"
        elif number % 20_000 == 11:
            row, code = f"{number},some,{_NOTE}", "bad_type"
        elif number % 20_000 == 13:
            row, code = f'{number},{amount},"a"b', "bad_quote"
        raw = _encoded(row, encoding)
        if code:
            file.rejects.append((line, at, code, raw))
        else:
            file.ids, file.sum = file.ids + 1, file.sum + amount
        parts.append(row + "\n")
        at += len(raw) + len(_encoded("\n", encoding))
    mark = b"\xff\xfe" if encoding == "utf-16-le" else b""
    if mark:
        file.rejects = [(line, at + len(mark), *rest) for line, at, *rest in file.rejects]  # type: ignore[misc]
    return mark + _encoded("".join(parts), encoding), file


def _encoded(text: str, encoding: str) -> bytes:
    return text.encode(encoding)
