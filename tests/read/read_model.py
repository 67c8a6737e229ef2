"""The rules of reading once more, byte by byte, slow and plain: what the real thing is held to."""

from collections.abc import Iterator

ENDS = (b"\r\n", b"\n", b"\r")


def line_end(data: bytes, at: int) -> int:
    """Length of the line end at `at`, 0 if there is none."""
    return next((len(end) for end in ENDS if data.startswith(end, at)), 0)


def to_line_end(data: bytes, at: int) -> int:
    while at < len(data) and not line_end(data, at):
        at += 1
    return at


def quoted_end(data: bytes, at: int, quote: bytes) -> int | None:
    """Behind the closing quote of the field that opens at `at`; None if it is never closed."""
    at += 1
    while at < len(data):
        if data[at : at + 1] != quote:
            at += 1
        elif data[at + 1 : at + 2] == quote:
            at += 2
        else:
            return at + 1
    return None


def record(
    data: bytes, at: int, cut: bytes, quote: bytes
) -> tuple[list[tuple[bool, bytes]] | None, int]:
    """The fields (quoted?, bytes) of the record at `at` and where it ends, line end excluded.

    None instead of the fields where the quoting is broken; then the end is that of the line in
    which it broke.
    """
    fields = []
    while True:
        start = at
        quoted = data[at : at + 1] == quote
        if quoted:
            end = quoted_end(data, at, quote)
            if end is None:
                return None, len(data)
            at = end
            if at < len(data) and not line_end(data, at) and data[at : at + 1] != cut:
                return None, to_line_end(data, at)
            fields.append((True, data[start + 1 : at - 1].replace(quote * 2, quote)))
        else:
            while at < len(data) and not line_end(data, at) and data[at : at + 1] != cut:
                at += 1
            fields.append((False, data[start:at]))
        if data[at : at + 1] != cut:
            return fields, at
        at += 1


def valid(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def events(
    data: bytes, cut: bytes, quote: bytes, width: int
) -> Iterator[tuple[int, int, str, bytes, list[tuple[bool, bytes]]]]:
    """(line, offset, code or 'row' or 'blank', raw, fields) of every record."""
    at, line = 0, 1
    while at < len(data):
        fields, end = record(data, at, cut, quote)
        stop = end + line_end(data, end)
        raw = data[at:end]
        if fields is None:
            while at < stop:
                end = to_line_end(data, at)
                raw = data[at:end]
                yield line, at, "bad_quote" if raw else "blank", raw, []
                at, line = end + line_end(data, end), line + 1
            continue
        yield line, at, _kind(raw, len(fields), width), raw, fields
        at, line = stop, line + 1


def _kind(raw: bytes, found: int, width: int) -> str:
    if not raw:
        return "blank"
    if b"\0" in raw:
        return "nul_byte"
    if not valid(raw):
        return "bad_encoding"
    if found != width:
        return "too_many_columns" if found > width else "missing_columns"
    return "row"
