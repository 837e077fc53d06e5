"""The people of the rehearsal: each signed in with an account of their own, all acting over HTTP."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from cli.demo.stage import PASSWORD, as_json


class Person:
    """Somebody at a browser: a session, and the clock everybody shares."""

    def __init__(self, api_url: str, username: str) -> None:
        self._client = httpx.Client(base_url=f"{api_url}/api/v1", timeout=60, trust_env=False)
        answer = as_json(self._client.post("/sign-in", json={"username": username, "password": PASSWORD}))
        self._client.headers["Authorization"] = f"Bearer {answer['token']}"
        self._client.cookies.clear()

    def get(self, path: str, **parameters: Any) -> Any:
        """Read something that must be there."""
        return as_json(self._client.get(path, params=parameters))

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """Do something that must succeed."""
        return as_json(self._client.post(path, json=body))

    def put(self, path: str, body: Mapping[str, Any]) -> Any:
        """Enter something that must be accepted."""
        return as_json(self._client.put(path, json=body))

    def try_post(self, path: str, body: Mapping[str, Any]) -> httpx.Response:
        """Do something that may be refused."""
        return self._client.post(path, json=body)

    def try_get(self, path: str) -> httpx.Response:
        """Read something that may not be there."""
        return self._client.get(path)

    def upload(self, case_id: int, deliverable: str, filename: str, content: str) -> None:
        """Hand a text file in."""
        as_json(
            self._client.post(
                f"/cases/{case_id}/documents",
                data={"deliverable": deliverable},
                files={"file": (filename, content.encode(), "text/plain")},
            )
        )

    def download(self, path: str, **parameters: Any) -> bytes:
        """A file that must be there."""
        answer = self._client.get(path, params=parameters)
        if answer.is_error:
            as_json(answer)
        return answer.content

    def send_file(self, path: str, filename: str, content: bytes, **parameters: Any) -> Any:
        """Send a file in."""
        return as_json(self._client.post(path, params=parameters, files={"file": (filename, content)}))

    def close(self) -> None:
        """Leave."""
        self._client.close()


@dataclass
class Cast:
    """Everybody, signed in when first needed."""

    api_url: str
    units: Mapping[str, str]
    """The user name of whoever acts for a subject."""
    departments: Sequence[str] = ()
    """Units that are given parts of tasks."""
    _signed_in: dict[str, Person] = field(default_factory=dict)

    def office(self, name: str) -> Person:
        """One of the office's people."""
        if name not in self._signed_in:
            self._signed_in[name] = Person(self.api_url, name)
        return self._signed_in[name]

    def unit(self, subject_id: str) -> Person:
        """Whoever acts for a subject."""
        return self.office(self.units[subject_id])

    def close(self) -> None:
        """Everybody leaves."""
        for person in self._signed_in.values():
            person.close()


def temper(seed: int, *about: object) -> random.Random:
    """How somebody behaves about one thing: the same for the same seed, whatever else happens."""
    return random.Random(":".join(map(str, (seed, *about))))  # noqa: S311


def lateness(mood: random.Random) -> int:
    """Working days by which a district is late (negative: early). Some must reach a talk."""
    roll = mood.random()
    for share, low, high in (
        (0.72, -9, 0),
        (0.82, 1, 4),
        (0.90, 6, 9),
        (0.95, 12, 18),
        (1.01, 28, 36),
    ):
        if roll < share:
            return mood.randint(low, high)
    return 0
