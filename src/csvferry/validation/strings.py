"""Text and bytes: CHAR, VARCHAR, the TEXT family, BINARY, VARBINARY, the BLOB family, UUID.

Lengths: manual, 13.3.2 to 13.3.4. CHAR and VARCHAR count characters, TEXT counts bytes of the
column's character set, the binary types count the bytes of the field's UTF-8.
"""

from csvferry.model.reject_codes import Code
from csvferry.model.schema import Type
from csvferry.validation.charsets import has_ascii, lacking, octets
from csvferry.validation.predicates import Fault, Rules, matches

_HEX = "[0-9a-fA-F]"
_UUID = f"{_HEX}{{8}}(-{_HEX}{{4}}){{3}}-{_HEX}{{12}}|{_HEX}{{32}}"
# MariaDB 10.11 refuses some of versions 8 to 15, by the byte that says the variant.
_REFUSED = f"{_HEX}{{8}}-?{_HEX}{{4}}-?[89a-fA-F]{_HEX}{{3}}-?(0[1-9a-fA-F]|[1-7]{_HEX}|80).*"


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
    size = f"strlen({field}) // 2" if type_.hexed else f"strlen({field})"
    long = Fault(Code.TOO_LONG, f"{size} > {limit}", f"longer than {limit} bytes")
    if not type_.fixed:
        return Rules(f"{size} <= {limit}", (long,))
    message = f"shorter than {limit} bytes, which a BINARY column fills with zeros"
    short = Fault(Code.BAD_VALUE, f"{size} < {limit}", message)
    return Rules(f"{size} = {limit}", (long, short))


def uuid(field: str) -> Rules:
    """32 hexadecimal digits in either case, with the four hyphens or none (MariaDB, "UUID")."""
    refused = matches(field, _REFUSED)
    return Rules(
        "FALSE",
        (
            Fault(Code.BAD_TYPE, f"NOT {matches(field, _UUID)}", "not a UUID"),
            Fault(Code.BAD_VALUE, refused, "a UUID that MariaDB refuses"),
        ),
    )


def staged_uuid(field: str) -> str:
    """Small letters, with hyphens, as the server gives it back."""
    digits = "([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})"
    spelt = rf"regexp_replace(lower({field}), '^{digits}$', '\1-\2-\3-\4-\5')"
    return f"CASE strlen({field}) WHEN 32 THEN {spelt} ELSE lower({field}) END"
