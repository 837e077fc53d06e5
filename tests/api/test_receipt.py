"""The signed link of a mail: it shows its notice, signs for it once, and is good for nothing else."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient

from notifications.receipts import RECEIPT_LASTS, link_secret, receipt_token
from tests.api.conftest import SAMPLED, Office
from tests.world import World


@pytest.fixture
def supervised(launched: Office) -> tuple[Office, int]:
    """A district that let its first stage slip until 督办, and the notice of it."""
    world = launched.world
    for morning in (date(2022, 9, 7), date(2022, 9, 14)):
        world.now = world.at(morning)
        world.act()
    [row, *_] = world.rows("SELECT id FROM notices WHERE kind = 'supervise' AND subject_id = :s ORDER BY id", s=SAMPLED)
    return launched, int(row["id"])


def token(world: World, notice: int, secret: str | None = None) -> str:
    with world.unit() as session:
        return receipt_token(secret or link_secret(session), notice, world.now + RECEIPT_LASTS)


def state(world: World) -> list[Any]:
    """What signing changes."""
    return world.rows("SELECT id, signed_at, chase_at FROM notices ORDER BY id") + world.rows(
        "SELECT count(*) AS n FROM events"
    )


def test_looking_signs_nothing_and_signing_works_once(supervised: tuple[Office, int]) -> None:
    office, notice = supervised
    stranger, before = TestClient(office.app), state(office.world)
    address = f"/receipt/{token(office.world, notice)}"
    for _ in range(2):
        shown = stranger.get(address)
        assert shown.status_code == 200
        assert "督办" in shown.text
        assert "no-store" in shown.headers["cache-control"]
        assert state(office.world) == before
    assert stranger.head(address).status_code == 405
    signed = stranger.post(address)
    assert (signed.status_code, "已签收" in signed.text) == (200, True)
    after = state(office.world)
    assert after != before
    for again in (stranger.get(address), stranger.post(address)):
        assert (again.status_code, "此链接已经使用过" in again.text) == (410, True)
        assert "督办单" not in again.text, "a used link shows the notice no more"
    assert state(office.world) == after


def test_forged_expired_and_foreign_links_change_nothing(supervised: tuple[Office, int]) -> None:
    office, notice = supervised
    stranger, world = TestClient(office.app), office.world
    good, before = token(world, notice), state(office.world)
    bad = [token(world, notice, "another key"), good[:-1], good + "A", token(world, 10**9), "x", good.replace(".", "")]
    for forged in bad:
        for answer in (stranger.get(f"/receipt/{forged}"), stranger.post(f"/receipt/{forged}")):
            assert (answer.status_code, "链接无效或已过期" in answer.text) == (404, True), forged
    world.now += RECEIPT_LASTS
    late = stranger.post(f"/receipt/{good}")
    assert (late.status_code, "已过期" in late.text) == (404, True)
    crossed = stranger.post(f"/receipt/{good}", headers={"sec-fetch-site": "cross-site"})
    assert crossed.status_code == 403
    assert state(world) == before
