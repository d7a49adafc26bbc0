"""The mailbox, and the frame in which an email's HTML can do nothing."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_string
from email.policy import default
from typing import TYPE_CHECKING

import pytest

from local.mailbox import Email
from tests.local.console.emails import an_email

if TYPE_CHECKING:
    from tests.local.console.support import Browser, FakeDeployment


def test_emails_are_listed_newest_first(browser: Browser, deployment: FakeDeployment) -> None:
    """The email that was sent last is the first; its number counts from the oldest."""
    deployment.messages = [an_email(Subject="first"), an_email(Subject="second")]
    page = browser.get("/mailbox").text
    assert page.index('<a href="/mailbox/2">second</a>') < page.index(
        '<a href="/mailbox/1">first</a>'
    )
    assert "2 emails" in page


def test_recipients_are_found_and_are_in_no_url(
    browser: Browser, deployment: FakeDeployment
) -> None:
    """A search finds a part of an address in any case, and the URL has an ID in place of it."""
    deployment.messages = [
        an_email(Subject="to Jane"),
        an_email(Subject="to John", To=["john@example.com"]),
    ]

    found = browser.post("/mailbox/search", recipient=" JOHN@ ")

    assert "to John" in found.text
    assert "to Jane" not in found.text
    assert found.url.path == "/mailbox"
    assert "john" not in str(found.url).lower()
    assert "to John" in browser.get(str(found.url.raw_path, "ascii")).text
    assert "No email was sent to" in browser.post("/mailbox/search", recipient="nobody").text
    assert "not known any more" in browser.get("/mailbox?search=0123").text
    assert browser.post("/mailbox/search", recipient="").url.query == b""


def test_the_html_is_in_a_sandbox(browser: Browser, deployment: FakeDeployment) -> None:
    """An email's HTML runs nothing and loads nothing: a sandboxed frame with its own policy."""
    html = "<script>alert(1)</script><img src='https://example.com/pixel.png'>"
    deployment.messages = [an_email(BodyHtml=html)]

    page = browser.get("/mailbox/1").text
    frame = browser.get("/mailbox/1/frame")

    assert '<iframe src="/mailbox/1/frame" sandbox=""' in page
    assert "alert(1)" not in page
    assert frame.text == html
    policy = frame.headers.get_list("content-security-policy")
    assert len(policy) == 1
    directives = {each.strip() for each in policy[0].split(";")}
    assert {"sandbox", "default-src 'none'", "img-src data:", "form-action 'none'"} <= directives
    assert not any(each.startswith("script-src") for each in directives)


def test_text_and_source_are_shown_as_text(browser: Browser, deployment: FakeDeployment) -> None:
    """The text and the source are text, and the source is a message that programs can read."""
    deployment.messages = [an_email(BodyText="Grüße <b>", Subject="a\r\nBcc: evil@example.com")]

    assert "Grüße &lt;b&gt;" in browser.get("/mailbox/1/text").text
    page = browser.get("/mailbox/1/source").text.partition("<pre")[2]
    assert "To: jane.roe@example.com" in page
    assert "Content-Type: text/html" in page
    assert "\nBcc:" not in page


def test_the_source_holds_both_parts() -> None:
    """The source has the recipient, the subject, the text and the HTML."""
    source = message_from_string(Email.of(1, an_email(BodyText="Grüße")).source, policy=default)
    assert source["To"] == "jane.roe@example.com"
    parts = {part.get_content_type() for part in source.walk()}
    assert {"text/plain", "text/html"} <= parts


@pytest.mark.parametrize("number", ["0", "2", "99999999999999999999", "x"])
@pytest.mark.parametrize("view", ["", "/text", "/source", "/frame"])
def test_an_unknown_email_is_not_found(
    browser: Browser, deployment: FakeDeployment, number: str, view: str
) -> None:
    """A number that no email has is not found."""
    deployment.messages = [an_email()]
    assert browser.get(f"/mailbox/{number}{view}").status_code == 404


def test_a_stack_with_a_mail_server_says_where_its_emails_are(
    browser: Browser, deployment: FakeDeployment
) -> None:
    """Emails that are sent by SMTP are not here, which the page says."""
    assert "mail server" not in browser.get("/mailbox").text
    config = {"orders:smtp": '{"host": "smtp.example.com", "secretArn": "a"}'}
    deployment.settings = replace(deployment.settings, config=config)
    assert "mail server smtp.example.com" in browser.get("/mailbox").text
