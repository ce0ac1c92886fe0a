"""A real SMTP server, a clock that tests turn, and mail rooms."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ostiary.contracts import Localization, Mail, Site
from ostiary.mail import Mailroom, MailSettings
from ostiary.store import Store
from ostiary.testing.processes import HOST, free_port
from ostiary.text import NullLocalization, translations

_, _n, _p, _np = translations("ostiary_test")

SITE = Site("The Index", "https://index.example", "index.example")
MAIL = Mail(_("Your code"), (_("Somebody signs in."),), code="731 902")


@dataclass
class Clock:
    """The time, which stands until it is moved."""

    time: datetime = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def move(self, by: timedelta) -> None:
        self.time += by


@dataclass
class Inbox:
    """What arrived; ``during`` is called while a message does, ``refuse`` answers recipients."""

    envelopes: list[Envelope] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    arrived: threading.Event = field(default_factory=threading.Event)
    during: Callable[[], None] | None = None
    refuse: str | None = None

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name.
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.refuse:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name.
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        self.envelopes.append(envelope)
        transport = server.transport
        assert transport is not None
        self.encrypted.append(transport.get_extra_info("sslcontext") is not None)
        self.arrived.set()
        if self.during is not None:
            self.during()
        return "250 OK"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login, data.password))
        return AuthResult(success=data.password == b"right", handled=False)

    def messages(self) -> list[EmailMessage]:
        contents = [envelope.original_content or b"" for envelope in self.envelopes]
        return [BytesParser(EmailMessage, policy=policy.default).parsebytes(c) for c in contents]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def port() -> int:
    return free_port()


Serve = Callable[..., AbstractContextManager[None]]


@pytest.fixture
def serve(inbox: Inbox, port: int) -> Serve:
    """What runs an SMTP server, in a ``with`` block."""

    @contextmanager
    def run(**options: Any) -> Iterator[None]:
        controller = Controller(inbox, hostname=HOST, port=port, **options)
        controller.start()
        try:
            yield
        finally:
            controller.stop()

    return run


OpenRoom = Callable[..., Mailroom]


@pytest.fixture
def open_room(store: Store, clock: Clock, port: int, tmp_path: Path) -> Iterator[OpenRoom]:
    """``open_room(host=None, ...)``: a mail room, by default for the server on ``port``."""
    opened: list[Mailroom] = []

    def make(
        *, localization: Localization | None = None, own: Store | None = None, **settings: Any
    ) -> Mailroom:
        given = {
            "sender": "door@index.example",
            "host": HOST,
            "port": port,
            "username": None,
            "password": None,
            "tls": "none",
            "folder": tmp_path / "mail",
        }
        room = Mailroom(
            own or store,
            MailSettings(**{**given, **settings}),
            SITE,
            SITE.origin,
            localization or NullLocalization(),
            clock,
        )
        opened.append(room)
        return room

    yield make
    for room in opened:
        room.stop()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """A certificate for the server's address, and the server's side of TLS."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("certificate")
    public, private = folder / "cert.pem", folder / "key.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return public, context
