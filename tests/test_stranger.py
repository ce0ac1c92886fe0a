"""A package that a stranger wrote: installed for real, used, and uninstalled.

Its environment is one of its own, on top of the one that these tests run in: what the stranger
needs is there already, and what they install stays out of it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import threading
import venv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyotp
import pytest

from ostiary.testing.processes import free_port

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "tests" / "strangers" / "mailcode"
PASSWORD = "correct horse battery staple"


@dataclass(frozen=True)
class Environment:
    """A virtual environment with the stranger's package, and the package's sources."""

    folder: Path
    package: Path

    @property
    def python(self) -> str:
        return str(self.folder / "bin" / "python")

    def pip(self, *arguments: str) -> None:
        uv = [sys.executable, "-m", "uv", "pip", *arguments, "--quiet", "--offline"]
        subprocess.run([*uv, "--python", self.python], check=True)

    def install(self) -> None:
        # Built by the backend that is here: nothing is fetched, nothing is needed but Python.
        self.pip("install", "--no-deps", "--no-build-isolation", str(self.package))

    def uninstall(self) -> None:
        self.pip("uninstall", "acme-ostiary-mailcode")


@dataclass(frozen=True)
class Site:
    """An operator's installation: its data folder, its port, its list of plugins."""

    environment: Environment
    data: Path
    port: int
    plugins: str

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def command(self, *arguments: str) -> list[str]:
        return [str(self.environment.folder / "bin" / "ostiary"), *arguments]

    def environ(self, **more: str) -> dict[str, str]:
        own = {
            "OSTIARY_DATA": str(self.data),
            "OSTIARY_PORT": str(self.port),
            "OSTIARY_PLUGINS": self.plugins,
        }
        kept = {k: v for k, v in os.environ.items() if not k.startswith("OSTIARY_")}
        return {**kept, **own, **more}

    def run(
        self, *arguments: str, typed: str = "", **more: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            env=self.environ(**more),
            input=typed,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    @contextmanager
    def serving(self, log: Path) -> Iterator[None]:
        """``ostiary serve``, from the moment that it says where it is."""
        with (
            log.open("a") as errors,
            subprocess.Popen(
                self.command("serve"),
                env=self.environ(),
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            ) as process,
        ):
            assert process.stdout is not None
            said = []
            for line in process.stdout:
                said.append(line)
                if line.startswith("Ctrl-C"):
                    break
            else:
                raise AssertionError(f"it did not start: {said} {log.read_text()}")
            rest = threading.Thread(target=process.stdout.read, daemon=True)
            rest.start()
            try:
                yield
            finally:
                process.terminate()
                process.wait(20)
                rest.join(20)

    def mails(self) -> list[str]:
        """The text of every mail, oldest first."""
        found = []
        for path in sorted((self.data / "mail").glob("*.eml")):
            message = message_from_bytes(path.read_bytes(), policy=policy.default)
            found.append(message.get_body(("plain",)).get_content())  # type: ignore[union-attr]
        return found

    def code_after(self, seen: int, page: Page) -> str:
        """The code of the first mail after so many."""
        for _again in range(200):
            for text in self.mails()[seen:]:
                code = re.search(r"^ +(\d{8})\s*$", text, re.MULTILINE)
                if code:
                    return code[1]
            page.wait_for_timeout(50)  # Another process delivers.
        raise AssertionError("no code was mailed")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment on top of this one, with the package installed."""
    folder = tmp_path_factory.mktemp("stranger")
    package = folder / "mailcode"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__", "dist"))
    made = Environment(folder / "venv", package)
    venv.create(made.folder, with_pip=False)
    purelib = sysconfig.get_path("purelib")
    own = Path(sysconfig.get_path("purelib", "venv", vars={"base": str(made.folder)}))
    # addsitedir also reads the .pth files there, which editable installations are.
    (own / "below.pth").write_text(f"import site; site.addsitedir({purelib!r})\n")
    script = made.folder / "bin" / "ostiary"
    script.write_text(f"#!{made.python}\nfrom ostiary.cli import main\nmain()\n")
    script.chmod(0o755)
    made.install()
    return made


@pytest.fixture
def site(environment: Environment, tmp_path: Path) -> Site:
    return Site(environment, tmp_path / "data", free_port(), "password totp mailcode")


def trail(log: Path) -> list[dict[str, Any]]:
    """The events, from the log."""
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    return [line["event"] for line in lines if "event" in line]


def test_it_is_small_and_nothing_names_it() -> None:
    """Fewer than 80 lines of Python, tests included; not a word of it in the core or a plugin."""
    lines = [line for path in PACKAGE.rglob("*.py") for line in path.read_text().splitlines()]
    assert len(lines) < 80
    assert not [path for path in PACKAGE.rglob("*") if path.suffix in {".jinja", ".sql", ".mako"}]
    for part in ("core/src", "plugins"):
        for path in (ROOT / part).rglob("*.py"):
            assert "mailcode" not in path.read_text("utf-8").lower(), path


def test_it_is_listed(site: Site) -> None:
    """The operator sees what was installed, and from which distribution."""
    done = site.run("plugins", "--json")
    assert done.returncode == 0, done.stderr
    (found,) = [each for each in json.loads(done.stdout)["plugins"] if each["name"] == "mailcode"]
    assert (found["distribution"], found["version"]) == ("acme-ostiary-mailcode", "1.0")
    assert found["contributes"] == {"factors": ["mailcode"]}
    assert found["schema"] is None


@pytest.mark.timeout(300)
def test_its_own_tests_pass_where_it_is_installed(environment: Environment) -> None:
    """The stranger runs the contract tests in their own environment, with one line of set-up."""
    done = subprocess.run(
        [
            environment.python,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "tests",
            "-k",
            "not postgresql",
        ],
        cwd=environment.package,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "skipped" not in done.stdout.splitlines()[-1]


def register(site: Site, page: Page, name: str) -> None:
    """An account with a verified address, and codes by mail as its second factor."""
    done = site.run(
        "users",
        "create",
        name,
        "--email",
        f"{name}@example.org",
        "--password-stdin",
        typed=PASSWORD,
    )
    assert done.returncode == 0, done.stderr
    sign_in(site, page, name)
    page.goto(f"{site.url}/account/security")
    seen = len(site.mails())
    page.get_by_role("link", name="Add codes by mail").click()
    page.locator("[name=code]").fill(site.code_after(seen, page))
    page.get_by_role("button", name="Add codes by mail").click()
    page.wait_for_url(re.compile(r"/account/security(\?|$)"))


def sign_in(site: Site, page: Page, name: str) -> None:
    page.goto(f"{site.url}/sign-in")
    page.locator("[name=name]").fill(name)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url(lambda url: not url.endswith("/sign-in"))


@pytest.mark.browser
@pytest.mark.timeout(180)
def test_it_works_like_any_other_and_counts_when_it_is_gone(
    site: Site, new_page: Callable[..., Page], tmp_path: Path
) -> None:
    """Added, chosen, answered, recorded, mailed; uninstalled, its user is not let in."""
    log = tmp_path / "log"
    with site.serving(log):
        ada = new_page()
        register(site, ada, "ada")
        add_app(site, ada)
        chooses_it(site, new_page(), "ada")
        register(site, new_page(), "bob")
    added = [event for event in trail(log) if event["type"] == "factor.added"]
    assert [event["details"]["factor"] for event in added] == ["mailcode", "totp", "mailcode"]
    proofs = [event["proofs"] for event in trail(log) if event["type"] == "sign-in.done"]
    assert ["password", "mailcode"] in proofs
    assert any("Codes by mail" in text and "was added" in text for text in site.mails())

    site.environment.uninstall()
    try:
        refuses_to_start_with_what_is_gone(site)
        without = Site(site.environment, site.data, site.port, "password totp")
        with without.serving(log):
            is_not_let_in(without, new_page(), "bob")
    finally:
        site.environment.install()
    last = trail(log)[-1]
    assert (last["type"], last["outcome"]) == ("sign-in.refused", "refused")
    assert last["reason"] == "factor-unavailable"


def add_app(site: Site, page: Page) -> None:
    """A second factor of another kind, so that there is something to choose from."""
    page.goto(f"{site.url}/account/security")
    assert "Codes by mail" in page.locator("main").inner_text()
    page.get_by_role("link", name="Add authenticator app").click()
    key = page.locator("main code").inner_text().replace(" ", "")
    page.locator("[name=code]").fill(pyotp.TOTP(key).now())
    page.get_by_role("button", name="Add authenticator app").click()
    page.wait_for_url(re.compile(r"/account/security(\?|$)"))


def chooses_it(site: Site, page: Page, name: str) -> None:
    sign_in(site, page, name)
    assert page.url == f"{site.url}/sign-in/verify"
    seen = len(site.mails())
    page.get_by_role("link", name="Use a code sent by mail").click()
    page.locator("[name=code]").fill(site.code_after(seen, page))
    page.locator("[name=code]").press("Enter")
    page.wait_for_url(f"{site.url}/account")


def refuses_to_start_with_what_is_gone(site: Site) -> None:
    """A listed plugin that is not there stops the start: an operator must not overlook it."""
    done = site.run("plugins")
    assert done.returncode == 1
    assert "'mailcode'" in done.stderr
    assert "not installed" in done.stderr


def is_not_let_in(site: Site, page: Page, name: str) -> None:
    """Not with the password alone, once the operator has taken the plugin off the list."""
    page.goto(f"{site.url}/sign-in")
    page.locator("[name=name]").fill(name)
    page.locator("[name=password]").fill(PASSWORD)
    with page.expect_navigation():
        page.locator("[name=password]").press("Enter")
    assert "cannot check" in page.locator("main").inner_text()
    page.goto(f"{site.url}/account")
    assert "/sign-in" in page.url
