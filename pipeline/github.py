"""GitHub's REST API, with the standard library: comments, issues, pull requests, deployments."""

from __future__ import annotations

import itertools
import json
import os
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from tooling.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator

_PAGE: Final = 100
_TIMEOUT_SECONDS: Final = 30
# Whose comments and issues the token of a workflow may have written.
_BOT: Final = "github-actions[bot]"


class NotFoundError(UserError):
    """What a request names does not exist, or the token may not see it."""


@dataclass(frozen=True, kw_only=True)
class Repository:
    """A repository on GitHub, and a token that may use it."""

    url: str
    """Such as https://api.github.com/repos/<owner>/<name>."""

    token: str = field(repr=False)

    @classmethod
    def of_the_runner(cls) -> Repository:
        """Return the repository that a workflow's step runs for.

        Raises:
            UserError: a variable is missing that the runner, or the step, has to set.
        """
        names = ("GITHUB_API_URL", "GITHUB_REPOSITORY", "GITHUB_TOKEN")
        values = [os.environ.get(name) for name in names]
        missing = [name for name, value in zip(names, values, strict=True) if not value]
        if missing:
            raise UserError(f"{', '.join(missing)} must be set, as in a workflow's step.")
        return cls(url=f"{values[0]}/repos/{values[1]}", token=values[2] or "")

    def save_comment(self, number: int, marker: str, body: str) -> None:
        """Write a comment of a pull request, over that with the same first line."""
        for comment in self._all(f"/issues/{number}/comments"):
            if _by_bot(comment) and comment["body"].startswith(marker):
                self._call("PATCH", f"/issues/comments/{comment['id']}", {"body": body})
                return
        self._call("POST", f"/issues/{number}/comments", {"body": body})

    def save_issue(self, title: str, body: str | None) -> None:
        """Open or update the issue with a title; without a body, close it."""
        query = urllib.parse.urlencode({"state": "open", "creator": _BOT})
        issues = [issue for issue in self._all(f"/issues?{query}") if issue["title"] == title]
        if body is not None and not issues:
            self._call("POST", "/issues", {"title": title, "body": body})
        for issue in issues:
            change = {"state": "closed"} if body is None else {"body": body}
            self._call("PATCH", f"/issues/{issue['number']}", change)

    def deployed_commit(self, environment: str) -> str | None:
        """Return the commit of an environment's last successful deployment."""
        query = urllib.parse.urlencode({"environment": environment})
        for deployment in self._all(f"/deployments?{query}"):
            statuses = self._call("GET", f"/deployments/{deployment['id']}/statuses?per_page=1")
            if statuses and statuses[0]["state"] == "success":
                return str(deployment["sha"])
        return None

    def is_older(self, commit: str, than: str) -> bool:
        """Whether a commit is an ancestor of another one, which may no longer exist."""
        try:
            comparison = self._call("GET", f"/compare/{than}...{commit}?per_page=1")
        except NotFoundError:
            return False
        return bool(comparison["status"] == "behind")

    def has_open_pull_request(self, number: int, label: str) -> bool:
        """Whether a pull request is open and has a label."""
        pull_request = self._call("GET", f"/pulls/{number}")
        labels = {each["name"] for each in pull_request["labels"]}
        return pull_request["state"] == "open" and label in labels

    def _all(self, path: str) -> Iterator[dict[str, Any]]:
        separator = "&" if "?" in path else "?"
        for page in itertools.count(1):
            items = self._call("GET", f"{path}{separator}per_page={_PAGE}&page={page}")
            yield from items
            if len(items) < _PAGE:
                return

    def _call(self, method: str, path: str, body: dict[str, str] | None = None) -> Any:
        request = urllib.request.Request(  # noqa: S310 (the address is the runner's)
            f"{self.url}{path}",
            method=method,
            data=json.dumps(body).encode() if body else None,
            headers={
                "Accept": "application/vnd.github+json",
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
                "X-GitHub-Api-Version": "2022-11-28",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as response:  # noqa: S310
                return json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                reason = error.read(500).decode(errors="replace")
            refusal = NotFoundError if error.code == HTTPStatus.NOT_FOUND else UserError
            raise refusal(f"GitHub refused {method} {path}: {error.code} {reason}") from error
        except (OSError, ValueError) as error:
            raise UserError(f"GitHub did not respond to {method} {path}: {error}") from error


def _by_bot(comment: dict[str, Any]) -> bool:
    return bool(comment["user"] and comment["user"]["login"] == _BOT)
