"""``ostiary index``: what the operator does for the index."""

from __future__ import annotations

from datetime import timedelta

import click
from packaging.utils import InvalidName, canonicalize_name
from sqlalchemy.exc import IntegrityError

from ostiary.contracts import House, OstiaryError
from ostiary_index.catalogue import Catalogue
from ostiary_index.parts import Parts
from ostiary_index.publishing import create
from ostiary_index.tables import MAX_NAME


def index_group(house: House) -> click.Group:
    """``ostiary index``, for this house."""

    @click.group()
    def index() -> None:
        """Look after the package index."""

    index.add_command(_create(house))
    index.add_command(_sweep(house))
    return index


def _create(house: House) -> click.Command:
    @click.command("create")
    @click.argument("name")
    @click.option("--owner", required=True, metavar="USER", help="Login or address of its owner.")
    def create_project(name: str, owner: str) -> None:
        """Make a project without files, for its owner to upload to."""
        try:
            canonicalize_name(name, validate=True)
        except InvalidName:
            raise click.BadParameter(f"{name!r} is no name of a project (PEP 508)") from None
        if len(name) > MAX_NAME:
            raise click.BadParameter(f"a name has {MAX_NAME} characters at most")
        user = house.users.named(owner)
        if user is None:
            raise OstiaryError(
                f"there is no account {owner!r}: `ostiary users list` shows those there"
            )
        try:
            with house.write() as unit:
                create(unit, house, name, user.id)
        except IntegrityError:
            raise OstiaryError(f"there is a project {name!r} already") from None
        click.echo(f"Made {name}, which belongs to {user.login}.")

    return create_project


def _sweep(house: House) -> click.Command:
    @click.command()
    @click.option(
        "--older-than",
        type=click.IntRange(1),
        default=24,
        show_default=True,
        metavar="HOURS",
        help="Leave what is younger: it may be an upload under way.",
    )
    def sweep(older_than: int) -> None:
        """Remove files that no release has: what uploads left that did not come to their end."""
        shelf = Parts.of(house).shelf
        removed = shelf.sweep(Catalogue(house).stored(), timedelta(hours=older_than))
        click.echo(f"Removed {removed} files.")

    return sweep
