r"""Masking of email addresses in texts: `john@example.com` becomes `j***@example.com`.

Recognised notations: other at signs of Unicode, percent-encoding (`%40`), HTML entities (`&#64;`),
escapes (`\u0040`, `\100`), quoted local parts (`"a b"@example.com`), comments, blanks around the
sign. They may encode any character of the local part. Addresses without an at sign in one of them
(base64, "jane at example dot com") are not recognised.

Every function takes time linear in the length of the text, because untrusted clients write it.
"""

import functools
import re
from typing import Final

# No address is longer (RFC 3696). A text must not be cut within an address.
LONGEST_ADDRESS: Final = 320

# The at signs of Unicode: fullwidth, small, and the invisible tag character.
_UNICODE: Final = "\uff20\ufe6b\U000e0040"

# The begin of a domain. Some at signs need one: they may also be a number or a part of a file name.
_DOT: Final = (
    r"(?:[.\u3002\uff0e\uff61]|%(?:25)*2e|&(?:\#0*46|\#x0*2e|period);?|=2e|\\+(?:u+002e|x2e|0?56))"
)
_BEFORE_A_DOMAIN: Final = rf"(?=[\w-]+{_DOT}[\w%&=\\]|\[[\w:]+[.:])"

# Backslashes that do not begin a path: "C:\100files.txt".
_BEHIND_A_WORD: Final = "|".join(rf"(?<=[^\s:/\\]\\{{{count}}})" for count in (1, 2, 3, 4))

# A character as percent-encoding, HTML entity, or escape of JSON, Python or JavaScript; an entity's
# ampersand may be encoded itself. At most one alternative matches at a place, and in one way only.
_ENCODED_AT: Final = rf"""(?ix) [{_UNICODE}]
    | %(?:25)*(?:40|u(?:0040|ff20|fe6b)|EF%(?:25)*BC%(?:25)*A0|EF%(?:25)*B9%(?:25)*AB
        |F3%(?:25)*A0%(?:25)*81%(?:25)*80
        |26(?:commat|(?:\#|%(?:25)*23)(?:0*(?:64|65312|65131|917568)|x0*(?:40|ff20|fe6b|e0040)))
            (?:;|%(?:25)*3b))
    | (?:&|\\u0026)(?:amp;)*
        (?:commat
            |\#(?:0*(?:64|65312|65131|917568)(?![0-9])|x0*(?:40|ff20|fe6b|e0040)(?![0-9a-f])));?
    | \\(?:u+(?:0000)?(?:0040|ff20|fe6b)|u000e0040|u\{{0*(?:40|ff20|fe6b|e0040)\}}|udb40\\+udc40
        |x40|xef\\+xbc\\+xa0|xef\\+xb9\\+xab|xf3\\+xa0\\+x81\\+x80|x\{{0*(?:40|ff20|fe6b|e0040)\}}
        |N\{{(?:(?:FULLWIDTH[ ]|SMALL[ ]|TAG[ ])?COMMERCIAL[ ]AT|U\+0*(?:40|ff20|fe6b|e0040))\}}
        |357\\+274\\+240|357\\+271\\+253|363\\+240\\+201\\+200|o\{{0*100\}}
        |(?:{_BEHIND_A_WORD})0?100{_BEFORE_A_DOMAIN})
    | =(?:40{_BEFORE_A_DOMAIN}|EF=BC=A0|EF=B9=AB|F3=A0=81=80)
    | \+(?:AEA|/yA|/ms|20DcQA)-
    """
_ENCODED_QUOTE: Final = r"""(?ix) [\u201c-\u201f\uff02]
    | %(?:25)*(?:(?:u00)?22|u201[c-f]|E2%(?:25)*80%(?:25)*9[c-f])
    | (?:&|\\u0026)(?:amp;)*
        (?:quot|[lrb]dquo
            |\#(?:0*(?:34|822[0-3]|65282)(?![0-9])|x0*(?:22|201[c-f]|ff02)(?![0-9a-f])));?
    | \\(?:u+(?:0000)?(?:0022|201[c-f]|ff02)|u\{0*(?:22|201[c-f]|ff02)\}
        |x22|x\{0*(?:22|201[c-f]|ff02)\}
        |xe2\\+x80\\+x9[c-f]|342\\+200\\+23[4-7]|o\{0*42\}|0?42(?![0-7])
        |N\{(?:QUOTATION[ ]MARK|U\+0*22)\})
    | \+ACI-
    | =22(?=[^@\r\n]{0,320}=22[^\S\r\n]*@|[^\S\r\n]*@)
    """

# A quoted local part before an at sign may hold one itself.
_QUOTED_WITH_AT: Final = r'"[^"@]*@[^"]*"(?=[^\S\r\n]*@)'

# A quick check: most texts hold none of these.
_SUSPICIOUS: Final = re.compile(rf"(?i)[@{_UNICODE}%&\\]|=(?:40|EF|F3)|\+(?:AEA|/yA|/ms|20DcQA)-")

# Patterns are compiled at their first use, to keep cold starts short.
_compiled: Final = functools.cache(re.compile)

# Text before an at sign, backwards: blanks and backslashes; a comment; then a quoted local part,
# a word, or any other text without blanks. A word may hold an HTML entity with its semicolon, and
# quotes and backslashes behind another character. There are no possessive quantifiers, which are
# wrong in Python 3.11.4 and before (CPython issue 106052).
_BLANKS: Final = r"[^\S\r\n]*\\*[^\S\r\n]*"
_COMMENT: Final = r"\)(?:[^()]|\)[^()]*\()*\([^\S\r\n]*"
_QUOTED: Final = r'"\\[^"]*"\\|"(?:[^"]|"(?=\\))*"(?!\\)'
_ATOM: Final = r'[^\s"<>\\(),:;\[\]]|;[\w#]{1,32}(?:;(?:pma|PMA))*(?:&|62(?:52)*%|6200u\\)'
_WORD: Final = (
    r"(?:\}[\w -]{1,88}\{N\\"  # \N{FULL STOP}
    rf"|{_ATOM}"
    rf'|\\*"["\\]*(?={_ATOM})[^"\r\n]{{0,128}}"'  # a quoted string and more
    rf'|["\\]+(?={_ATOM})'
    rf'|(?:[^\S\r\n]\\)+["\\]*(?={_ATOM}))+'  # an escaped blank
)
_NO_BLANKS: Final = r"\S+"

# Behind a slash, names in IAM and STS may be addresses: "assumed-role/Admin/john@example.com".
_IAM_RESOURCES: Final = ("assumed-role/", "federated-user/", "role/", "user/")


def mask(text: str) -> str:
    """Mask every email address in a text; one character of the local part and the domain remain."""
    # guard: emails-masked-in-logs
    if not _SUSPICIOUS.search(text):
        return text
    plain = _compiled(_ENCODED_AT).sub("@", text)
    if "@" not in plain:
        return text
    plain = _compiled(_ENCODED_QUOTE).sub('"', plain)
    plain = _compiled(_QUOTED_WITH_AT).sub(lambda match: match[0].replace("@", "*"), plain)
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
    word = backwards[start : _end(_WORD, backwards, _end(_QUOTED, backwards, start))][::-1]
    # A word in single quotes begins behind them, and one may be a part of it: O'Brien.
    word = word.lstrip("'") or word
    if word.startswith(_IAM_RESOURCES):
        word = word.rpartition("/")[2] or word
    if not word.strip('"\\'):
        rest = backwards[start : _end(_NO_BLANKS, backwards, start)][::-1]
        word = rest if any(sign.isalnum() for sign in rest) else ""
    local = word.strip('"\\')
    return f"{text[: len(text) - start - len(word)]}{local[0]}***" if local else text


def _end(pattern: str, text: str, start: int) -> int:
    """Return the end of a match at a position; the position itself if nothing matches."""
    match = _compiled(pattern).match(text, start)
    return match.end() if match else start
