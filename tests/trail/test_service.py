"""What did a third-party service do on a publisher's behalf? And it is stopped."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import zipfile
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

import pytest

from ostiary.accounts import address, login_name
from ostiary.contracts import Client, Kind, Proof, Strength, User
from ostiary.runtime import Runtime
from ostiary.signin.commanding import Commanding
from ostiary.testing.clock import Clock
from ostiary.testing.fixtures import Serve
from ostiary.testing.houses import Houses
from ostiary.testing.visiting import Visitor
from ostiary_audit.sink import trail_of
from ostiary_audit.verify import verify_database

BIN = Path(sys.executable).parent
PASSWORD = "correct horse battery staple"
METADATA = "Metadata-Version: 2.1\nName: acme-tools\nVersion: {}\nSummary: tools\n"
WHEEL = "Wheel-Version: 1.0\nGenerator: by hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def wheel(folder: Path, version: str) -> Path:
    """A real one, as twine wants it."""
    path = folder / f"acme_tools-{version}-py3-none-any.whl"
    info = f"acme_tools-{version}.dist-info"
    files = {
        "acme_tools.py": f"VERSION = '{version}'\n",
        f"{info}/METADATA": METADATA.format(version),
        f"{info}/WHEEL": WHEEL,
    }
    lines = []
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
            digest = urlsafe_b64encode(hashlib.sha256(content.encode()).digest()).rstrip(b"=")
            lines.append(f"{name},sha256={digest.decode()},{len(content)}\n")
        archive.writestr(f"{info}/RECORD", "".join(lines) + f"{info}/RECORD,,\n")
    return path


Done: TypeAlias = "subprocess.CompletedProcess[str]"


def called(*words: str, told: str | None = None, **environment: str) -> Done:
    program, *arguments = words
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("OSTIARY_", "TWINE_"))}
    return subprocess.run(
        [BIN / program, *arguments],
        input=told,
        env={**plain, "PYTHONWARNINGS": "ignore", **environment},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


def person(runtime: Runtime, name: str) -> User:
    assert runtime.accounts is not None
    mailbox = address(f"{name}@example.org")
    given = {"password": PASSWORD}
    made = Commanding(runtime.signin.parts).create(
        runtime.accounts, login_name(name), mailbox, given, admin=False
    )
    assert isinstance(made, User)
    return made


def enter(runtime: Runtime, user: User, clock: Clock) -> Visitor:
    strength = Strength(frozenset({Kind.KNOW, Kind.HAVE}))
    proofs = [Proof("any", "any", strength, clock())]
    with runtime.store.write() as unit:
        cookie = runtime.sessions.open(unit, user.id, proofs, Client("192.0.2.9"), None, clock())
    return Visitor(runtime, cookies={"ostiary_session": cookie})


@pytest.fixture
def runtime(make_runtime: Houses) -> Runtime:
    return make_runtime(
        "password", "totp", "tokens", "index", "audit", second_factor__required="never"
    )


def test_owners_see_what_a_service_did_and_stop_it(
    runtime: Runtime, serve: Serve, clock: Clock, tmp_path: Path
) -> None:
    """By real twine: user, token, chain, address, client and file; then the delegate is stopped,
    its next upload fails, and that is on record, too.
    """
    # The command that narrows a token has no other time than the real one.
    clock.time = datetime.now(UTC)
    url = f"{serve(runtime).url}/legacy/"
    ada = enter(runtime, person(runtime, "ada"), clock)
    ada.get("/account/tokens/new")
    ada.submit(name="release job")
    token = ada.page.html.select_one(".o-reveal code").text.strip()

    def upload(version: str, by: str) -> Done:
        file = str(wheel(tmp_path, version))
        return called(
            *("twine", "upload", "--non-interactive", "--disable-progress-bar"),
            *("--repository-url", url, "-u", "__token__", "-p", by, file),
            HOME=str(tmp_path),
        )

    first = upload("1.0", token)
    assert first.returncode == 0, first.stdout + first.stderr
    limits = ("--project", "acme-tools", "--may", "upload", "--expires", "1h")
    narrow = called(
        "ostiary", "tokens", "attenuate", *limits, "--delegate", "ci.example", told=token
    )
    narrower = called("ostiary", "tokens", "attenuate", "--delegate", "builder", told=narrow.stdout)
    done = upload("1.1", narrower.stdout.strip())
    assert done.returncode == 0, done.stdout + done.stderr

    ada.get("/history/project/acme-tools")
    for shown in (
        "ada uploaded acme_tools-1.1-py3-none-any.whl to acme-tools.",
        "release job",
        "ci.example > builder",
        "127.0.0.1",
    ):
        assert shown in ada.text, ada.text
    ada.get(ada.page.html.find("a", {"aria-label": "Everything that builder did"})["href"])
    assert "acme_tools-1.1" in ada.text
    assert "acme_tools-1.0" not in ada.text

    links = [link["href"] for link in ada.page.html.find_all("a", href=True)]
    path = next(each for each in links if each.startswith("/account/tokens/0"))
    ada.get("/account")
    csrf = ada.page.html.find("input", {"name": "csrf_token"})["value"]
    stopping = {"csrf_token": csrf, "chain": "ci.example > builder", "do": "stop"}
    ada.app.post(path, stopping)
    refused = upload("1.2", narrower.stdout.strip())
    assert refused.returncode != 0
    ada.get("/account/history")
    text = ada.text
    assert text.index("was refused") < text.index("acme_tools-1.1")
    assert "stopped ci.example > builder" in text or "stopped builder" in text, text
    report = verify_database(trail_of(runtime.house))
    assert report.sound, report.findings
