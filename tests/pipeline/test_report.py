"""Comments and issues: their content, and that texts of a pull request stay texts."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pipeline import events, report
from pipeline.events import Change, Finding, Preview
from pipeline.text import LIMIT, code, cut
from tests.pipeline.support.samples import SUMMARY, step, violation, write

if TYPE_CHECKING:
    from pathlib import Path

_LOG = "https://github.com/owner/name/actions/runs/1"
_COSTS = "### Monthly cost\n\n| stack | now | then |\n| --- | --- | --- |\n| dev | 1.30 | 2.60 |\n"
_MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable("table")
_HOSTILE = [
    "`x` | <script>alert(1)</script>",
    "@everyone ``` ![](https://example.com/pixel)",
    "[link](https://example.com) -->",
    "</details>\n\n# Approved",
    "``a`",
    "a\\|b",
    "\u202eabc\x00\x1b[31m",
]


def _preview(**changed: object) -> Preview:
    content = {"changes": (), "findings": (), "unchanged": 0, "complete": True, **changed}
    return Preview(**content)  # type: ignore[arg-type] # the fields of a preview


def _change(name: str, *properties: str) -> Change:
    return Change(operation="update", type="aws:sqs/queue:Queue", name=name, properties=properties)


def test_a_comment_has_summary_findings_resources_and_costs(tmp_path: Path) -> None:
    """A comment shows counts, changed properties, findings and costs, and no value."""
    log = write(
        tmp_path,
        step("update", "orders", "visibilityTimeoutSeconds"),
        step("create", "emails"),
        step("same", "audit"),
        violation("The queue 'orders' is not encrypted."),
        SUMMARY,
    )
    text = report.comment("dev", events.read(log), _COSTS, _LOG)
    assert text.splitlines()[0] == report.marker("dev")
    assert "1 to create, 1 to update, 1 unchanged" in text
    assert "| update | `aws:sqs/queue:Queue` | `orders` | `visibilityTimeoutSeconds` |" in text
    assert "| mandatory | `encrypted-queues` | `orders` | `The queue 'orders' is not" in text
    assert _COSTS.strip() in text
    assert "top-secret" not in text


@pytest.mark.parametrize("costs", ["", _COSTS])
def test_a_preview_that_failed_says_so(costs: str) -> None:
    """Without a complete preview a comment claims neither 'no changes' nor 'no findings'."""
    text = report.comment("dev", _preview(complete=False), costs, _LOG)
    assert f"**The preview failed**; the [log]({_LOG}) says why." in text
    assert "No changes" not in text
    assert "None." not in text


def test_each_stack_has_a_comment_of_its_own() -> None:
    """The first line tells the comments of stacks apart, and no other text is one."""
    markers = [report.marker(stack) for stack in ("dev", "staging", "prod", "pr-12")]
    assert len(set(markers)) == 4
    assert all(map(report.is_marker, markers))
    assert not report.is_marker("<!-- something else -->")


@pytest.mark.parametrize("count", [0, 1, 5000])
def test_a_comment_fits_and_counts_what_is_left_out(count: int) -> None:
    """A comment never exceeds GitHub's limit; what does not fit is counted."""
    changes = tuple(_change(f"resource-{number:05}", "a" * 200) for number in range(count))
    findings = tuple(
        Finding(level="mandatory", policy="p", resource=f"r{number}", message="m" * 290)
        for number in range(count)
    )
    preview = _preview(changes=changes, findings=findings)
    text = report.comment("dev", preview, f"{'x' * 99}\n" * count, _LOG)
    assert len(text) <= LIMIT
    shown = len(re.findall(r"`resource-\d+`", text))
    missing = [int(number) for number in re.findall(r"… and (\d+) more", text)]
    if count == 5000:
        assert count - shown in missing
        assert shown > 50
        assert len(report.drift("dev", preview, "c0ffee", _LOG)) <= LIMIT
    else:
        assert (shown, missing) == (count, [])


@given(st.text(max_size=200) | st.sampled_from(_HOSTILE))
def test_a_text_stays_a_text(text: str) -> None:
    """A name or a message in a table's cell is shown as it is: no Markdown, HTML or mention."""
    cell = code(text)
    page = _MARKDOWN.render(f"| a | b |\n| --- | --- |\n| {cell} | end |\n")
    row = page.partition("<tbody>")[2]
    shown = re.fullmatch(
        r"\s*<tr>\s*<td>(?:<code>([^<]*)</code>)?</td>\s*<td>end</td>\s*</tr>\s*</tbody>\s*"
        r"</table>\s*",
        row,
    )
    assert shown, page
    expected = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    assert html.unescape(shown[1] or "") == expected


@pytest.mark.parametrize("text", _HOSTILE)
def test_a_comment_keeps_its_structure(text: str) -> None:
    """Whatever resources and policies are called, a comment has its own headings alone."""
    finding = Finding(level="advisory", policy=text, resource=text, message=text)
    preview = _preview(changes=(_change(text, text),), findings=(finding,))
    page = _MARKDOWN.render(report.comment("dev", preview, _COSTS, _LOG))
    headings = re.findall(r"<h\d>(.*?)</h\d>", page)
    assert headings == ["Preview of <code>dev</code>", "Policy findings", "Monthly cost"]
    assert (page.count("<details>"), page.count("</details>")) == (1, 1)
    assert "<img" not in page
    assert "<script" not in page


def test_long_markdown_is_cut_between_lines() -> None:
    """Markdown that is too long ends after a whole line, and says where the rest is."""
    text = cut("first line\nsecond line\n" * 50, 100, "the log has all.")
    assert len(text) <= 100
    assert text.endswith("second line\n\n… the log has all.")
    assert cut("short", 100, "rest") == "short"


def test_an_issue_about_drift_says_what_differs_and_what_to_do() -> None:
    """The issue names the stack, the deployed commit and the resources, and links the page."""
    text = report.drift("prod", _preview(changes=(_change("orders", "tags"),)), "c0ffee", _LOG)
    assert "`prod` differs from commit c0ffee" in text
    assert "| update | `aws:sqs/queue:Queue` | `orders` | `tags` |" in text
    assert "https://github.com/owner/name/blob/main/docs/pipeline.md#drift" in text
