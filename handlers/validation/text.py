"""Rules for texts and IDs of an order, for functions that do not import the slow request model."""

import re
import unicodedata
from typing import Any, Final

# Keeps every key below the 1024 bytes of a DynamoDB sort key, and subject lines short.
MAX_SHORT_TEXT: Final = 128

# Characters that change the order in which text is displayed (UAX 9): U+202E displays `1.99` as
# `99.1`. The marks LRM, RLM and ALM affect only their neighbours, and joiners (ZWJ, ZWNJ) belong to
# many scripts: both are allowed.
_BIDIRECTIONAL: Final = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

# C0 and C1 controls except tabs and line breaks, and Unicode separators: they could forge a header
# or a log line. Lone surrogates, which UTF-8 cannot encode. U+FFFE and U+FFFF, which SQS refuses.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
_FORBIDDEN: Final = (
    f"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff{_BIDIRECTIONAL}"
)
CONTROL_CHARACTERS: Final = re.compile(f"[{_FORBIDDEN}\t\n\r]")
CONTROL_CHARACTERS_EXCEPT_LINES: Final = re.compile(f"[{_FORBIDDEN}]")

# Recommended by Unicode (UAX 15, section 13); no language needs more than a few.
MAX_MARKS: Final = 30

# Invisible copies of ASCII. Their only use is in flags of subdivisions, such as Scotland's.
# https://www.unicode.org/reports/tr51/#def_emoji_tag_sequence
_TAG: Final = re.compile("[\U000e0000-\U000e007f]")
_FLAG: Final = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f")

# Letters and symbols that are displayed as blank. So are spaces, marks and format characters.
_BLANK: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800\ufffc\U0001d159\U00013441\U00013442")
_INVISIBLE_CATEGORIES: Final = ("C", "M", "Z")

# Unicode's White_Space, which pydantic trims. `str.strip` would trim some control characters too.
WHITE_SPACE: Final = (
    "\t\n\x0b\x0c\r \x85\u00a0\u1680"
    + "".join(map(chr, range(0x2000, 0x200B)))
    + ("\u2028\u2029\u202f\u205f\u3000")
)

ORDER_ID: Final = r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}"
_ORDER_ID: Final = re.compile(ORDER_ID)


def problem(text: str, *, lines: bool = False) -> str | None:
    """Return the message about a forbidden character; None if there is none.

    Args:
        text: The text.
        lines: Whether line breaks and tabs are allowed.
    """
    if match := (CONTROL_CHARACTERS_EXCEPT_LINES if lines else CONTROL_CHARACTERS).search(text):
        if match[0] in _BIDIRECTIONAL:
            return "Must not contain bidirectional overrides, embeddings or isolates"
        return f"Must not contain control characters{'' if lines else ' or line breaks'}"
    if is_stacked(text):
        return f"Must not contain more than {MAX_MARKS} combining marks in a row"
    if _TAG.search(text) and _TAG.search(_FLAG.sub("", text)):
        return "Must not contain invisible tag characters"
    return None


def is_stacked(text: str) -> bool:
    """Whether a text has too many combining marks in a row."""
    if text.isascii():
        return False
    marks = 0
    for each in map(unicodedata.combining, text):
        marks = marks + 1 if each else 0
        if marks > MAX_MARKS:
            return True
    return False


def trimmed(value: Any) -> Any:
    """Return a text without surrounding white space, and any other value unchanged."""
    return value.strip(WHITE_SPACE) if isinstance(value, str) else value


def is_visible(text: str) -> bool:
    """Whether a text has a visible character; a mark alone is none."""
    return any(
        each not in _BLANK and not _is_invisible(unicodedata.category(each)) for each in text
    )


def is_order_id(text: str) -> bool:
    """Whether a text is a valid `orderId`."""
    return bool(_ORDER_ID.fullmatch(text))


def is_customer_id(text: str) -> bool:
    """Whether a text is a `customerId` as it would be stored."""
    return 0 < len(text) <= MAX_SHORT_TEXT and text == trimmed(text) and problem(text) is None


def _is_invisible(category: str) -> bool:
    # Private use, and characters of newer Unicode versions, may be visible.
    return category.startswith(_INVISIBLE_CATEGORIES) and category not in {"Co", "Cn"}
