"""What the text of an order may hold: the rules that hold without the model, which is slow to import."""

import re
import unicodedata
from typing import Any, Final

# 128 keeps every key below DynamoDB's 1024 bytes for a sort key, and below what a subject line bears.
SHORT: Final = 128

# Characters that display text in another order than it is stored in (UAX 9): with U+202E, `1.99` is shown as `99.1`.
# The marks LRM, RLM and ALM order nothing but what is beside them, and joiners (ZWJ, ZWNJ) belong to many scripts:
# both stay allowed.
_BIDIRECTIONAL: Final = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

# What could forge a header or a log line: C0 and C1 controls but for tabs and line breaks, and Unicode's separators.
# What cannot be encoded: lone surrogates. What SQS does not take: U+FFFE and U+FFFF.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
_NEVER: Final = (
    f"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff{_BIDIRECTIONAL}"
)
CONTROL_CHARACTERS: Final = re.compile(f"[{_NEVER}\t\n\r]")
CONTROL_CHARACTERS_BUT_LINES: Final = re.compile(f"[{_NEVER}]")

# What Unicode recommends as a limit (UAX 15, section 13); no language needs more than a few.
MAX_MARKS: Final = 30

# Tag characters repeat ASCII invisibly. Their only use is in flags of subdivisions, such as Scotland's.
# https://www.unicode.org/reports/tr51/#def_emoji_tag_sequence
_TAG: Final = re.compile("[\U000e0000-\U000e007f]")
_FLAG: Final = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f")

# Letters and symbols that are displayed as blank, beside the categories of spaces, marks and format characters.
_BLANK: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800\ufffc\U0001d159\U00013441\U00013442")
_INVISIBLE_CATEGORIES: Final = ("C", "M", "Z")

# Unicode's White_Space: what pydantic trims. `str.strip` would trim some control characters as well.
WHITE_SPACE: Final = (
    "\t\n\x0b\x0c\r \x85\u00a0\u1680"
    + "".join(map(chr, range(0x2000, 0x200B)))
    + ("\u2028\u2029\u202f\u205f\u3000")
)

ORDER_ID: Final = r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}"
_ORDER_ID: Final = re.compile(ORDER_ID)


def problem(text: str, *, lines: bool = False) -> str | None:
    """Return the sentence that says what is wrong with a text; None if nothing is. `lines` allows line breaks."""
    if found := (CONTROL_CHARACTERS_BUT_LINES if lines else CONTROL_CHARACTERS).search(text):
        if found[0] in _BIDIRECTIONAL:
            return "Must not contain bidirectional overrides, embeddings or isolates"
        return (
            "Must not contain control characters"
            if lines
            else "Must not contain control characters or line breaks"
        )
    if is_stacked(text):
        return f"Must not contain more than {MAX_MARKS} combining marks in a row"
    if _TAG.search(text) and _TAG.search(_FLAG.sub("", text)):
        return "Must not contain invisible tag characters"
    return None


def is_stacked(text: str) -> bool:
    """Whether a text stacks more marks on a letter than any language does."""
    if text.isascii():
        return False
    marks = 0
    for each in map(unicodedata.combining, text):
        marks = marks + 1 if each else 0
        if marks > MAX_MARKS:
            return True
    return False


def trimmed(value: Any) -> Any:
    """Return a text without the spaces around it, and any other value as it is."""
    return value.strip(WHITE_SPACE) if isinstance(value, str) else value


def is_visible(text: str) -> bool:
    """Whether a reader sees anything of a text; marks need a letter that they stand with."""
    return any(
        each not in _BLANK and not _is_invisible(unicodedata.category(each)) for each in text
    )


def is_order_id(text: str) -> bool:
    """Whether an order may have this ID, as it stands."""
    return bool(_ORDER_ID.fullmatch(text))


def is_customer_id(text: str) -> bool:
    """Whether a customer may have this ID, as it stands: an order's `customerId` would be stored so."""
    return 0 < len(text) <= SHORT and text == trimmed(text) and problem(text) is None


def _is_invisible(category: str) -> bool:
    # Private use and what a newer Unicode assigns may be visible.
    return category.startswith(_INVISIBLE_CATEGORIES) and category not in {"Co", "Cn"}
