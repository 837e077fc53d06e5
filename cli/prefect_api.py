"""The few questions we ask a Prefect API, by HTTP: importing Prefect's client would take seconds."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

import httpx

POOL = "dudao"
POOL_TYPE = "process"
TIMEOUT_SECONDS = 5.0


class PrefectApi:
    """A connection to a Prefect API. Every method may raise :class:`httpx.HTTPError`."""

    def __init__(self, api_url: str, *, timeout: float = TIMEOUT_SECONDS) -> None:
        self.url = api_url.rstrip("/")
        self._http = httpx.Client(timeout=timeout, trust_env=False)

    def version(self) -> str:
        """The server's version."""
        return str(self._get("/admin/version").json())

    def pool_type(self, name: str = POOL) -> str | None:
        """The type of a work pool, ``None`` if there is no such pool."""
        response = self._http.get(f"{self.url}/work_pools/{name}")
        if response.status_code == httpx.codes.NOT_FOUND:
            return None
        return str(response.raise_for_status().json()["type"])

    def ensure_pool(self, name: str = POOL) -> bool:
        """Create the work pool, as ``prefect work-pool create`` would, unless it exists. Tells whether it was made."""
        if self.pool_type(name) is not None:
            return False
        known = self._get("/collections/views/aggregate-worker-metadata").json()
        template = known["prefect"][POOL_TYPE]["default_base_job_configuration"]
        body = {"name": name, "type": POOL_TYPE, "base_job_template": template}
        response = self._http.post(f"{self.url}/work_pools/", json=body)
        if response.status_code == httpx.codes.CONFLICT:
            return False
        response.raise_for_status()
        return True

    def online_workers(self, pool: str = POOL) -> list[str]:
        """The names of the workers that have lately been heard of."""
        response = self._http.post(f"{self.url}/work_pools/{pool}/workers/filter", json={})
        if response.status_code == httpx.codes.NOT_FOUND:
            return []
        found: list[dict[str, Any]] = response.raise_for_status().json()
        return [str(worker["name"]) for worker in found if worker["status"] == "ONLINE"]

    def deployments(self, pool: str = POOL) -> list[str]:
        """The names of the deployments of a pool."""
        body = {"work_pools": {"name": {"any_": [pool]}}, "limit": 200}
        response = self._http.post(f"{self.url}/deployments/filter", json=body).raise_for_status()
        return sorted(str(deployment["name"]) for deployment in response.json())

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _get(self, path: str) -> httpx.Response:
        return self._http.get(self.url + path).raise_for_status()
