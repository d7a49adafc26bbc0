r"""Masking of email addresses in texts: `john@example.com` becomes `j***@example.com`.

An address is masked in each notation that a person or a program reads as one: with the other at signs of Unicode,
percent-encoded (`%40`), as an HTML entity (`&#64;`), escaped (`\u0040`), with a quoted local part
(`"a b"@example.com`), with a comment, and with blanks around the sign. What has no at sign in any of these notations
(base64, "jane at example dot com") is not recognised.

Every function here takes time in proportion to the length of the text, because untrusted clients write it.
"""

import functools
import re
from typing import Final

# No address is longer (RFC 3696). A text that is cut is masked so many characters further than what remains of it.
LONGEST_ADDRESS: Final = 320

# The at signs of Unicode: fullwidth, small, and the invisible tag character.
_UNICODE: Final = "\uff20\ufe6b\U000e0040"

# A character as a percent-encoding, an HTML entity, or an escape of JSON, Python or JavaScript. Each alternative begins
# with a character of its own, and none can match a text in two ways.
_ENCODED_AT: Final = rf"""(?ix) [{_UNICODE}]
    | %(?:25)*(?:40|u(?:0040|ff20|fe6b)|EF%(?:25)*BC%(?:25)*A0|EF%(?:25)*B9%(?:25)*AB)
    | &(?:amp;)*(?:commat|\#(?:0*(?:64|65312|65131)(?![0-9])|x0*(?:40|ff20|fe6b)(?![0-9a-f])));?
    | \\(?:u\{{?0*(?:40|ff20|fe6b)\}}?|x40|N\{{COMMERCIAL[ ]AT\}})
    | =40(?=[a-z0-9-]+\.)
    | \+AEA-
    """
_ENCODED_QUOTE: Final = r"""(?ix) [\u201c-\u201f\uff02]
    | %(?:25)*22
    | &(?:amp;)*(?:quot|\#(?:0*34(?![0-9])|x0*22(?![0-9a-f])));?
    | \\(?:u\{?0*22\}?|x22)
    """

# A quoted local part before an at sign may hold one itself.
_QUOTED_WITH_AT: Final = r'"[^"@]*@[^"]*"(?=[^\S\r\n]*@)'

# Most texts hold none of these, and then there is nothing to look for.
_SUSPICIOUS: Final = re.compile(rf"[@{_UNICODE}%&\\]|=40|\+AEA-")

# The other patterns are compiled when the first text needs them, because a cold start has no time for them.
_compiled: Final = functools.cache(re.compile)

# Without possessive quantifiers, which are wrong in Python 3.11.4 and before (CPython's issue 106052).
# What is before an at sign, read backwards: blanks and backslashes; a comment; then a quoted local part, a word, or
# any other text without blanks. An HTML entity is a part of a word, although it ends with a semicolon.
_BLANKS: Final = r"[^\S\r\n]*\\*[^\S\r\n]*"
_COMMENT: Final = r"\)(?:[^()]|\)[^()]*\()*\([^\S\r\n]*"
_QUOTED: Final = r'"\\[^"]*"\\|"(?:[^"]|"(?=\\))*"(?!\\)'
_WORD: Final = r'(?:[^\s"<>\\(),:;\[\]]|;[\w#]{1,32}&)+'
_NO_BLANKS: Final = r"\S+"

# The resources of IAM and STS whose name, behind a slash, may be an address: "assumed-role/Admin/john@example.com".
_IAM_RESOURCES: Final = ("assumed-role/", "federated-user/", "role/", "user/")


def mask(text: str) -> str:
    """Replace every email address in a text: one character of its local part survives, and its domain."""
    if not _SUSPICIOUS.search(text):
        return text
    plain = _compiled(_ENCODED_AT).sub("@", text)
    if "@" not in plain:
        return text
    plain = _compiled(_ENCODED_QUOTE).sub('"', plain)
    plain = _compiled(_QUOTED_WITH_AT).sub(lambda found: found[0].replace("@", "*"), plain)
    masked, *others = plain.split("@")
    parts = []
    for part in others:
        parts.append(_masked_end(masked))
        masked = part
    return "@".join([*parts, masked])


def _masked_end(text: str) -> str:
    """Mask the local part at the end of a text that an at sign follows."""
    backwards = text[::-1]
    start = _end(_COMMENT, backwards, _end(_BLANKS, backwards, 0))
    end = _end(_QUOTED, backwards, start)
    local = backwards[start:end][::-1].strip('"\\')
    if not local:
        local = _word(backwards, start)
        end = start + len(local)
    return f"{text[: len(text) - end]}{local[0]}***" if local else text


def _word(backwards: str, start: int) -> str:
    word = backwards[start : _end(_WORD, backwards, start)][::-1]
    if not word:
        rest = backwards[start : _end(_NO_BLANKS, backwards, start)][::-1]
        return rest if any(sign.isalnum() for sign in rest) else ""
    # A word in single quotes begins behind them, and one may be a part of it: O'Brien.
    word = word.lstrip("'") or word
    return word.rpartition("/")[2] if word.startswith(_IAM_RESOURCES) else word


def _end(pattern: str, text: str, start: int) -> int:
    """Return where a match that begins at a position ends: there, if there is none."""
    found = _compiled(pattern).match(text, start)
    return found.end() if found else start
