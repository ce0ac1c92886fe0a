"""The house, put together: every room built once, from the settings and the listed plugins."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType

from ostiary.accounts import (
    Accounts,
    Callers,
    CoreDirectory,
    CredentialRows,
    Devices,
    Links,
    Regains,
    Sessions,
)
from ostiary.accounts.sweeping import swept
from ostiary.audit import Recorder, Who
from ostiary.chores import Chores
from ostiary.contracts import (
    Localization,
    UserDirectory,
)
from ostiary.events import CORE_EVENTS
from ostiary.mail import Mailroom
from ostiary.plugins import Plugins, installed_plugins, load_plugins
from ostiary.runtime.house import House
from ostiary.settings import Settings
from ostiary.signin import (
    Asker,
    Budgets,
    Challenges,
    Flows,
    Parts,
    Registering,
    Runner,
    SignIn,
)
from ostiary.signin.addresses import Addressing
from ostiary.signin.closing import Closing
from ostiary.signin.held import HeldDirectory, HeldLocalization
from ostiary.signin.regaining import LINK_MARGIN, Regaining
from ostiary.signin.requiring import NOTHING_TO_ADD, Requiring, nothing_to_add
from ostiary.signin.resetting import Resetting
from ostiary.store import KeyRing, Store, check_schema
from ostiary.text import NullLocalization

log = logging.getLogger(__name__)


def utc_now() -> datetime:
    """The time, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True, eq=False)
class Runtime:
    """A running house.

    ``accounts``, ``registering``, ``addressing`` and ``closing`` are None where a host has its
    own users.
    """

    settings: Settings
    keys: KeyRing
    store: Store
    plugins: Plugins
    house: House
    localization: Localization
    directory: UserDirectory
    accounts: Accounts | None
    links: Links
    rows: CredentialRows
    sessions: Sessions
    callers: Callers
    devices: Devices
    budgets: Budgets
    recorder: Recorder
    mailroom: Mailroom
    runner: Runner
    signin: SignIn
    registering: Registering | None
    addressing: Addressing | None
    closing: Closing | None
    resetting: Resetting
    regaining: Regaining
    chores: Chores
    now: Callable[[], datetime]

    @classmethod
    def start(
        cls,
        settings: Settings,
        *,
        prefix: str = "",
        now: Callable[[], datetime] = utc_now,
    ) -> Runtime:
        """Build every room, and check that they fit together.

        Args:
            settings: the operator's; without a list of plugins, those installed.
            prefix: the route prefix that the pages are mounted under, for links in mails.
            now: the clock.

        Raises:
            OstiaryError: one line that says what is wrong and how to mend it.
        """
        house = House(settings, now)
        return cls.of(settings, house, loaded(settings, house), prefix=prefix, now=now)

    @classmethod
    def of(
        cls,
        settings: Settings,
        house: House,
        plugins: Plugins,
        *,
        prefix: str = "",
        now: Callable[[], datetime] = utc_now,
    ) -> Runtime:
        """The same with plugins that :func:`loaded` gave for this very house."""
        keys = KeyRing.load(settings.keys)
        store = Store(settings.database, keys)
        try:
            check_schema(store, tuple(plugins.migrations.items()))
            return _built(settings, keys, store, plugins, house, prefix.strip("/"), now)
        except BaseException:
            store.dispose()
            raise

    def acting_for(self, who: Who) -> House:
        """The house for a plugin's view: what it records is somebody's act."""
        return House(self.settings, self.now).open(self, who)


def listed(settings: Settings) -> tuple[str, ...]:
    """The operator's list of plugins; without a list, what is installed."""
    if settings.plugins is not None:
        return settings.plugins
    return tuple(candidate.name for candidate in installed_plugins())


def loaded(settings: Settings, house: House) -> Plugins:
    """The listed plugins, and the settings for their parts held against their names.

    Raises:
        OstiaryError: one line that says which plugin or setting is wrong.
    """
    plugins = load_plugins(listed(settings), house, event_types=CORE_EVENTS)
    settings.check_parts(
        plugins.factors,
        plugins.verifiers,
        [sink.name for sink in plugins.sinks],
        [plugin.name for plugin in plugins.enabled],
    )
    return plugins


def _built(
    settings: Settings,
    keys: KeyRing,
    store: Store,
    plugins: Plugins,
    house: House,
    prefix: str,
    now: Callable[[], datetime],
) -> Runtime:
    base = settings.public_url.origin + (f"/{prefix}" if prefix else "")
    runner = Runner(
        settings.step_timeout.total_seconds(), settings.factor_slots, max(1, settings.threads // 4)
    )
    localization: Localization = NullLocalization()
    if plugins.localization is not None:
        owner = _owner(plugins, plugins.localization)
        localization = HeldLocalization(owner, plugins.localization, runner)
    accounts = None if plugins.directory is not None else Accounts(store, now)
    directory: UserDirectory = CoreDirectory(accounts or Accounts(store, now))
    if plugins.directory is not None:
        directory = HeldDirectory(_owner(plugins, plugins.directory), plugins.directory, runner)
    rows = CredentialRows(keys)
    types = (*CORE_EVENTS, *plugins.event_types)
    recorder = Recorder(store, types, plugins.sinks, now, runner.ask, runner.run)
    mailroom = Mailroom(store, settings.mail, settings.site, base, localization, now)
    sessions, devices = Sessions(store, settings), Devices()
    links = Links(settings.link_lifetime)
    parts = Parts(
        store=store,
        factors=MappingProxyType(dict(plugins.factors)),
        guards=plugins.guards,
        directory=directory,
        rows=rows,
        sessions=sessions,
        devices=devices,
        regains=Regains(),
        challenges=Challenges(keys, now, settings.challenge_lifetime),
        flows=Flows(now, settings.flow_lifetime),
        budgets=Budgets(vars(settings.budgets), settings.redis, lambda: now().timestamp()),
        runner=runner,
        asker=Asker(
            store,
            rows,
            runner,
            settings.site,
            lambda handle: f"{base}/sign-in/return/{handle}",
            now,
        ),
        recorder=recorder,
        mailroom=mailroom,
        requiring=Requiring.of(settings, rows, sessions),
        now=now,
        fresh=settings.fresh_proof,
        remembered=settings.remembered_device,
    )
    signin = SignIn.of(parts)
    registering = addressing = closing = None
    if accounts is not None:
        registering = Registering(
            parts=parts,
            opening=signin.opening,
            accounts=accounts,
            links=links,
            verify_url=lambda token: f"{base}/verify-address?token={token}",
        )
        addressing = Addressing(registering)
        closing = Closing(
            parts=parts,
            accounts=accounts,
            delay=settings.deletion_delay,
            keep_url=f"{base}/account/keep",
        )
    regaining = Regaining(
        parts=parts,
        links=Links(settings.regain_wait + LINK_MARGIN),
        wait=settings.regain_wait,
        cancel_url=lambda token: f"{base}/regain/cancel?token={token}",
    )
    chores: dict[str, Callable[[], object]] = {
        "sweeping": lambda: swept(store, settings.session.idle, now()),
        "regains": regaining.carry_out,
    }
    if closing is not None:
        chores["deletions"] = closing.carry_out_due
    runtime = Runtime(
        settings=settings,
        keys=keys,
        store=store,
        plugins=plugins,
        house=house,
        localization=localization,
        directory=directory,
        accounts=accounts,
        links=links,
        rows=rows,
        sessions=sessions,
        callers=Callers(store, settings.session.idle, None if accounts else directory),
        devices=devices,
        budgets=parts.budgets,
        recorder=recorder,
        mailroom=mailroom,
        runner=runner,
        signin=signin,
        registering=registering,
        addressing=addressing,
        closing=closing,
        resetting=Resetting(
            parts=parts,
            opening=signin.opening,
            links=links,
            link_url=lambda token: f"{base}/reset-password/link?token={token}",
        ),
        regaining=regaining,
        chores=Chores(chores),
        now=now,
    )
    house.open(runtime)
    if nothing_to_add(settings.second_factor.required, plugins.factors):
        log.warning("%s", NOTHING_TO_ADD)
    return runtime


def _owner(plugins: Plugins, part: object) -> str:
    """The plugin that a part is of, for the log."""
    try:
        return plugins.origin(part).name
    except LookupError:
        return type(part).__qualname__
