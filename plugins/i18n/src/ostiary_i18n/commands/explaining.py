"""How languages stand, and why a message says what it says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

import click

from ostiary.cli.output import print_json, print_table
from ostiary.contracts import House, OstiaryError
from ostiary_i18n.catalogs import Catalog, messages_of, source_of
from ostiary_i18n.commands.options import as_json
from ostiary_i18n.coverage import template_of
from ostiary_i18n.localization import Languages
from ostiary_i18n.offering import Standing
from ostiary_i18n.starting import languages_of
from ostiary_i18n.tags import language_named, read, written


@dataclass(frozen=True, slots=True)
class Answer:
    """What one catalog has of a message."""

    domain: str
    locale: str
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

        In the language that its readers get: whoever asks for pt gets pt-BR where there is no
        other. Exits with 1 where no catalog has it, and the English source is shown.
        """
        languages = languages_of(house)
        if domain is not None and domain not in languages.layers.domains:
            known = ", ".join(languages.layers.domains)
            raise OstiaryError(f"there is no domain {domain!r}; there are {known}")
        domains = (domain,) if domain else languages.layers.domains
        name, note = _spoken(languages, locale)
        found = [
            answer for each in domains for answer in answers(languages, each, context, msgid, name)
        ]
        if not found:
            _expect_known(languages, domains, context, msgid)
        if as_json:
            print_json([asdict(each) for each in found])
        else:
            for line in (*note, *map(_line, found)):
                click.echo(line)
        if not any(each.wins for each in found):
            if not as_json:
                click.echo("No catalog has it: the source is shown.")
            raise click.exceptions.Exit(1)

    return explain


def _spoken(languages: Languages, asked: str) -> tuple[str, tuple[str, ...]]:
    """In which language its readers see the pages, and a line where it is not the same.

    Raises:
        OstiaryError: CLDR knows no such language.
    """
    tag, _locale = language_named(asked)
    name, reason = languages.choose("", asked)
    if reason == "chosen":
        same = tag == read(name)
        return name, () if same else (f"Whoever asks for {written(asked)} gets {name}.",)
    # Its catalogs are looked at all the same: a language is made before it is offered.
    return asked, (f"{written(asked)} is not offered: its readers get {name}.",)


def _expect_known(
    languages: Languages, domains: Sequence[str], context: str | None, msgid: str
) -> None:
    """That a package has such a message.

    Raises:
        OstiaryError: none has; where it stands in another context, it says in which.
    """
    contexts = set()
    for domain in domains:
        found = (template_of(s.directory, domain) for s in languages.layers.shelves(domain))
        template = next(filter(None, found), None)
        if template is not None:
            sources = map(source_of, messages_of(template))
            contexts |= {each.context for each in sources if each.id == msgid}
    if context in contexts:
        return
    says = f"no package has the message {msgid!r}"
    if context is not None:
        says += f" in the context {context!r}"
    others = ", ".join("none" if each is None else repr(each) for each in sorted(contexts, key=str))
    hint = f"it stands in other contexts: {others}" if contexts else "look it up in a template"
    raise OstiaryError(f"{says}; {hint}")


def answers(
    languages: Languages, domain: str, context: str | None, msgid: str, locale: str
) -> Iterator[Answer]:
    """What each catalog of a domain has of a message, in the order in which they are asked.

    Raises:
        OstiaryError: CLDR knows no such language.
    """
    tag, _data = language_named(locale)
    won = False
    for catalog in languages.layers.of(tag, domain):
        answer = _answer(catalog, domain, written(locale), context, msgid, won=won)
        if answer is not None:
            won = won or answer.wins
            yield answer


def _answer(
    catalog: Catalog, domain: str, locale: str, context: str | None, msgid: str, *, won: bool
) -> Answer | None:
    forms = catalog.messages.get((context, msgid))
    if forms is not None:
        says = " | ".join(forms)
        return Answer(domain, locale, catalog.layer, catalog.place, says, None, wins=not won)
    for each in catalog.dropped:
        if (each.source.context, each.source.id) == (context, msgid):
            why = "; ".join(map(str, each.faults))
            return Answer(domain, locale, catalog.layer, catalog.place, None, why, wins=False)
    return None


def _line(each: Answer) -> str:
    what = each.says if each.says is not None else f"left out, since it {each.left_out}"
    return f"{'->' if each.wins else '  '} {each.layer}: {what}\n     {each.place} ({each.domain})"
