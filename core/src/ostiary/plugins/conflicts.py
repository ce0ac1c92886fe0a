"""Parts of different plugins side by side: what two of them must not both have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import pairwise

from ostiary.contracts import Claim, CredentialVerifier, Factor, Migrations, ResourceType
from ostiary.plugins.faults import PluginInfo, kind_of, refusal

_PATH = re.compile(r"(/[A-Za-z0-9._~@+-]+)+")


def check_unique(what: str, named: Iterable[tuple[PluginInfo, str]]) -> None:
    """Refuse a second part of the same name, whoever brings it.

    Raises:
        PluginError: naming both plugins with their distributions.
    """
    owners: dict[str, PluginInfo] = {}
    for info, name in named:
        if name in owners:
            raise refusal(
                info,
                f"{what} {name!r} is already registered by {owners[name]}; "
                "rename it or enable only one of them",
            )
        owners[name] = info


def check_single(what: str, given: Iterable[PluginInfo]) -> None:
    """Refuse a second part of a kind of which the house has one."""
    for first, second in pairwise(given):
        raise refusal(second, f"registers a {what}, and so does {first}; enable only one of them")


def check_claims(verifiers: Iterable[tuple[PluginInfo, CredentialVerifier]]) -> None:
    """Refuse claims of two verifiers that one credential could meet."""
    seen: list[tuple[PluginInfo, CredentialVerifier, Claim]] = []
    for info, verifier in verifiers:
        for claim in verifier.claims:
            for other, taken, theirs in seen:
                if taken is not verifier and _overlap(claim, theirs):
                    raise refusal(
                        info,
                        f"the verifier {verifier.name!r} claims {_say(claim)}, which overlaps "
                        f"{_say(theirs)} of {taken.name!r} by {other}; narrow one of them",
                    )
            seen.append((info, verifier, claim))


def _overlap(one: Claim, other: Claim) -> bool:
    prefixes = one.prefix.startswith(other.prefix) or other.prefix.startswith(one.prefix)
    names = None in {one.username, other.username} or one.username == other.username
    return one.scheme == other.scheme and prefixes and names


def _say(claim: Claim) -> str:
    user = "" if claim.username is None else f" for the user {claim.username!r}"
    return f"{claim.scheme} {claim.prefix!r}{user}"


def check_permissions(resources: Iterable[tuple[PluginInfo, ResourceType]]) -> None:
    """Refuse a permission that one type lets tokens have and another does not."""
    seen: dict[str, tuple[PluginInfo, ResourceType, bool]] = {}
    for info, resource in resources:
        for permission in resource.permissions:
            first = seen.setdefault(permission.name, (info, resource, permission.delegable))
            if first[2] != permission.delegable:
                raise refusal(
                    info,
                    f"the permission {permission.name!r} of {resource.kind!r} and that of "
                    f"{first[1].kind!r} by {first[0]} differ in delegable; make them agree",
                )


def check_options(factors: Iterable[tuple[PluginInfo, Factor]]) -> None:
    """Refuse two factors that would give ``users create`` the same flag."""
    check_unique(
        "the option",
        [(info, f.create_option.flag) for info, f in factors if f.create_option is not None],
    )


def check_tables(migrations: Iterable[tuple[PluginInfo, Migrations]]) -> None:
    """Refuse a table that two plugins say they own."""
    check_unique("the table", [(info, table) for info, m in migrations for table in m.tables])


def claim_paths(claims: Mapping[PluginInfo, object]) -> dict[str, PluginInfo]:
    """Who serves which path: ``OSTIARY_PATHS`` of each plugin, without closing slashes.

    Raises:
        PluginError: one is no plain path, or lies at or under a path of another plugin.
    """
    owners: dict[str, PluginInfo] = {}
    for info, paths in claims.items():
        if not isinstance(paths, tuple):
            raise refusal(info, f"OSTIARY_PATHS is {kind_of(paths)}; give a tuple of paths")
        for given in paths:
            path = _plain(info, given)
            for taken, owner in owners.items():
                if owner != info and f"{path}/".startswith(f"{taken}/") | f"{taken}/".startswith(
                    f"{path}/"
                ):
                    raise refusal(
                        info,
                        f"claims the path {path!r}, which meets {taken!r} of {owner}; "
                        "move it or enable only one of them",
                    )
            owners[path] = info
    return owners


def _plain(info: PluginInfo, path: object) -> str:
    if not isinstance(path, str):
        raise refusal(info, f"OSTIARY_PATHS holds {kind_of(path)}; write paths as text")
    plain = path.removesuffix("/")
    if not _PATH.fullmatch(plain) or {".", ".."} & set(plain.split("/")):
        raise refusal(
            info, f"claims the path {path[:60]!r}; write a prefix such as '/account/tokens'"
        )
    return plain
