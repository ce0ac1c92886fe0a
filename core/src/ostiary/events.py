"""The event types of the core. A plugin declares its own."""

from __future__ import annotations

from ostiary.contracts import EventField, EventType, Text
from ostiary.text import translations

_, _n, _p, _np = translations("ostiary")


def _event(
    name: str,
    sentence: Text,
    *fields: str,
    personal: tuple[str, ...] = (),
    tracked: tuple[str, ...] = (),
) -> EventType:
    return EventType(
        name,
        sentence,
        tuple(EventField(field, field in personal) for field in fields),
        tuple(EventField(field, field in personal) for field in tracked),
    )


CORE_EVENTS: tuple[EventType, ...] = (
    _event(
        "user.registered",
        _("${actor} registered the account ${login}."),
        "login",
        "factor",
        personal=("login",),
    ),
    _event(
        "user.created",
        _("${actor} created the account ${login}."),
        "login",
        "admin",
        personal=("login",),
    ),
    _event("admin.granted", _("${actor} made ${user} an admin.")),
    _event("admin.revoked", _("${actor} took the rights of an admin from ${user}.")),
    _event("user.disabled", _("${actor} disabled the account ${user}.")),
    _event("user.enabled", _("${actor} enabled the account ${user} again.")),
    _event(
        "user.factors-reset",
        _("${actor} removed ${count} factors of ${user}."),
        "count",
        "factors",
    ),
    _event(
        "address.claimed",
        # Translators: ${actor} entered an email address, which is not confirmed yet.
        _("${actor} gave the address ${address} for the account ${user}."),
        "address",
        personal=("address",),
    ),
    _event(
        "address.verified",
        _("${actor} confirmed the address ${address} of ${user}."),
        "address",
        personal=("address",),
    ),
    _event(
        "address.primary-changed",
        _("${actor} made another address the primary one of ${user}."),
        personal=("address",),
        tracked=("address",),
    ),
    _event(
        "address.removed",
        _("${actor} removed the address ${address} of ${user}."),
        "address",
        personal=("address",),
    ),
    _event(
        "user.deletion-asked",
        # Translators: ${due} is a date and a time, as the reader writes them.
        _("${actor} gave up the account ${user}, which is to be deleted at ${due}."),
        "due",
    ),
    # Translators: somebody called off in time that the account is deleted.
    _event("user.deletion-cancelled", _("${actor} kept the account ${user} from being deleted.")),
    _event("user.deleted", _("The account ${login} was deleted."), "login", personal=("login",)),
    _event("sign-in.done", _("${user} signed in."), "device"),
    _event(
        "sign-in.proved",
        # Translators: the first step was right, and the second step is asked for.
        _("A proof for a sign-in to the account ${user} was accepted, and another asked for."),
        "factor",
    ),
    _event("sign-in.refused", _("A sign-in to the account ${user} was refused."), "factor"),
    _event("sign-in.ended", _("${user} signed out.")),
    # Translators: ${session} is an ID.
    _event("session.ended", _("${actor} ended the session ${session} of ${user}."), "session"),
    _event("session.all-ended", _("${actor} ended all ${count} sessions of ${user}."), "count"),
    _event("session.renewed", _("${user} signed in again and went on with the session.")),
    # Translators: after a way to sign in was added, a session that could do nothing else is a full
    # one again.
    _event("session.unlimited", _("A session of ${user} may do more than add factors again.")),
    _event(
        "device.remembered",
        # Translators: a trusted browser: it is not asked for the second step. ${until} is a date
        # and a time, as the reader writes them.
        _("A browser stands in for the second step of sign-ins of ${user} until ${until}."),
        "until",
    ),
    _event(
        "device.forgotten",
        # Translators: browsers that were trusted are asked for the second step again.
        _("${count} browsers stand in for the second step of ${user} no longer."),
        "count",
    ),
    _event("session.others-ended", _("${count} other sessions of ${user} were ended."), "count"),
    _event("step-up.done", _("${user} proved again who they are.")),
    # Translators: the person was signed in, and was asked once more to show who they are.
    _event("step-up.refused", _("A renewed proof by ${user} was refused."), "factor"),
    _event(
        "factor.added",
        # Translators: ${factor} is the short name of the factor as it is stored, such as totp or
        # webauthn; ${label} is the name that its owner gave it.
        _("${actor} added the factor ${factor}, called ${label}, for ${user}."),
        "factor",
        "label",
        personal=("label",),
    ),
    _event(
        "factor.changed",
        # Translators: ${factor} is the short name of the factor as it is stored, such as totp or
        # webauthn; ${label} is the name that its owner gave it.
        _("${actor} changed the factor ${factor}, called ${label}, of ${user}."),
        "factor",
        "label",
        personal=("label",),
    ),
    _event(
        "recovery.used",
        # Translators: ${factor} is the short name of the factor as it is stored, such as totp or
        # webauthn; mostly recovery codes.
        _("The factor ${factor} stood in for the second step of a sign-in of ${user}."),
        "factor",
    ),
    # Translators: ${factor} is the short name of the factor as it is stored, such as totp or
    # webauthn.
    _event("factor.refused", _("Adding the factor ${factor} for ${user} was refused."), "factor"),
    _event(
        "factor.renamed",
        # Translators: a way to sign in, such as a passkey, got another name.
        _("${actor} renamed a factor of ${user}."),
        "factor",
        personal=("label",),
        tracked=("label",),
    ),
    _event(
        "factor.removed",
        # Translators: ${factor} is the short name of the factor as it is stored, such as totp or
        # webauthn; ${label} is the name that its owner gave it.
        _("${actor} removed the factor ${factor}, called ${label}, of ${user}."),
        "factor",
        "label",
        personal=("label",),
    ),
    # Translators: ${factor} is the short name of the factor as it is stored, such as totp or
    # webauthn.
    _event("reset.asked", _("A link to reset the factor ${factor} was asked for."), "factor"),
    _event(
        "reset.begun",
        # Translators: ${factor} is the short name of the factor as it is stored, such as totp or
        # webauthn.
        _("The link to reset the factor ${factor} of ${user} was used."),
        "factor",
    ),
    _event(
        "reset.done",
        # Translators: ${factor} is the short name of the factor as it is stored, such as totp or
        # webauthn.
        _("The factor ${factor} of ${user} was reset, and ${count} sessions were ended."),
        "factor",
        "count",
    ),
    # Translators: ${factor} is the short name of the factor as it is stored, such as totp or
    # webauthn.
    _event("reset.refused", _("A reset of the factor ${factor} of ${user} was refused."), "factor"),
    # Translators: the person has lost the factors.
    _event("regain.asked", _("A way back into the account ${user} without factors was asked for.")),
    _event("regain.granted", _("${actor} granted ${user} a way back in.")),
    _event("regain.refused", _("${actor} refused ${user} a way back in.")),
    _event("regain.cancelled", _("The way back into the account ${user} was cancelled.")),
    _event(
        "regain.done",
        # Translators: what an admin granted before: a way back in.
        _("As was granted, ${count} factors of ${user} were removed."),
        "count",
        "factors",
    ),
    # Translators: its: of the account, both times. To shut: nobody can sign in until an admin has
    # looked at it.
    _event("regain.stopped", _("Its owner shut the account ${user} after its factors were reset.")),
    # Translators: two kinds of proof, such as a password and an app; until then the account could
    # only add factors.
    _event("regain.lifted", _("${user} proved two kinds after a reset, and is limited no more.")),
    _event(
        "credential.refused",
        # Translators: such as an API token, or anything else that a program signs in with.
        _("A credential of ${user} was refused."),
        "verifier",
        # Which limit of it, in words, and what was tried with it.
        "limit",
        "tried",
        personal=("limit",),
    ),
    # Translators: a key of the site, with which it seals (encrypts) secrets in its database.
    _event("keys.prepared", _("${actor} made a key that stands by for the next rotation.")),
    _event(
        "keys.rotated",
        # Translators: the keys of the site; sealed: encrypted in the database.
        _("${actor} rotated the keys; ${count} secrets were sealed anew."),
        "count",
    ),
    # Translators: ${what} is technical, in English: versions of tables.
    _event("schema.migrated", _("${actor} migrated the database: ${what}."), "what"),
    # Translators: ${plugin} is the technical name of a plugin.
    _event("schema.purged", _("${actor} removed the tables of ${plugin}."), "plugin"),
)
