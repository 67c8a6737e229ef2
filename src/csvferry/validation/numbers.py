"""Numbers: INTEGER, BOOLEAN, BIT, DECIMAL, FLOAT, DOUBLE.

A number is digits with at most one point, a sign and an exponent, space around it, as MySQL
reads one from a string (manual, 11.1.2 "Numeric Literals"). What is judged is its value.
"""

from csvferry.model.reject_codes import Code
from csvferry.model.schema import Kind, Type
from csvferry.validation.predicates import SPACE, Fault, Rules, let, matches, trimmed

NUMBER = rf"{SPACE}[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?{SPACE}"
_PARTS = rf"^{SPACE}([+-]?)0*([0-9]*)\.?([0-9]*)(?:[eE]([+-]?[0-9]+))?{SPACE}$"
_BOOLEAN = "(?i:true|false)"
FLOAT_DIGITS, DOUBLE_DIGITS = 6, 15  # FLT_DIG and DBL_DIG: so many digits come back as given


def integer(type_: Type, field: str) -> Rules:
    """Whole numbers within the width of the type (manual, 13.1.2), BOOLEAN with true and false."""
    low, high = bounds(type_)
    boolean = type_.boolean
    quick = f"TRY_CAST({field} AS {'U' if type_.unsigned else ''}BIGINT)"
    plain = f"{quick}::VARCHAR = {field}"
    if type_.bits != 64:
        plain = f"({plain} AND {quick} BETWEEN {low} AND {high})"
    if boolean:
        plain = f"({field} IN ('true', 'false', 'True', 'False', 'TRUE', 'FALSE') OR {plain})"
    form = f"{NUMBER}|{SPACE}{_BOOLEAN}{SPACE}" if boolean else NUMBER
    what = "a whole number, true or false" if boolean else "a whole number"
    outside = f"""CASE WHEN n.core = '' THEN FALSE WHEN n.magnitude > 20 THEN TRUE
        ELSE {whole("n")} NOT BETWEEN {low} AND {high} END"""
    return Rules(
        plain,
        (
            Fault(Code.BAD_TYPE, f"NOT {matches(field, form)}", f"not {what}"),
            Fault(
                Code.OUT_OF_RANGE,
                of(field, "n.core <> '' AND strlen(n.core) > n.magnitude"),
                "has decimals, which the column can't hold",
            ),
            Fault(
                Code.OUT_OF_RANGE,
                of(field, outside),
                f"not between {low} and {high}",
            ),
        ),
    )


def bounds(type_: Type) -> tuple[int, int]:
    """The least and the greatest whole number that the type holds."""
    if type_.kind is Kind.BIT:
        return 0, 2 ** (type_.length or 1) - 1
    if type_.unsigned:
        return 0, 2**type_.bits - 1
    return -(2 ** (type_.bits - 1)), 2 ** (type_.bits - 1) - 1


def decimal(type_: Type, field: str) -> Rules:
    """Exact numbers with the digits that the column has (manual, 14.24.2 and 14.24.4)."""
    whole, scale = type_.precision - type_.scale, type_.scale
    sign_ = "" if type_.unsigned else "-?"
    fraction = rf"(\.[0-9]{{1,{scale}}})?" if scale else ""
    before = f"0|[1-9][0-9]{{0,{whole - 1}}}" if whole else "0"
    return Rules(
        matches(field, f"{sign_}({before}){fraction}"),
        (
            Fault(Code.BAD_TYPE, f"NOT {matches(field, NUMBER)}", "not a number"),
            *_digits(field, whole, scale),
            *_negative(type_, field),
        ),
    )


def sent_decimal(type_: Type, field: str) -> str:
    """SQL: TRUE of a plain one that may have idle zeros, but is no zero below zero."""
    zero = matches(field, r"-0(\.0*)?")
    return f"{decimal(type_, field).plain} AND (NOT starts_with({field}, '-0') OR NOT {zero})"


def floating(type_: Type, field: str) -> Rules:
    """Numbers that the server shows again as they were given (manual, 13.1.4 and B.3.4.8).

    A FLOAT is shown with 6 digits, a DOUBLE with as many as tell it from its neighbours.
    """
    digits = FLOAT_DIGITS if type_.kind is Kind.FLOAT else DOUBLE_DIGITS
    places = _digits(field, type_.precision - type_.scale, type_.scale) if type_.precision else ()
    return Rules(
        "FALSE" if type_.precision else _short(type_, field, digits),
        (
            Fault(Code.BAD_TYPE, f"NOT {matches(field, NUMBER)}", "not a number"),
            *_negative(type_, field),
            *places,
            Fault(Code.OUT_OF_RANGE, infinite(type_, field), "larger than the column can hold"),
            Fault(Code.OUT_OF_RANGE, bent(type_, field), "more digits than the column holds"),
        ),
    )


def _short(type_: Type, field: str, digits: int) -> str:
    """SQL: TRUE where there are few digits, or where a DOUBLE's own spelling is given."""
    minus = "" if type_.unsigned else "-?"
    room = f"{digits} + contains({field}, '.')::INTEGER + starts_with({field}, '-')::INTEGER"
    form = rf"{minus}[0-9]+(\.[0-9]+)?"
    short = f"(strlen({field}) <= {room} AND {matches(field, form)})"
    if type_.kind is Kind.FLOAT or type_.unsigned:
        return short
    spelt = f"TRY_CAST({field} AS DOUBLE)::VARCHAR = {field}"
    return f"({short} OR ({spelt} AND {matches(field, '[0-9.e+-]+')}))"


def shortened(field: str) -> str:
    """SQL: TRUE where an exponent stands for digits that a spreadsheet may have cut off.

    Excel shows, and so exports, whole numbers of 12 digits and more in that way.
    """
    cut = of(field, "n.magnitude > 11 AND n.core <> '' AND strlen(n.core) < n.magnitude")
    return f"CASE WHEN contains(lower({field}), 'e') THEN {cut} ELSE FALSE END"


def infinite(type_: Type, field: str) -> str:
    """SQL: TRUE where a number is larger than the type holds."""
    return f"isfinite({_stored(type_, field)}) IS NOT TRUE"


def bent(type_: Type, field: str) -> str:
    """SQL: TRUE where the server shows another number than the one given, or none."""
    differ = let("m", parts(_shown(type_, field)), _differ("n", "m"))
    return f"CASE WHEN {infinite(type_, field)} THEN TRUE ELSE {of(field, differ)} END"


def canonical(field: str) -> str:
    """SQL of the one spelling that all texts of a number share: no exponent, no idle zero."""
    point = "n.core[:n.magnitude] || '.' || n.core[n.magnitude + 1:]"
    padded = "rpad(n.core, n.magnitude::INTEGER, '0')"
    spelt = f"""CASE WHEN n.core = '' THEN '0'
        WHEN abs(n.magnitude) > 400 THEN {field}
        WHEN n.magnitude >= strlen(n.core) THEN {sign("n")} || {padded}
        WHEN n.magnitude > 0 THEN {sign("n")} || {point}
        ELSE {sign("n")} || '0.' || repeat('0', -n.magnitude) || n.core END"""
    return f"CASE WHEN {matches(field, NUMBER)} THEN {of(field, spelt)} ELSE {field} END"


def staged_integer(type_: Type, field: str) -> str:
    """Whole numbers in their one spelling; true is 1 and false is 0."""
    words = ""
    if type_.boolean:
        word = f"lower({trimmed(field)})"
        words = f"WHEN {word} = 'true' THEN '1' WHEN {word} = 'false' THEN '0'"
    quick = f"TRY_CAST({field} AS BIGINT)::VARCHAR = {field}"
    return f"CASE WHEN {quick} THEN {field} {words} ELSE {canonical(field)} END"


def staged_decimal(field: str) -> str:
    """Decimals in their one spelling."""
    plain = matches(field, r"0|-?[1-9][0-9]*(\.[0-9]*[1-9])?|-?0\.[0-9]*[1-9]")
    idle = matches(field, r"-?[1-9][0-9]*\.[0-9]+")
    short = f"rtrim(rtrim({field}, '0'), '.')"
    spelt = f"WHEN {plain} THEN {field} WHEN {idle} THEN {short} ELSE {canonical(field)}"
    return f"CASE {spelt} END"


def staged_floating(field: str) -> str:
    """The number without space around it; MySQL refuses a zero with a great exponent."""
    plain = matches(field, r"[+-]?[0-9]+(\.[0-9]+)?")
    bare = f"regexp_replace({field}, '{SPACE}$', '')"
    zero = of(field, "n.core = ''")
    number = f"CASE WHEN {matches(field, NUMBER)} THEN {zero} ELSE FALSE END"
    return f"CASE WHEN {plain} THEN {field} WHEN {number} THEN '0' ELSE {bare} END"


def parts(field: str) -> str:
    """SQL of a struct: the number is 0.`core` times ten to the `magnitude`, `negative` or not."""
    taken = f"regexp_extract({field}, '{_PARTS}', ['sign', 'whole', 'fraction', 'power'])"
    huge = "CASE WHEN p.power[1] = '-' THEN -1000000000 ELSE 1000000000 END"
    known = f"coalesce(TRY_CAST(p.power AS INTEGER), {huge})"
    power = f"CASE WHEN p.power = '' THEN 0 ELSE {known} END"
    idle = "strlen(p.whole || p.fraction) - strlen(ltrim(p.whole || p.fraction, '0'))"
    split = f"""{{'negative': p.sign = '-', 'core': trim(p.whole || p.fraction, '0'),
        'magnitude': strlen(p.whole) - ({idle}) + ({power})}}"""
    return let("p", taken, split)


def of(field: str, body: str) -> str:
    """SQL of `body`, in which `n` stands for the parts of the number."""
    return let("n", parts(field), body)


def whole(name: str) -> str:
    """SQL of the value of a whole number of at most 38 digits."""
    digits = f"rpad({name}.core, {name}.magnitude::INTEGER, '0')"
    return f"TRY_CAST({sign(name)} || {digits} AS HUGEINT)"


def sign(name: str) -> str:
    """SQL of the minus sign, where there is one."""
    return f"CASE WHEN {name}.negative THEN '-' ELSE '' END"


def _digits(field: str, whole: int, scale: int) -> tuple[Fault, ...]:
    places = f"n.core <> '' AND strlen(n.core) - n.magnitude > {scale}"
    return (
        Fault(
            Code.OUT_OF_RANGE,
            of(field, f"n.core <> '' AND n.magnitude > {whole}"),
            f"more than {whole} digits before the point",
        ),
        Fault(Code.OUT_OF_RANGE, of(field, places), f"more than {scale} digits after the point"),
    )


def _negative(type_: Type, field: str) -> tuple[Fault, ...]:
    below = of(field, "n.core <> '' AND n.negative")
    return (Fault(Code.OUT_OF_RANGE, below, "below zero"),) if type_.unsigned else ()


def _stored(type_: Type, field: str) -> str:
    double = f"TRY_CAST(trim({field}, chr(9)||chr(10)||chr(11)||chr(12)||chr(13)||' ') AS DOUBLE)"
    return f"TRY_CAST({double} AS FLOAT)::DOUBLE" if type_.kind is Kind.FLOAT else double


def _shown(type_: Type, field: str) -> str:
    stored = _stored(type_, field)
    if type_.kind is Kind.FLOAT and type_.precision:
        return f"format('{{:.{type_.scale}f}}', {stored})"
    if type_.kind is Kind.FLOAT:
        return f"format('{{:.{FLOAT_DIGITS - 1}e}}', {stored})"
    return f"({stored})::VARCHAR"


def _differ(one: str, other: str) -> str:
    digits = f"{one}.core <> {other}.core"
    place = f"{one}.magnitude <> {other}.magnitude OR {one}.negative <> {other}.negative"
    return f"{digits} OR ({one}.core <> '' AND ({place}))"
