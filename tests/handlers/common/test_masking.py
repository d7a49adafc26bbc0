"""Masking of email addresses: every notation, in linear time."""

from __future__ import annotations

import contextlib
import json
import time
from typing import TYPE_CHECKING

import pytest

from handlers.common import exact_json
from handlers.common.masking import mask
from handlers.validation import email_addresses, text
from tests.support.notations import LOCALS, NOTATIONS, shown_of_local

if TYPE_CHECKING:
    from collections.abc import Callable

# Repeated thousands of times, each would cost a careless pattern the square of its length.
_PARTS = (
    *(
        "a",
        "a'",
        "'",
        '"',
        '"a',
        '\\"',
        "\\",
        "\\u",
        "\\u{0",
        "\\u0",
        " \\",
        "(",
        ")",
        ")(",
        ";",
        ";a&",
        "a;",
        "&",
        "<",
    ),
    *(
        "%25",
        "%EF",
        "&amp;",
        "&#0",
        "&#x0",
        "=40",
        "=40aaaa",
        "=40-",
        " ",
        "\t",
        "\n",
        "\u201c",
        "\u3000",
        "a.",
        ".",
    ),
    *(
        "@",
        "a@",
        '"@',
        " @",
        ")(@",
        "'@",
        "a @ ",
        "\\@",
        "@.",
        "%40",
        "&#64;",
        "\uff20",
        "user/",
        "a/",
        ":",
        "0",
        "é",
    ),
    *(
        "\\100",
        "\\100a",
        "a\\100a",
        "a\\100a.",
        "\\0",
        "a\\",
        "a\\ ",
        "\\ ",
        "\\ \\",
        '\\ "',
        'a"',
        'a "',
        '" "',
        '."',
        'a."',
    ),
    *(
        "}",
        "\\N{",
        "\\N{a",
        "\\N{a}",
        "a}",
        "{",
        "\\udb40",
        "\\xef",
        "\\u0026",
        "\\u0026amp;",
        "%26",
        "%26%23",
    ),
    *(
        ";amp",
        "&amp;amp;#46;",
        "amp;",
        "=22",
        "=22 ",
        "=22a",
        "=EF",
        "+ACI-",
        "+",
        "=40a=2E",
        "\\100a\\056",
        "/",
    ),
)


@pytest.mark.parametrize("notation", NOTATIONS)
@pytest.mark.parametrize("local", ["jane.roe", "jane+shop", "o'jane", "jané"])
def test_no_notation_shows_an_address(notation: str, local: str) -> None:
    """In any notation, at most one character of an address's local part is shown."""
    masked = mask(f"User {notation.format(local)} is unknown")

    assert "jan" not in masked
    assert "***@" in masked
    assert masked.startswith("User ")
    assert masked.endswith(" is unknown")


@pytest.mark.parametrize("notation", NOTATIONS)
def test_no_notation_shows_more_than_the_first_character(notation: str) -> None:
    """With encoded characters in the local part too, at most the first one is shown."""
    for local in LOCALS:
        address = notation.format(local)
        around = ("{}", "User {} is unknown", "{{'customer': '{}'}}")
        for line in (*(form.format(address) for form in around), json.dumps({"id": address})):
            masked = mask(line)
            assert shown_of_local(masked) in {"", "Z"}, (line, masked)
            assert "***@" in masked, (line, masked)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ('"a b"@example.com', "a***@example.com"),
        ('"jane doe@work"@example.com', "j***@example.com"),
        ("jane\uff20example.com", "j***@example.com"),
        ("mailto:jane%40example.com", "mailto:j***@example.com"),
        (
            "User: arn:aws:sts::1:assumed-role/Admin/john@x",
            "User: arn:aws:sts::1:assumed-role/Admin/j***@x",
        ),
        ("arn:aws:iam::1:user/ops/john@x.example", "arn:aws:iam::1:user/ops/j***@x.example"),
        ("department/shipping@example.com", "d***@example.com"),
        ("john@@example.com", "j***@@example.com"),
        ("a@b@c", "a***@b***@c"),
        ("zqjohn\\u002edoe\\u0040example.com", "z***@example.com"),
        ("zqjo\\x2ehn@example.com", "z***@example.com"),
        ('zqa"b@example.com', "z***@example.com"),
        ("zqjane\\100example.com", "z***@example.com"),
        ("zqjane\\o{100}example.com", "z***@example.com"),
        ('zqjohn"a b"@example.com', "z***@example.com"),
        ('zq."a b"doe@example.com', "z***@example.com"),
        ('"zq john".doe@example.com', "z***@example.com"),
        ("zqjohn\\N{FULL STOP}doe@example.com", "z***@example.com"),
        ("zqjohn\\ doe@example.com", "z***@example.com"),
        ("zqjohn\\u0026#46;doe\\u0026#64;example.com", "z***@example.com"),
        ('{"email":"john@example.com"}', '{"email":"j***@example.com"}'),
        ('{\\"email\\":\\"john@example.com\\"}', '{\\"email\\":\\"j***@example.com\\"}'),
        ('["a","john@example.com"]', '["a","j***@example.com"]'),
        (
            'File "C:\\a\\b.py", line 1: john@example.com',
            'File "C:\\a\\b.py", line 1: j***@example.com',
        ),
        ("role/john/@example.com", "r***@example.com"),
    ],
)
def test_mask_keeps_the_surrounding_text(text: str, masked: str) -> None:
    """One character, the domain and the surrounding text are unchanged."""
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "",
        "100 %",
        "50%",
        "a & b",
        "timeout=40",
        "x=40.",
        "C:\\40",
        "C:\\100files",
        "C:\\100files.txt",
        "C:\\dir\\100files",
        "D:\\\\100\\\\a.b",
        "\\u0401\\u0408\\u4000",
        "timeout=40s. Next",
        'File "C:\\app\\100\\x.py", line 100, in f',
        '  File "/var/task/handlers/relay/handler.py", line 44, in handle\\n    raise',
        "&copy; &#65;",
        "@",
        "@@",
        '"@',
        "\n    @decorator\n",
        "a\n@b",
    ],
)
def test_text_without_an_address_is_unchanged(text: str) -> None:
    """Text that only resembles an address is unchanged."""
    assert mask(text) == text


def _is_linear(work: Callable[[str], object], part: str, around: str) -> bool:
    """Whether eight times the text takes less than 32 times the time (quadratic: 64 times)."""
    texts = [around.format(part * (count // len(part))) for count in (1_000, 8_000)]
    short = min(_seconds(work, texts[0]) for _ in range(3))
    return any(_seconds(work, texts[1]) < 32 * short + 0.001 for _ in range(5))


def _seconds(work: Callable[[str], object], text: str) -> float:
    start = time.thread_time()
    with contextlib.suppress(ValueError, RecursionError):  # an error is a result, too
        work(text)
    return time.thread_time() - start


@pytest.mark.parametrize("part", _PARTS)
@pytest.mark.parametrize("around", ["{}", "{}@", '"{}"@x', "{0}@{0}", 'x "{} @x'])
def test_masking_takes_linear_time(part: str, around: str) -> None:
    """Masking takes time linear in the length of any text."""
    assert _is_linear(mask, part, around)


@pytest.mark.parametrize(
    ("work", "around"),
    [
        (email_addresses.email_address_problem, "{}@example.com"),
        (email_addresses.email_address_problem, "a@{}"),
        (email_addresses.email_address_problem, "a@{}.example"),
        (text.is_order_id, "{}"),
        (text.is_customer_id, "{}"),
        (text.CONTROL_CHARACTERS.search, "{}"),
        (exact_json.loads, "{}"),
        (exact_json.loads, '"{}"'),
        (exact_json.loads, "[{}"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_checks_of_untrusted_text_take_linear_time(
    work: Callable[[str], object], around: str
) -> None:
    """Checks of untrusted text take time linear in its length."""
    for part in (
        "a",
        "a.",
        "a-",
        "-",
        ".",
        "@",
        "a@",
        "[",
        "1",
        "1e",
        '{"a":',
        " ",
        "\\",
        "\\u0041",
        "xn--",
    ):
        assert _is_linear(work, part, around), part
