"""How languages stand, and why a message says what it says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

import click

from ostiary.cli.output import print_json, print_table
from ostiary.contracts import House, OstiaryError
from ostiary_i18n.catalogs import Catalog
from ostiary_i18n.commands.options import as_json
from ostiary_i18n.localization import Languages
from ostiary_i18n.offering import Standing
from ostiary_i18n.starting import languages_of
from ostiary_i18n.tags import locale_of, read


@dataclass(frozen=True, slots=True)
class Answer:
    """What one catalog has of a message."""

    domain: str
    layer: str
    place: str
    says: str | None
    left_out: str | None
    wins: bool


def status_command(house: House) -> click.Command:
    """``status``."""

    @click.command()
    @as_json
    def status(as_json: bool) -> None:  # noqa: FBT001
        """Say how complete each language is, and whether it is offered."""
        found = list(languages_of(house).standings.values())
        if as_json:
            print_json(
                [
                    {
                        "locale": each.name,
                        "messages": each.coverage.messages,
                        "translated": each.coverage.translated,
                        "percent": each.coverage.percent,
                        "critical_missing": each.coverage.critical_missing,
                        "offered": each.offered,
                        "why": each.why,
                    }
                    for each in found
                ]
            )
            return
        print_table(
            ("LOCALE", "TRANSLATED", "CRITICAL", "OFFERED", "WHY"), [_row(each) for each in found]
        )

    return status


def _row(each: Standing) -> tuple[str, ...]:
    has = each.coverage
    return (
        each.name,
        f"{has.translated}/{has.messages} ({has.percent} %)",
        f"{has.critical_missing} missing",
        "yes" if each.offered else "no",
        each.why,
    )


def explain_command(house: House) -> click.Command:
    """``explain``."""

    @click.command()
    @click.argument("msgid")
    @click.option("--locale", required=True, metavar="L", help="In which language.")
    @click.option("--domain", metavar="PACKAGE", help="Of which package; any, without it.")
    @click.option("--context", metavar="C", help="In which context; none, without it.")
    @as_json
    def explain(
        msgid: str,
        locale: str,
        domain: str | None,
        context: str | None,
        as_json: bool,  # noqa: FBT001
    ) -> None:
        """Say which catalog a message is taken from, and what the others have of it.

        Exits with 1 where none has it, and the English source is shown.
        """
        languages = languages_of(house)
        if domain is not None and domain not in languages.layers.domains:
            known = ", ".join(languages.layers.domains)
            raise OstiaryError(f"there is no domain {domain!r}; there are {known}")
        found = [
            answer
            for each in ((domain,) if domain else languages.layers.domains)
            for answer in answers(languages, each, context, msgid, locale)
        ]
        if as_json:
            print_json([asdict(each) for each in found])
        else:
            for each in found:
                click.echo(_line(each))
        if not any(each.wins for each in found):
            if not as_json:
                click.echo("No catalog has it: the source is shown.")
            raise click.exceptions.Exit(1)

    return explain


def answers(
    languages: Languages, domain: str, context: str | None, msgid: str, locale: str
) -> Iterator[Answer]:
    """What each catalog of a domain has of a message, in the order in which they are asked.

    Raises:
        OstiaryError: CLDR knows no such language.
    """
    tag = read(locale)
    if tag is None or locale_of(tag) is None:
        raise OstiaryError(f"CLDR knows no language {locale!r}; give one such as de or pt-BR")
    won = False
    for catalog in languages.layers.of(tag, domain):
        answer = _answer(catalog, domain, context, msgid, won=won)
        if answer is not None:
            won = won or answer.wins
            yield answer


def _answer(
    catalog: Catalog, domain: str, context: str | None, msgid: str, *, won: bool
) -> Answer | None:
    forms = catalog.messages.get((context, msgid))
    if forms is not None:
        says = " | ".join(forms)
        return Answer(domain, catalog.layer, catalog.place, says, None, wins=not won)
    for each in catalog.dropped:
        if (each.source.context, each.source.id) == (context, msgid):
            why = "; ".join(map(str, each.faults))
            return Answer(domain, catalog.layer, catalog.place, None, why, wins=False)
    return None


def _line(each: Answer) -> str:
    what = each.says if each.says is not None else f"left out, since it {each.left_out}"
    return f"{'->' if each.wins else '  '} {each.layer}: {what}\n     {each.place} ({each.domain})"
