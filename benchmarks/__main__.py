"""``python -m benchmarks``: what the door costs, each time beside what could not be saved.

Both sides of a line are measured in turns, so that a machine that slows down slows both, as CPU
time of the whole process, threads of plugins and the system's part included. A line shows the
median of the rounds' ratios and its interval: between its ends the median of ever more rounds
would lie, with a confidence of 95 %, whatever the distribution of the rounds is.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks import languages, passkeys, subjects, token_requests, tokens, trail
from benchmarks.comparing import Line, measured
from ostiary.testing.services import fresh_database, shared_postgresql

ROUNDS = 40
LEAST_ROUNDS = 30


def lines(house: subjects.House, bare_page: Callable[[], object]) -> Iterator[Line]:
    """What is compared on either database."""
    yield Line("a host's signed-in page", "the page without us", house.hello, bare_page, 40)
    yield Line("/account/security", "the page without us", house.security, bare_page, 20)
    yield Line("password and code sign-in", "argon2 alone", house.sign_in, house.argon2, 3)


def more_lines(house: subjects.House, folder: Path) -> Iterator[Line]:
    """What else one may ask of the cost of a plugin and of durability."""
    yield Line("a factor's step, asked", "the same step, called", house.asked, house.called, 200)
    bare = subjects.bare_transaction(folder / "bare.db")
    yield Line("a unit of work", "sqlite3 does the same", house.unit, bare, 50)


def checks(house: subjects.KeyHouse) -> Iterator[Line]:
    """What it costs to check a passkey's answer, and to sign in by one."""
    key = passkeys.passkey()
    whole = "passkey sign-in"
    yield Line(whole, "py_webauthn's verify", house.sign_in, key.asserted_by_library, 10)
    yield Line(whole, "the signature alone", house.sign_in, key.signature, 10)
    answer, library = "a passkey's answer, checked", "py_webauthn's verify"
    yield Line(answer, library, key.asserted, key.asserted_by_library, 100)
    yield Line(answer, "the signature alone", key.asserted, key.signature, 100)
    registered = (key.registered, key.registered_by_library)
    yield Line("a new passkey, checked", library, *registered, 100)


def _print_tokens(rounds: int) -> None:
    """What it costs to verify a token, without any database."""
    print(f"\n{'Tokens':26} {'floor':24} {'ours':>10} {'floor':>10}   ratio")
    for title, floor, ours, bare in tokens.comparisons():
        print(measured(Line(title, floor, ours, bare, 300), rounds))


def _print_requests(rounds: int) -> None:
    """What a request with a token costs, and whether it minds a million others."""
    few, many = token_requests.FEW, token_requests.MANY
    print(f"\n{'Requests with a token':26} {'floor':24} {'ours':>10} {'floor':>10}   ratio")
    for name in ("SQLite", "PostgreSQL"):
        with ExitStack() as stack:
            doors = []
            for count in (few, many):
                url = None
                if name == "PostgreSQL":
                    server = stack.enter_context(shared_postgresql())
                    url = stack.enter_context(fresh_database(server))
                folder = stack.enter_context(workplace())
                doors.append(stack.enter_context(token_requests.door(folder, count, url)))
            less, more = doors
            bare, stock = token_requests.bare(less.plain), token_requests.stock(less.plain)
            floor = "Pyramid and one SELECT"
            print(measured(Line(f"{name}, 3 caveats", floor, less.asked, bare, 100), rounds))
            print(measured(Line("... ", "stock, ORM row", less.asked, stock, 100), rounds))
            # Over all that is waited for, the server's part included.
            title, wall = f"... {many:,} tokens", time.perf_counter
            grown = Line(title, f"{few} tokens", more.asked, less.asked, 100, wall)
            print(measured(grown, rounds))


def _print_trail(rounds: int) -> None:
    """What an act's event costs, and whether a history minds how long it is."""
    print(f"\n{'The trail':26} {'floor':24} {'ours':>10} {'floor':>10}   ratio")
    for kind in ("sqlite", "postgresql"):
        print(kind)
        for line in trail.in_short(kind):
            print(measured(line, rounds))


def _print_languages(rounds: int) -> None:
    """What a page costs in another language, and what a language does."""
    print(f"\n{'Languages':26} {'floor':24} {'ours':>10} {'floor':>10}   ratio")
    with workplace() as folder:
        for said in languages.report(folder, rounds):
            print(said)


@contextmanager
def workplace() -> Iterator[Path]:
    """A folder for the databases, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="ostiary-bench-") as name:
        yield Path(name)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"at least {LEAST_ROUNDS}")
    rounds = max(LEAST_ROUNDS, parser.parse_args(arguments).rounds)
    print(f"{rounds} rounds in turns, CPU time; ratio: median (95 % interval of the median)")
    _print_tokens(rounds)
    _print_requests(rounds)
    _print_trail(rounds)
    _print_languages(rounds)
    bare_page = subjects.bare_page()
    with workplace() as folder, subjects.house(folder) as house:
        print(f"\n{'SQLite':26} {'floor':24} {'ours':>10} {'floor':>10}   ratio")
        for line in (*lines(house, bare_page), *more_lines(house, folder)):
            print(measured(line, rounds))
    with workplace() as folder, subjects.key_house(folder) as house_of_keys:
        for line in checks(house_of_keys):
            print(measured(line, rounds))
    with (
        workplace() as folder,
        shared_postgresql() as server,
        fresh_database(server) as url,
        subjects.house(folder, url) as house,
    ):
        print("\nPostgreSQL, without the CPU time of its server")
        for line in lines(house, bare_page):
            print(measured(line, rounds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
