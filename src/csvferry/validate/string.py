"""Text and bytes: CHAR, VARCHAR, the TEXT family, BINARY, VARBINARY, the BLOB family.

Lengths: manual, 13.3.2 to 13.3.4. CHAR and VARCHAR count characters, TEXT counts bytes of the
column's character set, the binary types count the bytes of the field's UTF-8.
"""

from csvferry.rejects import Code
from csvferry.schema import Type
from csvferry.validate.charset import has_ascii, lacking, octets
from csvferry.validate.sql import Fault, Rules


def text(type_: Type, field: str, charset: str | None) -> Rules:
    """Characters that the column's character set has, as many as fit, none that CHAR drops."""
    faults: list[Fault] = []
    plain = ["TRUE"]
    if outside := lacking(charset, field):
        faults.append(Fault(Code.BAD_VALUE, outside, f"a character that {charset} lacks"))
        plain.append(f"strlen({field}) = length({field})" if has_ascii(charset) else "FALSE")
    if type_.length is not None:
        message = f"longer than {type_.length} characters"
        faults.append(Fault(Code.TOO_LONG, f"length({field}) > {type_.length}", message))
        plain.append(f"strlen({field}) <= {type_.length}")
    if type_.octets is not None:
        message = f"longer than {type_.octets} bytes"
        faults.append(Fault(Code.TOO_LONG, f"{octets(charset, field)} > {type_.octets}", message))
        plain.append(f"strlen({field}) <= {type_.octets // 4}")
    if type_.fixed:
        spaced = f"ends_with({field}, ' ')"
        message = "spaces at the end, which a CHAR column drops"
        faults.append(Fault(Code.BAD_VALUE, spaced, message))
        plain.append(f"NOT {spaced}")
    return Rules(f"({' AND '.join(plain)})", tuple(faults))


def binary(type_: Type, field: str) -> Rules:
    """Bytes, as many as fit; BINARY(n) fills up with zeros, so it takes exactly n."""
    limit = type_.octets or 0
    long = Fault(Code.TOO_LONG, f"strlen({field}) > {limit}", f"longer than {limit} bytes")
    if not type_.fixed:
        return Rules(f"strlen({field}) <= {limit}", (long,))
    message = f"shorter than {limit} bytes, which a BINARY column fills with zeros"
    short = Fault(Code.BAD_VALUE, f"strlen({field}) < {limit}", message)
    return Rules(f"strlen({field}) = {limit}", (long, short))
