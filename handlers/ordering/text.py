"""What the text of an order may hold: the rules that hold without the model, which is slow to import."""

import re
from typing import Final

# 128 keeps every key below DynamoDB's 1024 bytes for a sort key, and below what a subject line bears.
SHORT: Final = 128

# What could forge a header or a log line: C0 and C1 controls but for tabs and line breaks, and Unicode's separators.
# What cannot be encoded: lone surrogates. What SQS does not take: U+FFFE and U+FFFF.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
_NEVER: Final = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff"
CONTROL_CHARACTERS: Final = re.compile(f"[{_NEVER}\t\n\r]")
CONTROL_CHARACTERS_BUT_LINES: Final = re.compile(f"[{_NEVER}]")

ORDER_ID: Final = r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}"
_ORDER_ID: Final = re.compile(ORDER_ID)


def is_order_id(text: str) -> bool:
    """Whether an order may have this ID, as it stands."""
    return bool(_ORDER_ID.fullmatch(text))


def is_customer_id(text: str) -> bool:
    """Whether a customer may have this ID, as it stands: an order's `customerId` would be stored so."""
    return 0 < len(text) <= SHORT and text == text.strip() and not CONTROL_CHARACTERS.search(text)
