"""The pages people read, rendered on the server."""

from __future__ import annotations

from fastapi import APIRouter

from api.pages import (
    cases,
    delegations,
    deliveries,
    feeds,
    indicators,
    letters,
    lists,
    office,
    plan,
    preferences,
    processes,
    quotas,
    receipt,
    recognitions,
    registry,
    reviews,
    round_forms,
    rounds,
    setup,
    sign_in,
    visits,
)

router = APIRouter()
for part in (
    setup,
    sign_in,
    receipt,
    rounds,
    round_forms,
    plan,
    reviews,
    recognitions,
    cases,
    letters,
    deliveries,
    feeds,
    indicators,
    delegations,
    preferences,
    processes,
    lists,
    office,
    registry,
    quotas,
    visits,
):
    router.include_router(part.router)
