"""Where a factor is put to the test: houses with it, one after another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ostiary.accounts import StoredCredential, address, login_name
from ostiary.contracts import (
    Enrolled,
    Factor,
    First,
    Kind,
    Properties,
    Strength,
    User,
)
from ostiary.plugins import Plugins
from ostiary.runtime import Runtime
from ostiary.testing.contract.people import Opening, Person, Scene
from ostiary.testing.contract.visits import Someone
from ostiary.testing.houses import Houses, plugin_of
from ostiary.testing.outbox import Outbox
from ostiary.testing.processes import free_port

_SPARE = Properties(Strength(frozenset({Kind.HAVE})))


@dataclass
class Bench:
    """Houses with the factor under test, one after another over the same database.

    ``plugins`` are those of :class:`~ostiary.testing.houses.Houses`, the factor's among them.
    """

    houses: Houses
    outbox: Outbox
    plugins: tuple[object, ...]
    name: str
    person: Callable[[Scene], Person]
    settings: dict[str, object]
    # One address for all of them: an answer may be bound to it.
    port: int = field(default_factory=free_port)
    _runtime: Runtime | None = None

    @property
    def runtime(self) -> Runtime:
        """The house that runs now."""
        return self._runtime or self.start()

    @property
    def factor(self) -> Factor:
        """The factor, as its plugin registered it."""
        return self.runtime.plugins.factors[self.name]

    @property
    def properties(self) -> Properties:
        """What the factor says of itself."""
        return self.factor.properties

    def start(
        self,
        *,
        around: Callable[[Plugins], Plugins] | None = None,
        pseudo: bool = False,
        **settings: object,
    ) -> Runtime:
        """Start a house with the factor; it takes the place of the one before."""
        given = {"generous": True, **self.settings, **settings}
        probe = self._start(self.plugins, Kind.KNOW, None, pseudo=pseudo, **given)
        if self.name not in probe.plugins.factors:
            raise LookupError(
                f"the plugins {self.plugins} register no factor {self.name!r}, only "
                f"{sorted(probe.plugins.factors)}: correct the class attributes"
            )
        kind = self._other_kind(probe.plugins.factors[self.name].properties)
        return self._start(self.plugins, kind, around, pseudo=pseudo, **given)

    def start_without(self) -> Runtime:
        """Start a house in which the factor's plugin is not installed any more."""
        origin = self.runtime.plugins.origin(self.factor)
        place = self.runtime.plugins.enabled.index(origin)
        kind = self._other_kind(self.properties)
        rest = (*self.plugins[:place], *self.plugins[place + 1 :])
        return self._start(rest, kind, None, generous=True)

    def someone(self, login: str = "ada") -> Someone:
        """A new user with a verified address and a first proof, who has the factor in hand."""
        accounts = self.runtime.accounts
        assert accounts is not None, "leave out the plugin with a user directory of its own"
        with self.runtime.store.write() as unit:
            made = accounts.create(unit, f"id-of-{login}", login_name(login))
            claimed = address(f"{login}@example.org")
            accounts.verify_address(unit, accounts.add_address(unit, made.id, claimed))
            self._give(unit, made.id, Opening(self._other_kind(self.properties)))
            if not self.properties.second and self.properties.first is First.NO:
                # What makes the account ask for a second proof, which the factor then gives.
                self._insert(unit, made.id, "spare", _SPARE)
        user = self.runtime.directory.get(made.id)
        assert user is not None
        return Someone(self, user)

    def credentials(self, user: User) -> tuple[StoredCredential, ...]:
        """A user's credentials of the factor, as they are stored."""
        found = self.runtime.signin.parts.credentials(user.id)
        return tuple(stored for stored in found if stored.name == self.name)

    def _start(
        self,
        plugins: tuple[object, ...],
        kind: Kind,
        around: Callable[[Plugins], Plugins] | None,
        *,
        pseudo: bool = False,
        **settings: object,
    ) -> Runtime:
        given = (*plugins, plugin_of(factors=[Opening(kind)]))
        settings = {"port": self.port, **settings}
        self._runtime = self.houses(*given, around=around, pseudo=pseudo, **settings)  # type: ignore[arg-type] # settings only
        return self._runtime

    def _other_kind(self, properties: Properties) -> Kind:
        """A kind of proof that the factor adds to."""
        return Kind.HAVE if properties.strength.kinds == {Kind.KNOW} else Kind.KNOW

    def _give(self, unit: object, user_id: str, factor: Factor) -> None:
        self._insert(unit, user_id, factor.name, factor.properties)

    def _insert(self, unit: object, user_id: str, name: str, properties: Properties) -> None:
        runtime, title = self.runtime, Opening.title
        runtime.rows.insert(
            unit,  # type: ignore[arg-type] # a Unit
            "factor",
            name,
            title,
            properties,
            user_id,
            Enrolled(label=title),
            name,
            runtime.now(),
        )
