"""Responses to malformed JSON say what is wrong and where."""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.mock_account import MockAccount

_SENTENCE = re.compile(
    r"Must be valid JSON: (expecting (value( or '\]')?|':' delimiter|',' delimiter or '[\]}]'|"
    r"property name enclosed in double quotes( or '}')?)|extra data|unterminated string starting|"
    r"illegal trailing comma before end of (object|array)|invalid (control character|"
    r"\\X escape sequence|"
    r"\\uXXXX escape sequence)) at line \d+, column \d+"
)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "Must be valid JSON: expecting value at line 1, column 1"),
        (
            "{'customerName': 'Jane'}",
            "expecting property name enclosed in double quotes or '}' at line 1, column 2",
        ),
        ('{"notes": "a" "b"}', "expecting ',' delimiter or '}' at line 1, column 15"),
        ('{\n  "notes": nothing\n}', "expecting value at line 2, column 12"),
        ('{"notes": "a",}', "illegal trailing comma before end of object at line 1, column 14"),
        ('{"notes": "a\nb"}', "invalid control character at line 1, column 13"),
        ('{"notes": "\\q"}', "invalid \\X escape sequence at line 1, column 13"),
        ('{"notes": "\\ud8"}', "invalid \\uXXXX escape sequence at line 1, column 12"),
        ('{"notes": "a', "unterminated string starting at line 1, column 11"),
        ("{} {}", "extra data at line 1, column 4"),
        ("[" * 5_000, "Must not be nested that deeply"),
    ],
)
def test_position_is_named(account: MockAccount, body: str, message: str) -> None:
    """Malformed JSON is refused with what was expected, line and column."""
    response = account.post(body)

    assert (response.status, response.body["error"]) == (400, "Malformed JSON")
    (error,) = response.body["errors"]
    assert error == {"field": "body", "message": error["message"]}
    assert error["message"] in {message, f"Must be valid JSON: {message}"}


@pytest.mark.parametrize(
    "before", ['{"a":', "[", "[1", '{"', '{"a', '"', '"\\', '"\\u', "{", "{}", ""]
)
def test_no_message_repeats_the_body(account: MockAccount, before: str) -> None:
    """The message repeats no character of the body."""
    messages = {
        error["message"]
        for character in string.printable + "\u00df\ufeff\x7f"
        for error in account.post(before + character * 3).body["errors"]
        if error["field"] == "body"
    }

    assert {message for message in messages if not _SENTENCE.fullmatch(message)} <= {
        "Must be an object"
    }
