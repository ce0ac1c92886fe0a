"""From a text to who acts: what is refused, and who is told why."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ostiary.contracts import (
    Act,
    Assurance,
    Client,
    CredentialRefused,
    Permitted,
    PluginError,
    Refused,
    Resource,
)
from ostiary_tokens.caveats import written
from ostiary_tokens.spelling import checksum
from ostiary_tokens.wire import MAX_CAVEATS, Malformed
from plugins.tokens.tests.conftest import Desk, MakeDesk, narrowed


def refused(desk: Desk, token: str, **came: object) -> CredentialRefused:
    with pytest.raises(CredentialRefused) as caught:
        desk.present(token, **came)  # type: ignore[arg-type] # as present() takes them
    return caught.value


def test_a_token_speaks_for_its_user_within_its_limits(desk: Desk) -> None:
    token = narrowed(
        desk.token(written("on", ["project", "=", "acme"])),
        ["delegate", "ci.example"],
        ["may", "upload"],
        ["delegate", "job-7"],
    )
    identity = desk.present(f" {token}\n")
    (listed,) = desk.keeper.of(desk.user().id)
    assert (identity.user, identity.means) == (desk.user().id, "tokens")
    assert identity.credential == listed.id
    assert identity.delegates == ("ci.example", "job-7")
    assert Assurance(proofs=1).met_by(identity.proofs, desk.runtime.now())
    assert not Assurance(proofs=2).met_by(identity.proofs, desk.runtime.now())

    def said(permission: str, name: str) -> str | None:
        act = Act(permission, (Resource("project", name),), Client(), desk.runtime.now())
        (limits,) = identity.restrictions
        answer = limits.judge(act)
        return None if isinstance(answer, Permitted) else answer.reason

    assert said("upload", "Acme") is None
    assert said("upload", "other") == "token-resource"
    assert said("delete", "acme") == "token-action"


def test_copies_of_one_token_are_told_apart_by_a_hash_that_opens_nothing(desk: Desk) -> None:
    token = desk.token()
    copies = [token, narrowed(token, ["delegate", "a"]), narrowed(token, ["delegate", "b"])]
    shown = [desk.present(each).shown for each in copies]
    assert len(set(shown)) == 3
    assert desk.present(token).shown == shown[0]
    assert all(each is not None and each not in token for each in shown)


def test_whatever_is_not_authentic_is_told_one_thing(desk: Desk, make_desk: MakeDesk) -> None:
    """And names no credential, so that the owner's history stays free of strangers' tries."""
    token = desk.token()
    elsewhere = make_desk(verifier__tokens__prefix="ost-")
    revoked = desk.token(name="old")
    (listed,) = [each for each in desk.keeper.of(desk.user().id) if each.name == "old"]
    assert desk.keeper.revoke(listed.credential)
    swapped = "A" if token[-20] != "A" else "B"
    forged = token[:-20] + swapped + token[-19:-6]
    for shown, reason in [
        ("", "token-malformed"),
        ("password", "token-malformed"),
        (token[:-1], "token-malformed"),
        (token + "=", "token-malformed"),
        (token.upper(), "token-malformed"),
        (forged + checksum(forged), "token-forged"),
        (revoked, "token-unknown"),
    ]:
        error = refused(desk, shown)
        assert (error.private.reason, error.credential) == (reason, None)
        assert str(error.public) == "This token is not valid."
    # The same database and keys: it is another house of the same operator.
    assert elsewhere.present(token).user == desk.user().id


def test_a_stolen_row_without_its_key_mints_nothing(desk: Desk) -> None:
    """What the table holds of a token is sealed; another row's secret does not open it."""
    token = desk.token()
    with desk.runtime.store.read() as connection:
        from sqlalchemy import select

        from ostiary.store.tables import credentials

        (row,) = connection.execute(select(credentials)).all()
    credential = desk.runtime.house.credentials("tokens").find(row.lookup)
    assert credential is not None
    assert credential.secret not in bytes(row.secret)
    assert len(credential.secret) == 32
    assert token not in repr(row)


@pytest.mark.parametrize(
    ("array", "reason", "text"),
    [
        (["exp", 0], "token-expired", "This token expired at 1970-01-01 00:00 UTC."),
        (["nbf", 9_000_000_000], "token-early", "This token is not valid before 2255-03-14"),
        (["from", "10.0.0.0/8"], "token-address", "you come from 192.0.2.9."),
        (["unheard-of"], "token-unknown-limit", "does not know: unheard-of."),
        (["exp", "soon"], "token-unknown-limit", "does not know: exp."),
    ],
)
def test_the_holder_of_an_authentic_token_is_told_which_limit_it_broke(
    desk: Desk, array: list[object], reason: str, text: str
) -> None:
    token = desk.token()
    error = refused(desk, narrowed(token, array))
    (listed,) = desk.keeper.of(desk.user().id)
    assert (error.private.reason, error.credential) == (reason, listed.id)
    assert text in str(error.public)
    desk.present(token)


def test_a_limit_that_was_inserted_swapped_or_stripped_is_forged(desk: Desk) -> None:
    from pymacaroons import Caveat, Macaroon

    from ostiary_tokens.spelling import Spelling

    spelling = Spelling(["ost-"])
    limits = (written("may", "upload"), written("delegate", "ci.example"))
    token = desk.token(*limits)
    evil = Caveat(written("delegate", "mallory.example"), version=2)
    for bend in (
        lambda caveats: [evil, *caveats],
        lambda caveats: [*caveats, evil],
        lambda caveats: caveats[::-1],
        lambda caveats: caveats[:1],
        lambda caveats: caveats[1:],
        lambda _caveats: [],
    ):
        macaroon = Macaroon.deserialize(token, spelling)
        macaroon.caveats = bend(macaroon.caveats)
        assert refused(desk, macaroon.serialize(spelling)).private.reason == "token-forged"
    assert desk.present(token).delegates == ("ci.example",)


def test_stopping_a_delegate_stops_those_behind_it_and_no_sibling(desk: Desk) -> None:
    token = desk.token()
    first = narrowed(token, ["delegate", "a"])
    behind = narrowed(first, ["may", "upload"], ["delegate", "b"])
    sibling = narrowed(token, ["delegate", "b"])
    liar = narrowed(token, ["delegate", "b"], ["delegate", "a"])
    (listed,) = desk.keeper.of(desk.user().id)
    assert desk.keeper.stop(listed.credential, ("a",))
    for stopped in (first, behind):
        error = refused(desk, stopped)
        assert error.private.reason == "token-delegate"
        assert error.credential == listed.id
    for alive in (token, sibling, liar):
        desk.present(alive)
    # What was read before the change is no ground to change it again.
    assert not desk.keeper.stop(listed.credential, ("b",))
    desk.present(sibling)


def test_a_maximum_lifetime_ends_tokens_that_say_nothing_or_were_made_before(
    desk: Desk, make_desk: MakeDesk
) -> None:
    before = desk.token()
    strict = make_desk(verifier__tokens__max_lifetime="30d")
    now = strict.runtime.now()
    token = strict.token()
    for shown in (before, token):
        strict.present(shown, now=now + timedelta(days=29, hours=23))
        error = refused(strict, shown, now=now + timedelta(days=30))
        assert error.private.reason == "token-expired"
    desk.present(before, now=now + timedelta(days=3000))


def test_a_former_prefix_is_still_taken(desk: Desk, make_desk: MakeDesk) -> None:
    former = desk.token()
    renamed = make_desk(verifier__tokens__prefix="acme-, ost-")
    token = renamed.token()
    assert token.startswith("acme-")
    for shown in (former, token):
        assert renamed.present(shown).user == desk.user().id
    assert refused(desk, token).private.reason == "token-malformed"
    assert {(each.scheme, each.prefix, each.username) for each in renamed.verifier.claims} == {
        ("bearer", "acme-", None),
        ("bearer", "ost-", None),
        ("token", "acme-", None),
        ("token", "ost-", None),
        ("basic", "", "__token__"),
    }


def test_a_token_of_as_many_limits_as_may_be_is_taken_and_of_more_refused(desk: Desk) -> None:
    token = desk.token(*[written("may", "upload")] * (MAX_CAVEATS - 1))
    full = narrowed(token, ["delegate", "a"])
    assert desk.present(full).delegates == ("a",)
    with pytest.raises(Malformed):
        narrowed(full, ["delegate", "b"])


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("prefix", "OST-", "prefix is 'OST-'"),
        ("prefix", "", "prefix is ''"),
        ("max_lifetime", "soon", "max_lifetime is 'soon'"),
        ("max_lifetime", "0d", "max_lifetime is '0d'"),
        ("max_liftime", "1d", "max_liftime is not a setting"),
    ],
)
def test_a_wrong_setting_stops_the_start(
    make_desk: MakeDesk, setting: str, value: str, said: str
) -> None:
    with pytest.raises(PluginError, match=said):
        make_desk(**{f"verifier__tokens__{setting}": value})


def test_a_count_of_uses_is_a_restriction_behind_all_others(desk: Desk) -> None:
    token = desk.token(written("uses", 1), written("may", "upload"))
    (limits,) = desk.present(token).restrictions
    wrong = Act("delete", (), Client(), desk.runtime.now())
    assert isinstance(limits.judge(wrong), Refused)
    right = Act("upload", (), Client(), desk.runtime.now())
    assert limits.judge(right) == limits.judge(right) == Permitted()
    (again,) = desk.present(token).restrictions
    said = again.judge(right)
    assert isinstance(said, Refused)
    assert str(said.text) == "This token was for a single use, and has been used."
