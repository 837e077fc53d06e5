"""The pages people read, rendered on the server."""

from __future__ import annotations

from fastapi import APIRouter

from api.pages import (
    cases,
    delegations,
    deliveries,
    feeds,
    letters,
    lists,
    office,
    preferences,
    quotas,
    receipt,
    rounds,
    setup,
    sign_in,
)

router = APIRouter()
for part in (
    setup,
    sign_in,
    receipt,
    rounds,
    cases,
    letters,
    deliveries,
    feeds,
    delegations,
    preferences,
    lists,
    office,
    quotas,
):
    router.include_router(part.router)
