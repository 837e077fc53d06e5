"""Encryption and passwords, against a server with a certificate of its own."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

from notifications.mail import Envelope
from notifications.smtp import UNSENT, Answer, Lines, Verdict
from settings import Settings
from tests.notifications.faults import FaultySink

# aiosmtpd does not see that a connection was encrypted from its first byte.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")

MAIL = Envelope("a@dudao.example", "b@district.example", b"Message-ID: <1@x>\r\nSubject: x\r\n\r\nx\r\n")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    start = datetime(2020, 1, 1)  # noqa: DTZ001 - what the builder takes
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture(params=["starttls", "tls"])
def secured(request: pytest.FixtureRequest, certificate: Path) -> Iterator[tuple[FaultySink, Settings]]:
    sink = FaultySink(certificate, implicit=request.param == "tls", password="right")
    sink.start()
    settings = Settings(
        _env_file=None,
        smtp_host="127.0.0.1",
        smtp_port=sink.port,
        smtp_security=request.param,
        smtp_username="dudao",
        smtp_password=SecretStr("right"),
        smtp_connections=1,
        smtp_timeout=5,
    )
    yield sink, settings
    sink.stop()


def send(settings: Settings) -> tuple[Answer, str]:
    async def once() -> tuple[Answer, str]:
        answers = [UNSENT]
        async with Lines(settings) as lines:
            await lines.send([MAIL], answers, lambda: False)
            return answers[0], lines.trouble

    return asyncio.run(once())


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ssl.get_default_verify_paths().openssl_cafile_env, str(certificate))


@pytest.mark.usefixtures("trusted")
def test_encrypted_and_signed_in(secured: tuple[FaultySink, Settings]) -> None:
    sink, settings = secured
    answer, trouble = send(settings)
    assert (answer.verdict, trouble) == (Verdict.ACCEPTED, "")
    assert sink.count == 1


@pytest.mark.usefixtures("trusted")
def test_wrong_password_is_trouble_not_the_messages_end(secured: tuple[FaultySink, Settings]) -> None:
    sink, settings = secured
    answer, trouble = send(settings.model_copy(update={"smtp_password": SecretStr("wrong")}))
    assert answer.verdict is Verdict.UNSENT
    assert "535" in trouble
    assert sink.count == 0


def test_unknown_certificate_is_not_trusted(secured: tuple[FaultySink, Settings]) -> None:
    sink, settings = secured
    answer, trouble = send(settings)
    assert answer.verdict is Verdict.UNSENT
    assert trouble
    assert sink.count == 0


def test_no_encryption_where_it_is_demanded(sink: FaultySink, settings: Settings) -> None:
    answer, trouble = send(settings.model_copy(update={"smtp_security": "starttls"}))
    assert answer.verdict is Verdict.UNSENT
    assert trouble
    assert sink.count == 0
