"""Real clients against a real server: uploads, installs, and what each prints when refused."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from ostiary.testing.sampling import sampled
from tests.clients.conftest import BIN, HERE, PASSWORD, Build, Index, Ran, Sample, bare, run

Upload = Callable[..., Ran]

RECORDED = HERE / "setuptools-upload.http"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = tmp_path / "home"
    made.mkdir()
    return made


@pytest.fixture
def tool(request: pytest.FixtureRequest) -> Callable[[str], Path]:
    """Where a client is: beside this Python, or in an environment of its own."""

    def find(name: str) -> Path:
        if name in {"poetry", "hatch", "flit"}:
            return Path(request.getfixturevalue("tools")) / name
        return BIN / name

    return find


@pytest.fixture
def clients(index: Index, home: Path, tool: Callable[[str], Path]) -> dict[str, Upload]:
    """How to upload a sample with each client, given who says so and by what."""
    url = f"{index.url}/legacy/"

    def twine(sample: Sample, token: str, user: str = "__token__") -> Ran:
        return run(
            tool("twine"),
            "upload",
            "--non-interactive",
            "--disable-progress-bar",
            *("--repository-url", url, "-u", user, "-p", token),
            *sample.files,
            place=home,
            environment=bare(home),
        )

    def uv(sample: Sample, token: str, user: str = "__token__") -> Ran:
        return run(
            tool("uv"),
            "publish",
            *("--trusted-publishing", "never", "--publish-url", url, "-u", user, "-p", token),
            *sample.files,
            place=home,
            environment=bare(home),
        )

    def poetry(sample: Sample, token: str, user: str = "__token__") -> Ran:
        return run(
            tool("poetry"),
            *("publish", "--no-interaction", "--repository", "local"),
            place=sample.folder,
            environment=bare(
                home,
                POETRY_REPOSITORIES_LOCAL_URL=url,
                POETRY_HTTP_BASIC_LOCAL_USERNAME=user,
                POETRY_HTTP_BASIC_LOCAL_PASSWORD=token,
                POETRY_KEYRING_ENABLED="false",
            ),
        )

    def hatch(sample: Sample, token: str, user: str = "__token__") -> Ran:
        return run(
            tool("hatch"),
            *("--no-interactive", "publish", "--no-prompt", "--repo", url),
            *("--user", user, "--auth", token),
            *sample.files,
            place=home,
            environment=bare(home),
        )

    def flit(sample: Sample, token: str, user: str = "__token__") -> Ran:
        return run(
            tool("flit"),
            "publish",
            place=sample.folder,
            environment=bare(home, FLIT_INDEX_URL=url, FLIT_USERNAME=user, FLIT_PASSWORD=token),
        )

    return {"twine": twine, "uv": uv, "poetry": poetry, "hatch": hatch, "flit": flit}


# What needs the package index, to be installed from, is left to the deep run; and what the two
# that are locked say of a refusal is asked of one or the other by default.
LOCKED = ("twine", "uv")
REASONS = ("wrong project", "revoked", "expired", "attenuated", "wrong password", "right password")
EVERY = (*LOCKED, "poetry", "hatch", "flit")
CLIENTS = sampled(EVERY, 0, always=LOCKED)
# Of one that fails, flit tells only what the HTTP library says, which is the reason phrase.


@pytest.mark.parametrize("client", CLIENTS)
def test_a_source_and_a_wheel_are_uploaded_and_installed_back(
    index: Index, build: Build, clients: dict[str, Upload], client: str, home: Path
) -> None:
    sample = build(index.new_name())
    done = clients[client](sample, index.token())
    assert done.done, done.said
    listed = files_of(index, sample.name, home)
    assert listed == {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sample.files
    }
    for installer in ("pip", "uv"):
        assert install(index, sample, home, installer) == "1.0"


@pytest.mark.parametrize("client", LOCKED)
def test_the_very_same_files_again_are_fine(
    index: Index, build: Build, clients: dict[str, Upload], client: str
) -> None:
    sample, token = build(index.new_name()), index.token()
    for _time in range(2):
        done = clients[client](sample, token)
        assert done.done, done.said


def refused(name: str, index: Index, build: Build) -> tuple[Sample, str, str, str]:
    """A sample, what to present, as whom, and the words that say what to do."""
    project = index.new_name()
    sample = build(project)
    if name == "wrong project":
        words = "This token is only for: Project other."
        return sample, index.token("--project", "other"), "__token__", words
    if name == "revoked":
        token = index.token()
        (made,) = (
            each
            for each in json.loads(index.command("tokens", "list", "--user", "ada", "--json"))
            if each["name"] == f"ci {index.made}"
        )
        index.command("tokens", "revoke", made["id"])
        return sample, token, "__token__", "These credentials are not valid."
    if name == "expired":
        whole = index.token()
        token = index.command("tokens", "attenuate", "--expires", "2020-01-01", told=whole)
        return sample, token, "__token__", "This token expired at 2020-01-01 00:00 UTC."
    if name == "attenuated":
        whole = index.token()
        limits = ("--may", "yank", "--delegate", "ci.example")
        token = index.command("tokens", "attenuate", *limits, told=whole)
        words = "This token does not allow “Make projects”, only: Yank releases"
        return sample, token, "__token__", words
    if name == "wrong password":
        return sample, "wrong", "ada", "These credentials are not valid."
    assert name == "right password"
    return sample, PASSWORD, "ada", "These credentials are not valid."


@pytest.mark.parametrize(
    ("client", "why"),
    sampled(
        [(client, why) for client in EVERY for why in REASONS],
        0,
        always=[(LOCKED[number % 2], why) for number, why in enumerate(REASONS)],
    ),
)
def test_whoever_is_refused_reads_why(
    index: Index, build: Build, clients: dict[str, Upload], client: str, why: str, home: Path
) -> None:
    sample, token, user, words = refused(why, index, build)
    done = clients[client](sample, token, user)
    assert not done.done
    assert shown(words, client) in done.said, done.said
    assert token not in done.said
    assert files_of(index, sample.name, home) == {}


@pytest.mark.parametrize("client", sampled(EVERY, 0, always=["twine"]))
def test_another_file_of_the_same_name_is_a_conflict(
    index: Index, build: Build, clients: dict[str, Upload], client: str, home: Path
) -> None:
    name, token = index.new_name(), index.token()
    first = build(name)
    assert clients["twine"](first, token).done
    listed = files_of(index, name, home)
    done = clients[client](build(name, description="Another sample"), token)
    assert not done.done or client == "poetry"
    assert shown("already exists, with other content. Upload a new version.", client) in done.said
    assert files_of(index, name, home) == listed


@pytest.mark.parametrize("client", sampled(EVERY, 0, always=["uv"]))
def test_a_project_of_others_is_theirs(
    index: Index, build: Build, clients: dict[str, Upload], client: str
) -> None:
    name, eve = index.new_name(), f"eve-{index.made}"
    index.user(eve)
    assert clients["twine"](build(name), index.token()).done
    done = clients[client](build(name, "2.0"), index.token(user=eve))
    assert not done.done
    assert shown(f"The project {name} belongs to others.", client) in done.said, done.said


@pytest.mark.parametrize("client", LOCKED)
def test_a_token_narrowed_for_this_uploads(
    index: Index, build: Build, clients: dict[str, Upload], client: str
) -> None:
    """Offline, by whoever has it, to one project, version and action, for an hour, once a file."""
    name = index.new_name()
    whole = index.token("--may-create", f"project:{name}")
    assert clients[client](build(name), whole).done
    limits = ("--project", name, "--version", "2.0", "--may", "upload", "--expires", "1h")
    narrow = index.command("tokens", "attenuate", *limits, "--delegate", "ci.example", told=whole)
    assert clients[client](build(name, "2.0"), narrow).done
    done = clients[client](build(name, "3.0"), narrow)
    assert not done.done
    assert "This token is only for: Version 2.0." in done.said


def test_what_setuptools_once_sent_is_taken(index: Index, home: Path) -> None:
    """`setup.py upload` is gone from setuptools; what it sent was recorded from a copy that has it.

    The body begins with an empty line, its metadata has fields that the version which it claims
    (1.0) does not know, and its BLAKE2 is of 512 bits.
    """
    url = urlsplit(index.url)
    head, _blank, body = RECORDED.read_bytes().partition(b"\r\n\r\n")
    secret = base64.b64encode(f"__token__:{index.token()}".encode())
    # Between them the recorded token, whose length was another.
    before, _old = head.split(b"Authorization: Basic ")
    request = before + b"Authorization: Basic " + secret + b"\r\nConnection: close\r\n\r\n" + body
    with socket.create_connection((url.hostname or "", url.port or 0), timeout=60) as connection:
        connection.sendall(request)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 200 "), answer
    assert list(files_of(index, "acme-former", home)) == ["acme-former-1.0.tar.gz"]


def shown(words: str, client: str) -> str:
    """As far as a client shows them: in a reason phrase there is Latin-1 only."""
    return words if client == "uv" else words.encode("latin-1", "replace").decode("latin-1")


def files_of(index: Index, name: str, home: Path) -> dict[str, str]:
    """The files of a project with their hashes, as installers are told; nothing without one."""
    reading = (
        "import sys, urllib.request as r\n"
        "q = r.Request(sys.argv[1], headers={'Accept': 'application/vnd.pypi.simple.v1+json'})\n"
        "try:\n"
        "    print(r.urlopen(q).read().decode())\n"
        "except r.HTTPError as e:\n"
        "    print('{\"files\": []}' if e.code == 404 else e)\n"
    )
    done = run(
        sys.executable,
        "-c",
        reading,
        f"{index.url}/simple/{name}/",
        place=home,
        environment=bare(home),
    )
    said: Any = json.loads(done.said)
    return {file["filename"]: file["hashes"]["sha256"] for file in said["files"]}


def install(index: Index, sample: Sample, home: Path, installer: str) -> str:
    """Install it from the index; the version that is there then."""
    place = home / f"{installer} {sample.name}"
    common = ("--index-url", f"{index.url}/simple/", "--no-deps", "--target", str(place))
    command = [sys.executable, "-m", "pip", "install", "--no-cache-dir", "--require-virtualenv"]
    if installer == "uv":
        command = [str(BIN / "uv"), "pip", "install", "--no-cache", "--python", sys.executable]
    done = run(*command, *common, sample.name, place=home, environment=bare(home))
    assert done.done, done.said
    module = (place / f"{sample.name.replace('-', '_')}.py").read_text()
    return module.rpartition('"')[0].rpartition('"')[2]


def test_a_wheel_of_the_sample_is_a_real_one(build: Build) -> None:
    """So that what the other tests upload is what people upload."""
    sample = build("acme-tools")
    sdist, wheel = sorted(sample.files, key=lambda path: path.suffix)
    assert sdist.name == "acme_tools-1.0.tar.gz"
    with zipfile.ZipFile(wheel) as archive:
        assert "acme_tools-1.0.dist-info/METADATA" in archive.namelist()
