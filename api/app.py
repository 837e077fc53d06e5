"""The application: JSON under ``/api/v1``, the pages, and what they share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import lru_cache
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from api import problems
from api.bodies import Health
from api.context import Clock, engine_of, real_clock
from api.pages import router as pages
from api.security import Guard
from api.throttle import Throttle
from api.v1 import (
    auth,
    cases,
    decisions,
    delegations,
    deliveries,
    external,
    feeds,
    indicators,
    letters,
    lists,
    office,
    parts,
    plan,
    preferences,
    processes,
    quotas,
    recognitions,
    registry,
    reviews,
    rounds,
    visits,
)
from db.migrate import head
from settings import Settings

DESCRIPTION = """\
教育督导评价轮次的流程服务。

- 先以 `POST /api/v1/sign-in` 登录，之后在 `Authorization: Bearer` 头中带上令牌。
- 对任务的每次办理都要带回看到的 `version`；任务已被他人办理过时返回 409，请重新读取。
- 错误一律为 `application/problem+json`:`code` 为稳定的代码，`title`、`detail` 为中文说明，`field` 指明不符合要求的项。
- 列表按 `limit`（至多200）和 `offset` 分页。区县账号只见自己的任务。
"""
TAGS = [
    {"name": "登录", "description": "登录、退出、当前账号"},
    {"name": "督导事项", "description": "督导事项的定义及其校验"},
    {"name": "轮次", "description": "启动轮次、看板、抽取实地督查对象"},
    {"name": "年度计划", "description": "一年的轮次、工作量和冲突；按计划启动的轮次及其停止、改期、立即启动"},
    {"name": "任务", "description": "一个督导对象在一个轮次中的办理"},
    {"name": "称号", "description": "认定所得的称号：登记、监测复查、取消、批次"},
    {"name": "评审", "description": "专家匿名评审：分配、抽取、评分、回避、结果"},
    {"name": "决定与约谈", "description": "延期审批、通报与约谈的决定和办理"},
    {"name": "网络监测", "description": "指标体系、监测数据的上传与检查、各区县和学校的监测结果"},
    {"name": "文书", "description": "文号登记簿、文书的下载和作废、发文机关"},
    {"name": "待办与通知", "description": "待办、办理队列、收件箱、未送达的邮件"},
    {"name": "对象、人员与日历", "description": "督导对象、联系人、督学、账号、工作日历"},
    {"name": "到校督导", "description": "校历、责任督学每月到校督导的台账、登记和覆盖率"},
    {"name": "运行", "description": "服务是否正常"},
]
_SLACK = 1024 * 1024
"""What a form may weigh besides its file."""

_health = APIRouter(tags=["运行"])


@lru_cache(maxsize=1)
def _expected() -> str:
    return head()


@_health.get(
    "/api/health", summary="服务是否正常", responses={503: {"model": Health, "description": "数据库不应答或结构不符"}}
)
def health(request: Request) -> Response:
    """数据库是否应答，结构版本是否与程序相符；不须登录。"""
    revision = None
    database = False
    try:
        with engine_of(request).connect() as connection:
            database = bool(connection.execute(text("SELECT 1")).scalar())
            made = connection.execute(text("SELECT to_regclass('alembic_version')")).scalar()
            if made is not None:
                revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except SQLAlchemyError:
        database = False
    ok = database and revision == _expected()
    state = Health(status="ok" if ok else "unavailable", database=database, revision=revision, expected=_expected())
    return JSONResponse(state.model_dump(), 200 if ok else 503)


def create_app(
    engine: Engine, settings: Settings, clock: Clock = real_clock, *, on_close: Callable[[], None] | None = None
) -> FastAPI:
    """The application on a database. ``clock`` is the only clock there is; ``on_close`` is called when it ends."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        if on_close is not None:
            on_close()

    app = FastAPI(
        title="督导",
        description=DESCRIPTION,
        version="1",
        openapi_tags=TAGS,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.engine, app.state.settings, app.state.clock = engine, settings, clock
    app.state.throttle = Throttle()
    problems.install(app)
    v1 = APIRouter(prefix="/api/v1")
    for part in (
        auth,
        processes,
        rounds,
        external,
        plan,
        cases,
        parts,
        reviews,
        recognitions,
        decisions,
        indicators,
        letters,
        deliveries,
        feeds,
        delegations,
        preferences,
        lists,
        office,
        registry,
        quotas,
        visits,
    ):
        v1.include_router(part.router)
    app.include_router(v1)
    app.include_router(_health)
    app.include_router(pages, include_in_schema=False)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static")
    app.add_middleware(Guard, max_body=settings.max_upload_mb * 1024 * 1024 + _SLACK)
    return app


def create_app_from_environment() -> FastAPI:
    """For uvicorn (``--factory``): the configured database, or the embedded one for as long as the process lives."""
    from db.embedded import open_databases
    from db.session import make_engine
    from settings import get_settings

    settings = get_settings()
    databases = open_databases(settings)
    engine = make_engine(databases.url)

    def close() -> None:
        engine.dispose()
        databases.close()

    return create_app(engine, settings, on_close=close)
