"""An index that `ostiary serve` serves, and the clients that people use with it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import pytest

from ostiary.testing.processes import free_port

PATIENCE = 120
HERE = Path(__file__).parent
REQUIREMENTS = HERE / "requirements.txt"
BIN = Path(sys.executable).parent
PASSWORD = "correct horse battery staple"
PLUGINS = "password tokens index"

PROJECT = """\
[build-system]
requires = ["flit_core>=3.11,<5"]
build-backend = "flit_core.buildapi"

[project]
name = "{name}"
version = "{version}"
description = "{description}"
requires-python = ">=3.8"
readme = "README.md"
license = "Apache-2.0"
license-files = ["LICENSE"]
classifiers = ["Topic :: Security"]
keywords = ["one", "two"]

[project.urls]
Home = "https://example.org/home"

[project.optional-dependencies]
speed = ["packaging"]
"""


@dataclass(frozen=True)
class Ran:
    """What a program printed, both streams as a terminal shows them, in single spaces."""

    code: int
    said: str

    @property
    def done(self) -> bool:
        return self.code == 0


def run(
    *command: str | Path, place: Path, environment: dict[str, str], told: str | None = None
) -> Ran:
    """Run a program with nothing of the machine's own settings."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=place,
        env=environment,
        input=told,
        stdin=None if told is not None else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return Ran(done.returncode, " ".join(done.stdout.split()))


def bare(home: Path, **more: str) -> dict[str, str]:
    """An environment in which a client finds no settings but its arguments."""
    return {
        "HOME": str(home),
        "PATH": f"{BIN}:/usr/bin:/bin",
        "PIP_CONFIG_FILE": os.devnull,
        "UV_NO_CONFIG": "1",
        "UV_CACHE_DIR": str(home / "uv"),
        "COLUMNS": "1000",
        "TERM": "dumb",
        "NO_COLOR": "1",
        "PYTHONWARNINGS": "ignore",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        **more,
    }


@dataclass
class Index:
    """A served index, and the commands of its operator."""

    url: str
    folder: Path
    environment: dict[str, str]
    made: int = field(default=0)

    def command(self, *arguments: str, told: str | None = None) -> str:
        done = subprocess.run(
            [BIN / "ostiary", *arguments],
            env=self.environment,
            input=told,
            stdout=subprocess.PIPE,
            text=True,
            timeout=PATIENCE,
            check=True,
        )
        return done.stdout.strip()

    def user(self, name: str) -> None:
        address = f"{name}@example.org"
        self.command("users", "create", name, "--email", address, "--password-stdin", told=PASSWORD)

    def token(self, *limits: str, user: str = "ada") -> str:
        self.made += 1
        name = f"ci {self.made}"
        return self.command("tokens", "create", "--user", user, "--name", name, *limits)

    def new_name(self) -> str:
        """A name that no project of this index has yet."""
        self.made += 1
        return f"acme-tools-{self.made}"


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """`ostiary serve` with nothing but a folder, and Ada's account."""
    folder = tmp_path_factory.mktemp("index")
    port = free_port()
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("OSTIARY_")
    }
    environment |= {
        "OSTIARY_DATA": str(folder / "data"),
        "OSTIARY_PORT": str(port),
        "OSTIARY_PLUGINS": PLUGINS,
    }
    with (
        (folder / "errors").open("wb") as errors,
        subprocess.Popen(
            [BIN / "ostiary", "serve"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            said = []
            for line in process.stdout:
                said.append(line)
                if line.startswith("Ctrl-C"):
                    break
            assert said, (folder / "errors").read_text()
            served = Index(f"http://localhost:{port}", folder, environment)
            served.user("ada")
            yield served
        finally:
            process.terminate()
            assert process.wait(PATIENCE) == 0
    assert "Traceback" not in (folder / "errors").read_text()


@dataclass(frozen=True)
class Sample:
    """A tiny real project, built: a source distribution and a wheel."""

    folder: Path
    name: str
    version: str

    @property
    def files(self) -> list[Path]:
        return sorted((self.folder / "dist").iterdir())


Build = Callable[..., Sample]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Builds a project: ``build("acme-tools", "1.0")``."""

    def make(name: str, version: str = "1.0", description: str = "A sample") -> Sample:
        folder = tmp_path / f"{name} {version} {description}"
        folder.mkdir()
        module = name.replace("-", "_")
        (folder / "pyproject.toml").write_text(
            PROJECT.format(name=name, version=version, description=description)
        )
        (folder / "README.md").write_text("# A sample\n\nIt does nothing: `{}`.\n")
        (folder / "LICENSE").write_text("Apache-2.0\n")
        (folder / f"{module}.py").write_text(f'"""A sample."""\n\nVERSION = "{version}"\n')
        done = run(sys.executable, "-c", BUILDING, place=folder, environment=bare(tmp_path))
        assert done.done, done.said
        return Sample(folder, name, version)

    return make


BUILDING = """
import os
from flit_core import buildapi
os.mkdir("dist")
buildapi.build_sdist("dist")
buildapi.build_wheel("dist")
"""


@pytest.fixture(scope="session")
def tools(request: pytest.FixtureRequest) -> Path:
    """The programs of ``requirements.txt``, installed once and kept with pytest's cache."""
    assert request.config.cache is not None
    folder = request.config.cache.mkdir("clients")
    key = sha256(REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()[:16]
    place = folder / key
    stamp = place / "installed"
    if not stamp.exists():
        uv: list[str | Path] = [BIN / "uv", "--quiet"]
        subprocess.run([*uv, "venv", "--clear", place], check=True)
        install = [*uv, "pip", "install", "--python", place / "bin" / "python"]
        subprocess.run([*install, "--requirement", REQUIREMENTS], check=True)
        stamp.touch()
    return place / "bin"
