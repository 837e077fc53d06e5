"""What an installation may configure, read once at the edge from the environment (``DUDAO_…``)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

from platformdirs import user_data_path
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Every field is an environment variable of its name with the prefix ``DUDAO_``."""

    model_config = SettingsConfigDict(env_prefix="DUDAO_", env_file=".env", extra="ignore")

    data_dir: Path = Field(
        default_factory=lambda: user_data_path("dudao", appauthor=False),
        description="数据目录：嵌入式数据库、本地邮件与日志",
    )
    database_url: str | None = Field(
        default=None, description="PostgreSQL 地址（postgresql://…）；不填则启动嵌入式 PostgreSQL"
    )
    web_host: str = Field(default="127.0.0.1", description="网页监听地址")
    web_port: int = Field(default=8000, description="网页端口")
    base_url: str | None = Field(default=None, description="邮件中链接的网址前缀；不填则用监听地址")
    prefect_port: int = Field(default=4200, description="自带 Prefect 服务的端口（设了 PREFECT_API_URL 则不启动）")
    visits_to_all_schools: bool = Field(
        default=False, description="每月到校督导覆盖各级各类学校；否则只覆盖义务教育学校"
    )
    session_hours: int = Field(default=12, description="登录有效小时数")
    max_upload_mb: int = Field(default=20, description="单个附件的大小上限（MB）")
    smtp_host: str | None = Field(default=None, description="SMTP 服务器；不填则邮件存入本地邮件箱，不外发")
    smtp_port: int = Field(default=587, description="SMTP 端口")
    smtp_username: str | None = Field(default=None, description="SMTP 用户名")
    smtp_password: SecretStr | None = Field(default=None, description="SMTP 密码")
    smtp_security: Literal["none", "starttls", "tls"] = Field(default="starttls", description="SMTP 加密方式")
    smtp_connections: int = Field(default=2, ge=1, le=8, description="同时使用的 SMTP 连接数")
    smtp_timeout: float = Field(default=30, description="发送一封邮件的时限（秒）")
    mail_from: str = Field(default="教育督导室 <dudao@dudao.example>", description="发件人")
    mail_domain: str = Field(default="dudao.example", description="Message-ID 的域名")

    bot_schemes: list[str] = Field(
        default=["wecombot", "dingtalk", "feishu", "lark"],
        description="允许的机器人地址类型（Apprise 的 scheme，JSON 列表）",
    )
    bot_timeout: float = Field(default=15, description="发送一条机器人消息的时限（秒）")
    bot_connections: int = Field(default=4, ge=1, le=16, description="同时联系的机器人数")
    sms_url: SecretStr | None = Field(default=None, description="短信网关的网址（POST）；不填则不发短信")
    sms_body: SecretStr = Field(
        default=SecretStr('{"phone": "{phone}", "text": "{text}"}'),
        description="短信网关的 JSON 请求体，可用 {phone}、{text}、{key}",
    )
    sms_headers: dict[str, SecretStr] = Field(default={}, description="短信网关的请求头（JSON，密钥放这里）")
    sms_timeout: float = Field(default=15, description="发送一条短信的时限（秒）")
    sms_connections: int = Field(default=4, ge=1, le=16, description="同时使用的短信网关连接数")
    sms_text_limit: int = Field(default=300, ge=20, description="短信的最多字数")
    sms_ok_path: str = Field(default="", description="网关答复中表示结果的 JSON 路径；不填则以 HTTP 状态为准")
    sms_ok_value: str = Field(default="0", description="表示成功的值")

    @property
    def public_url(self) -> str:
        """The address people open, without a trailing slash."""
        return (self.base_url or f"http://{self.web_host}:{self.web_port}").rstrip("/")


@lru_cache
def get_settings() -> Settings:
    """The settings of this process."""
    return Settings()
