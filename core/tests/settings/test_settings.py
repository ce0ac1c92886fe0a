"""Settings: what is read from where, and what is refused."""

import re
import stat
import subprocess
import sys
from datetime import timedelta
from functools import partial
from ipaddress import ip_network
from pathlib import Path

import pytest

from ostiary.contracts import SettingsError, Site
from ostiary.settings import DEFINITIONS, Settings, page, write_initial

ROOT = Path(__file__).parents[3]


def read(**values: object) -> Settings:
    """Settings of an application; ``__`` stands for a dot."""
    return Settings.from_mapping(
        {"ostiary." + name.replace("__", "."): value for name, value in values.items()}
    )


def refusal(**values: object) -> str:
    with pytest.raises(SettingsError) as caught:
        read(**values)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_without_any_settings_everything_lies_in_the_data_folder(tmp_path: Path) -> None:
    settings = Settings.load(tmp_path, {})
    assert settings.database == f"sqlite:///{tmp_path}/ostiary.db"
    assert settings.keys == tmp_path / "keys.json"
    assert settings.mail.folder == tmp_path / "mail"
    assert settings.public_url.origin == "http://localhost:6543"
    assert settings.plugins is None
    assert settings.redis is None
    assert settings.trusted_proxies == ()
    assert settings.session.idle == timedelta(hours=2)
    assert settings.session.absolute == timedelta(hours=12)
    assert [str(item) for item in settings.budgets.stranger] == [
        "10 per 5 minute",
        "50 per 1 day",
    ]


def test_the_default_address_follows_the_port(tmp_path: Path) -> None:
    settings = Settings.load(tmp_path, {"OSTIARY_PORT": "8080"})
    assert settings.public_url.origin == "http://localhost:8080"
    assert settings.site == Site("Ostiary", "http://localhost:8080", "localhost")


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "ostiary.toml").write_text(
        'port = 7000\ntitle = "Depot"\n[session]\nidle = "5m"\n[factor.totp]\ntolerance = 1\n'
        "strict = true\n"
    )
    settings = Settings.load(
        tmp_path, {"OSTIARY_SESSION_IDLE": "600", "OSTIARY_FACTOR__TOTP__TOLERANCE": "2"}
    )
    assert (settings.port, settings.title) == (7000, "Depot")
    assert settings.session.idle == timedelta(minutes=10)
    assert settings.part("factor.totp") == {"tolerance": "2", "strict": "true"}
    assert settings.part("factor.other") == {}


def test_the_data_folder_may_come_from_the_environment(tmp_path: Path) -> None:
    (tmp_path / "ostiary.toml").write_text("port = 7000\n")
    settings = Settings.load(None, {"OSTIARY_DATA": str(tmp_path)})
    assert (settings.data, settings.port) == (tmp_path, 7000)


def test_the_default_data_folder_does_not_move_with_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings.load(None, {})
    assert settings.data == tmp_path / "ostiary-data"
    assert settings.database == f"sqlite:///{tmp_path}/ostiary-data/ostiary.db"


def test_the_file_cannot_move_the_folder_that_it_is_in(tmp_path: Path) -> None:
    (tmp_path / "ostiary.toml").write_text('data = "/elsewhere"\n')
    with pytest.raises(SettingsError, match="the data folder is where this file is"):
        Settings.load(tmp_path, {})


def test_keys_of_others_and_variables_of_the_test_kit_are_not_ours(tmp_path: Path) -> None:
    Settings.from_mapping({"pyramid.includes": "ostiary", "ostiaryx.port": "?"})
    Settings.load(tmp_path, {"OSTIARY_TEST_REDIS": "x", "OSTIARY_CHROMIUM": "x", "PATH": "/"})


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("mapping", "ostiary.prot is not a setting of Ostiary. Did you mean ostiary.port?"),
        ("file", "Did you mean session.idle?"),
        ("environment", "OSTIARY_PROT in the environment is not a setting of Ostiary. Did you "),
    ],
)
def test_an_unknown_name_is_refused_with_a_suggestion(
    tmp_path: Path, where: str, said: str
) -> None:
    (tmp_path / "ostiary.toml").write_text("[session]\nidel = 5\n" if where == "file" else "")
    reading = {
        "mapping": partial(read, prot="1"),
        "file": partial(Settings.load, tmp_path, {}),
        "environment": partial(Settings.load, tmp_path, {"OSTIARY_PROT": "1"}),
    }[where]
    with pytest.raises(SettingsError, match=re.escape(said)):
        reading()


@pytest.mark.parametrize("name", ["qqqqqq", "factor", "factor.totp", "factor..x", "mail", ""])
def test_a_name_that_nothing_reads_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match="is not a setting"):
        Settings.from_mapping({f"ostiary.{name}": "1"})


@pytest.mark.parametrize(
    ("values", "allowed"),
    [
        ({"port": "0"}, "a whole number from 1 to 65535"),
        ({"port": "65536"}, "a whole number"),
        ({"port": "٣"}, "a whole number"),
        ({"port": True}, "a whole number"),
        ({"port": 1.5}, "a whole number"),
        ({"session__idle": "0"}, "a time such as"),
        ({"session__idle": "-5m"}, "a time such as"),
        ({"session__idle": "5 fortnights"}, "a time such as"),
        ({"session__idle": True}, "a time such as"),
        ({"session__idle": "9999999999d"}, "a time such as"),
        ({"registration": "maybe"}, "open or closed"),
        ({"title": "a\r\nBcc: everybody@example.org"}, "one line of text"),
        ({"title": "  "}, "one line of text"),
        ({"allow_insecure_http": "perhaps"}, "true or false"),
        ({"plugins": "totp, totp"}, "each of them once"),
        ({"plugins": 5}, "each of them once"),
        ({"trusted_proxies": "everybody"}, "addresses or networks"),
        ({"trusted_proxies": "10.0.0.1/8"}, "addresses or networks"),
        ({"budgets__stranger": "0/hour"}, "none of them zero"),
        ({"budgets__stranger": "often"}, "limits such as"),
        ({"contact": "ask Ada"}, "an email address, or a page"),
        ({"contact": "javascript:alert(1)"}, "an email address, or a page"),
        ({"redis": "http://localhost"}, "redis://host"),
        ({"redis": "redis://[::1"}, "redis://host"),
        ({"redis": "redis://"}, "redis://host"),
        ({"database": "sqlite://"}, "sqlite:///<path>"),
        ({"database": "sqlite:///:memory:"}, "sqlite:///<path>"),
        ({"database": "postgresql://localhost/x"}, "postgresql+psycopg"),
        ({"database": "nothing of the kind"}, "sqlite:///<path>"),
        ({"public_url": "ftp://example.org"}, "http:// or https://"),
        ({"public_url": "https://example.org/shop"}, "nothing after"),
        ({"public_url": "https://example.org?x=1"}, "nothing after"),
        ({"public_url": "https://me@example.org"}, "nothing after"),
        ({"public_url": "https://example.org:99999"}, "nothing after"),
        ({"public_url": "https://example.org:0"}, "nothing after"),
        ({"public_url": "https://"}, "nothing after"),
        ({"public_url": "https://exa mple.org"}, "nothing after"),
    ],
)
def test_a_wrong_value_is_refused_and_says_what_is_allowed(
    values: dict[str, object], allowed: str
) -> None:
    message = refusal(**values)
    name = next(iter(values)).replace("__", ".")
    assert message.startswith(f"ostiary.{name}: found ")
    assert allowed in message


def test_no_message_and_no_repr_shows_a_secret() -> None:
    """Start-up errors end up in logs and in bug reports."""
    assert "hunter2" not in refusal(database="postgres://me:hunter2@localhost/x")
    assert "hunter2" not in refusal(redis="http://:hunter2@localhost")
    settings = read(
        database="postgresql+psycopg://me:hunter2@localhost/x",
        redis="redis://:hunter2@localhost/0",
        mail__username="me",
        mail__password="hunter2",
        factor__oidc__client_secret="hunter2",
    )
    assert settings.mail.password == "hunter2"
    assert settings.part("factor.oidc") == {"client_secret": "hunter2"}
    assert "hunter2" not in repr(settings)


@pytest.mark.parametrize(
    ("given", "origin", "domain", "tls"),
    [
        ("https://Example.ORG", "https://example.org", "example.org", True),
        ("https://example.org:443/", "https://example.org", "example.org", True),
        ("https://example.org:8443", "https://example.org:8443", "example.org", True),
        ("https://bücher.example", "https://xn--bcher-kva.example", "xn--bcher-kva.example", True),
        ("http://localhost:80", "http://localhost", "localhost", False),
        ("http://app.localhost", "http://app.localhost", "app.localhost", False),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5000", "127.0.0.1", False),
        ("http://[::1]:5000", "http://[::1]:5000", "[::1]", False),
    ],
)
def test_the_public_url_becomes_the_origin_that_browsers_send(
    given: str, origin: str, domain: str, tls: bool
) -> None:
    url = read(public_url=given).public_url
    assert (url.origin, url.domain, url.tls) == (origin, domain, tls)


def test_plain_http_elsewhere_needs_a_word_of_its_own() -> None:
    """A site that forgot the s would send passwords in the clear."""
    assert "http:// is allowed for localhost only" in refusal(public_url="http://example.org")
    assert "localhost only" in refusal(public_url="http://localhost.example.org")
    assert "localhost only" in refusal(public_url="http://10.0.0.1")
    settings = read(public_url="http://example.org", allow_insecure_http="yes")
    assert settings.public_url.origin == "http://example.org"


def test_what_only_makes_sense_together_is_checked_together() -> None:
    assert "session.absolute" in refusal(session__idle="13h")
    assert "set both or neither" in refusal(mail__username="me")
    assert "set both or neither" in refusal(mail__password="hunter2")


def test_values_may_be_text_or_values() -> None:
    """An .ini file knows text only; TOML and Python know more."""
    for plugins in ("password, totp", "password\n totp", ["password", "totp"]):
        assert read(plugins=plugins).plugins == ("password", "totp")
    assert read(plugins="").plugins == ()
    assert read(allow_insecure_http=True).allow_insecure_http
    assert not read(allow_insecure_http="off").allow_insecure_http
    assert read(session__idle=90).session.idle == timedelta(seconds=90)
    assert read(mail__host="").mail.host is None
    assert read(redis="unix:///run/redis").redis == "unix:///run/redis"
    networks = read(trusted_proxies="10.0.0.0/8 ::1").trusted_proxies
    assert networks == (ip_network("10.0.0.0/8"), ip_network("::1"))


def test_a_relative_path_starts_in_the_data_folder(tmp_path: Path) -> None:
    settings = read(data=str(tmp_path), keys="ring.json", database="sqlite:///db/main.db")
    assert settings.keys == tmp_path / "ring.json"
    assert settings.database == f"sqlite:///{tmp_path}/db/main.db"
    absolute = read(data=str(tmp_path), database="sqlite:////srv/main.db", keys="/srv/k")
    assert (absolute.database, absolute.keys) == ("sqlite:////srv/main.db", Path("/srv/k"))


def test_settings_for_a_part_that_nobody_provides_are_refused() -> None:
    settings = read(factor__totp__tolerance="1", sink__syslog__host="x", verifier__tokens__p="y")
    settings.check_parts({"totp"}, {"tokens"}, {"syslog"}, ())
    with pytest.raises(SettingsError, match=r"factor\.totp\.\*.*Did you mean totps\?"):
        settings.check_parts({"totps"}, {"tokens"}, {"syslog"}, ())
    with pytest.raises(SettingsError, match="no enabled plugin has a sink 'syslog'"):
        settings.check_parts({"totp"}, {"tokens"}, set(), ())


def test_settings_of_a_plugin_that_is_not_enabled_are_refused() -> None:
    settings = read(plugin__index__private="true")
    assert settings.part("plugin.index") == {"private": "true"}
    settings.check_parts((), (), (), {"index"})
    with pytest.raises(SettingsError, match="there is no enabled plugin 'index'"):
        settings.check_parts((), (), (), {"tokens"})


def test_a_part_is_told_text_only(tmp_path: Path) -> None:
    (tmp_path / "ostiary.toml").write_text("[factor.x]\nlist = [1]\n")
    with pytest.raises(SettingsError, match="found a list, allowed is text"):
        Settings.load(tmp_path, {})


@pytest.mark.parametrize("content", [b"port = ", b"\xff", None])
def test_a_file_that_cannot_be_read_stops_the_start(tmp_path: Path, content: bytes | None) -> None:
    """Going on without it would be going on with other plugins and another database."""
    path = tmp_path / "ostiary.toml"
    path.mkdir() if content is None else path.write_bytes(content)
    with pytest.raises(SettingsError, match=re.escape(str(path))):
        Settings.load(tmp_path, {})


def test_the_first_file_lists_plugins_and_changes_nothing_else(tmp_path: Path) -> None:
    write_initial(tmp_path / "ostiary.toml", ["password", 'od"d'])
    written, unwritten = Settings.load(tmp_path, {}), Settings.load(tmp_path / "none", {})
    assert written.plugins == ("password", 'od"d')
    assert written.session == unwritten.session
    assert written.budgets == unwritten.budgets


def test_every_commented_line_of_the_first_file_works_when_its_mark_is_taken_away(
    tmp_path: Path,
) -> None:
    path = tmp_path / "ostiary.toml"
    write_initial(path, ["password"])
    commented = re.sub(r"^# (\w+ = (?!.*<).*)$", r"\1", path.read_text(), flags=re.MULTILINE)
    assert commented != path.read_text()
    path.write_text(commented)
    assert Settings.load(tmp_path, {}).session == Settings.load(tmp_path / "none", {}).session
    for name in DEFINITIONS.keys() - {"data", "plugins"}:
        assert re.search(rf"^#? ?{name.rpartition('.')[2]} = ", path.read_text(), re.MULTILINE)


def test_the_first_file_is_private_and_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "ostiary.toml"
    write_initial(path, [])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        write_initial(path, ["another"])
    assert "another" not in path.read_text()


def test_the_manual_is_as_the_code() -> None:
    """``python -m ostiary.settings > docs/settings.md`` mends it."""
    printed = subprocess.run(
        [sys.executable, "-m", "ostiary.settings"], check=True, capture_output=True, text=True
    ).stdout
    assert printed == page()
    assert (ROOT / "docs" / "settings.md").read_text() == printed
    for name in DEFINITIONS:
        assert f"### `ostiary.{name}`" in printed
