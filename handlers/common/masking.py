r"""Masking of email addresses in texts: `john@example.com` becomes `j***@example.com`.

An address is masked in each notation that a person or a program reads as one: with the other at signs of Unicode,
percent-encoded (`%40`), as an HTML entity (`&#64;`), escaped (`\u0040`, `\100`), with a quoted local part
(`"a b"@example.com`), with a comment, and with blanks around the sign. Any character of the local part may be written
in one of these notations, too. What has no at sign in any of them (base64, "jane at example dot com") is not
recognised.

Every function here takes time in proportion to the length of the text, because untrusted clients write it.
"""

import functools
import re
from typing import Final

# No address is longer (RFC 3696). A text that is cut is masked so many characters further than what remains of it.
LONGEST_ADDRESS: Final = 320

# The at signs of Unicode: fullwidth, small, and the invisible tag character.
_UNICODE: Final = "\uff20\ufe6b\U000e0040"

# A domain, as far as an at sign that may be something else needs one behind it: a number, or a part of a file's name.
_DOT: Final = (
    r"(?:[.\u3002\uff0e\uff61]|%(?:25)*2e|&(?:\#0*46|\#x0*2e|period);?|=2e|\\+(?:u+002e|x2e|0?56))"
)
_BEFORE_A_DOMAIN: Final = rf"(?=[\w-]+{_DOT}[\w%&=\\]|\[[\w:]+[.:])"

# Backslashes that do not begin a path: "C:\100files.txt".
_BEHIND_A_WORD: Final = "|".join(rf"(?<=[^\s:/\\]\\{{{count}}})" for count in (1, 2, 3, 4))

# A character as a percent-encoding, an HTML entity, or an escape of JSON, Python or JavaScript; an entity's ampersand
# may be encoded itself. No two alternatives match at one place, and none can match a text in two ways.
_ENCODED_AT: Final = rf"""(?ix) [{_UNICODE}]
    | %(?:25)*(?:40|u(?:0040|ff20|fe6b)|EF%(?:25)*BC%(?:25)*A0|EF%(?:25)*B9%(?:25)*AB
        |F3%(?:25)*A0%(?:25)*81%(?:25)*80
        |26(?:commat|(?:\#|%(?:25)*23)(?:0*(?:64|65312|65131|917568)|x0*(?:40|ff20|fe6b|e0040)))(?:;|%(?:25)*3b))
    | (?:&|\\u0026)(?:amp;)*
        (?:commat|\#(?:0*(?:64|65312|65131|917568)(?![0-9])|x0*(?:40|ff20|fe6b|e0040)(?![0-9a-f])));?
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
        (?:quot|[lrb]dquo|\#(?:0*(?:34|822[0-3]|65282)(?![0-9])|x0*(?:22|201[c-f]|ff02)(?![0-9a-f])));?
    | \\(?:u+(?:0000)?(?:0022|201[c-f]|ff02)|u\{0*(?:22|201[c-f]|ff02)\}|x22|x\{0*(?:22|201[c-f]|ff02)\}
        |xe2\\+x80\\+x9[c-f]|342\\+200\\+23[4-7]|o\{0*42\}|0?42(?![0-7])|N\{(?:QUOTATION[ ]MARK|U\+0*22)\})
    | \+ACI-
    | =22(?=[^@\r\n]{0,320}=22[^\S\r\n]*@|[^\S\r\n]*@)
    """

# A quoted local part before an at sign may hold one itself.
_QUOTED_WITH_AT: Final = r'"[^"@]*@[^"]*"(?=[^\S\r\n]*@)'

# Most texts hold none of these, and then there is nothing to look for.
_SUSPICIOUS: Final = re.compile(rf"(?i)[@{_UNICODE}%&\\]|=(?:40|EF|F3)|\+(?:AEA|/yA|/ms|20DcQA)-")

# The other patterns are compiled when the first text needs them, because a cold start has no time for them.
_compiled: Final = functools.cache(re.compile)

# Without possessive quantifiers, which are wrong in Python 3.11.4 and before (CPython's issue 106052).
# What is before an at sign, read backwards: blanks and backslashes; a comment; then a quoted local part, a word, or
# any other text without blanks. An HTML entity is a part of a word, although it ends with a semicolon, and so are
# quotes and backslashes behind a word's character: they may be a part of it, or of an escape.
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

# The resources of IAM and STS whose name, behind a slash, may be an address: "assumed-role/Admin/john@example.com".
_IAM_RESOURCES: Final = ("assumed-role/", "federated-user/", "role/", "user/")


def mask(text: str) -> str:
    """Replace every email address in a text: one character of its local part survives, and its domain."""
    # guard: emails-masked-in-logs
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
    """Return where a match that begins at a position ends: there, if there is none."""
    found = _compiled(pattern).match(text, start)
    return found.end() if found else start
