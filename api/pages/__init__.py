"""The pages people read, rendered on the server."""

from __future__ import annotations

from fastapi import APIRouter

from api.pages import cases, lists, office, rounds, setup, sign_in

router = APIRouter()
for part in (setup, sign_in, rounds, cases, lists, office):
    router.include_router(part.router)
