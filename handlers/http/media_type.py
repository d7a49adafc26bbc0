"""The `Content-Type` header: allowed media type, charsets, parameters (RFC 9110, section 8.3)."""

import re
from typing import Final

_MEDIA_TYPE: Final = "application/json"

# JSON is exchanged in UTF-8 (RFC 8259, section 8.1). `utf8` is a label for it as well
# (https://encoding.spec.whatwg.org/#names-and-labels).
_CHARSETS: Final = frozenset({"utf-8", "utf8"})

_NAME: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PARAMETER: Final = re.compile(rf'({_NAME})=({_NAME}|"(?:[^"\\]|\\.)*")', re.DOTALL)
_SEPARATOR: Final = re.compile(r"[ \t]*;[ \t]*")
_END: Final = re.compile(r"[ \t]*")
_QUOTED: Final = re.compile(r"\\(.)", re.DOTALL)

NOT_JSON: Final = "Must be application/json"
_MALFORMED: Final = "Must be application/json, with each parameter written once as name=value"
_NOT_UTF_8: Final = "Must be application/json with charset=utf-8 or without charset"


def media_type_problem(content_type: str) -> str | None:
    """Return the violation message for a `Content-Type`; None for JSON in UTF-8.

    Well-formed parameters other than `charset` are ignored.
    """
    media_type, separator, rest = content_type.partition(";")
    if media_type.strip(" \t").lower() != _MEDIA_TYPE:
        return NOT_JSON
    parameters = _parameters(separator + rest)
    if parameters is None:
        return _MALFORMED
    return None if parameters.get("charset", "utf-8").lower() in _CHARSETS else _NOT_UTF_8


def _parameters(text: str) -> dict[str, str] | None:
    """Return the parameters by lower-case name; None if they are malformed or hold a name twice."""
    parameters: dict[str, str] = {}
    position = 0
    while separator := _SEPARATOR.match(text, position):
        position = separator.end()
        if parameter := _PARAMETER.match(text, position):  # an empty one is allowed
            position = parameter.end()
            name, value = parameter[1].lower(), parameter[2]
            if name in parameters:
                return None
            parameters[name] = _QUOTED.sub(r"\1", value[1:-1]) if value.startswith('"') else value
    return parameters if _END.fullmatch(text, position) else None
