"""``ostiary users``: people's accounts, for the operator."""

from __future__ import annotations

from datetime import timedelta

import click
from sqlalchemy import select

from ostiary.accounts import FACTOR, Account
from ostiary.cli.creating import create
from ostiary.cli.output import print_json, print_table
from ostiary.cli.state import State, pass_state
from ostiary.contracts import OstiaryError, User
from ostiary.signin.closing import Closing
from ostiary.signin.commanding import Commanding
from ostiary.signin.lifting import is_stopped
from ostiary.signin.values import Denied
from ostiary.store.tables import credentials


@click.group()
def users() -> None:
    """Look after people's accounts."""


users.add_command(create)


@users.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print a list for programs.")
@pass_state
def list_users(state: State, as_json: bool) -> None:  # noqa: FBT001 - click gives flags by name.
    """List the accounts, by name."""
    accounts, factors = state.accounts.list(), _factors(state)
    found = [_described(account, factors.get(account.id, [])) for account in accounts]
    if as_json:
        print_json(found)
        return
    print_table(
        ("NAME", "ADDRESS", "FACTORS", ""),
        [
            (
                str(each["login"]),
                f"{each['address'] or '-'}{'' if each['verified'] else ' (not verified)'}",
                ", ".join(factors.get(str(each["id"]), [])) or "-",
                " ".join(word for word in ("admin", "disabled") if each[word]),
            )
            for each in found
        ],
    )


@users.command()
@click.argument("name")
@click.option("--enable", is_flag=True, help="Let the person in again.")
@pass_state
def disable(state: State, name: str, enable: bool) -> None:  # noqa: FBT001 - as above.
    """Shut a person out: their sessions end at once."""
    accounts = state.accounts
    user = _named(state, name)
    changed = Commanding(state.runtime.signin.parts).set_disabled(
        accounts, user, disabled=not enable
    )
    now = "enabled" if enable else "disabled"
    click.echo(f"{user.login} is {now}." if changed else f"{user.login} was {now} already.")


@users.command()
@click.argument("name")
@click.option("--revoke", is_flag=True, help="Take the rights away; never from the last admin.")
@pass_state
def admin(state: State, name: str, revoke: bool) -> None:  # noqa: FBT001 - as above.
    """Let a person administer the site."""
    user = _named(state, name)
    changed = Commanding(state.runtime.signin.parts).set_admin(
        state.accounts, user, granted=not revoke
    )
    now = "no admin any more" if revoke else "an admin now"
    before = "no admin" if revoke else "an admin already"
    click.echo(f"{user.login} is {now}." if changed else f"{user.login} was {before}.")


@users.command("reset-factors")
@click.argument("name")
@click.option("--reason", required=True, help="Why; it is kept in the record.")
@pass_state
def reset_factors(state: State, name: str, reason: str) -> None:
    """Remove a person's second and recovery factors.

    For somebody who lost them all, once you are sure who is asking. Their sessions end, and
    they are told by mail.
    """
    reason = _stated(reason)
    user = _named(state, name)
    parts = state.runtime.signin.parts
    stopped = is_stopped(parts, user.id)
    removed = Commanding(parts).reset_factors(user, reason)
    if not removed and stopped:
        click.echo(f"{user.login} had shut the account, and can sign in now to add factors.")
        return
    if not removed:
        click.echo(f"{user.login} has no second and no recovery factor; nothing was changed.")
        return
    titles = ", ".join(f"{stored.title} ({stored.credential.label})" for stored in removed)
    told = "they are told by mail" if user.address else "there is no address to tell them at"
    click.echo(f"Removed of {user.login}: {titles}. Their sessions are ended; {told}.")


@users.command("regains")
@click.option("--json", "as_json", is_flag=True, help="Print a list for programs.")
@pass_state
def regains(state: State, as_json: bool) -> None:  # noqa: FBT001 - as above.
    """List the requests of people who lost every further factor, the oldest first."""
    found = []
    for each in state.runtime.regaining.open_requests():
        user = state.runtime.directory.get(each.user_id)
        found.append(
            {
                "id": each.id,
                "user": each.user_id if user is None else user.login,
                "state": each.state.value,
                "asked": f"{each.asked_at:%Y-%m-%d %H:%M}",
                "due": f"{each.due_at:%Y-%m-%d %H:%M}" if each.due_at else None,
                "note": each.note,
            }
        )
    if as_json:
        print_json(found)
        return
    rows = [tuple(str(each[key] or "-") for key in _REGAIN) for each in found]
    print_table(tuple(key.upper() for key in _REGAIN), rows)


_REGAIN = ("user", "state", "asked", "due", "note")


@users.command()
@click.argument("name")
@click.option("--reason", required=True, help="Why; it is kept in the record.")
@click.option("--now", is_flag=True, help="Leave no time to have the account back.")
@pass_state
def delete(state: State, name: str, reason: str, now: bool) -> None:  # noqa: FBT001 - as above.
    """Delete an account, once the time to have it back is over.

    Its sessions end, and the person is told by mail. What happened stays in the record.
    """
    account, closing = _closing(state, name)
    due = closing.order(account, _stated(reason), timedelta(0) if now else None)
    if isinstance(due, Denied):
        raise OstiaryError(f"{due.text}")
    if not now:
        when = f"{due:%Y-%m-%d %H:%M} UTC"
        click.echo(f"{account.login} goes at {when}; `ostiary users keep` calls it off.")
        return
    # A server may have been quicker, which comes to the same.
    closing.carry_out(account.id)
    click.echo(f"{account.login} is deleted.")


@users.command()
@click.argument("name")
@click.option("--reason", required=True, help="Why; it is kept in the record.")
@pass_state
def keep(state: State, name: str, reason: str) -> None:
    """Call the deletion of an account off."""
    account, closing = _closing(state, name)
    kept = closing.recall(account, _stated(reason))
    click.echo(f"{account.login} {'is kept' if kept else 'was not going to be deleted'}.")


def _closing(state: State, name: str) -> tuple[Account, Closing]:
    """An account that the core keeps, and what deletes it; a plugin's are its own to delete."""
    account, closing = state.accounts.named(name), state.runtime.closing
    if account is None or closing is None:
        raise _nobody(name)
    return account, closing


def _stated(reason: str) -> str:
    reason = " ".join(reason.split())
    if not reason:
        raise click.BadParameter("say why.", param_hint="--reason")
    return reason


def _named(state: State, name: str) -> User:
    user = state.runtime.directory.named(name)
    if user is None:
        raise _nobody(name)
    return user


def _nobody(name: str) -> OstiaryError:
    return OstiaryError(f"there is no account {name!r}: `ostiary users list` shows those there")


def _factors(state: State) -> dict[str, list[str]]:
    """By user, the names of their factors; no secret is opened for it."""
    statement = (
        select(credentials.c.user_id, credentials.c.name)
        .where(credentials.c.part == FACTOR)
        .distinct()
        .order_by(credentials.c.user_id, credentials.c.name)
    )
    found: dict[str, list[str]] = {}
    with state.store.read() as connection:
        for row in connection.execute(statement):
            found.setdefault(row.user_id, []).append(row.name)
    return found


def _described(account: Account, factors: list[str]) -> dict[str, object]:
    primary = next(iter(account.addresses), None)
    return {
        "id": account.id,
        "login": account.login,
        "address": None if primary is None else primary.address,
        "verified": primary is not None and primary.verified_at is not None,
        "admin": account.admin,
        "disabled": account.disabled_at is not None,
        "created": account.created_at.isoformat(),
        "delete_at": None if account.delete_at is None else account.delete_at.isoformat(),
        "factors": factors,
    }
