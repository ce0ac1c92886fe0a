"""How a key is called, and what its owner reads about it."""

from __future__ import annotations

from ostiary.contracts import Text
from ostiary_webauthn.aaguids import name_of
from ostiary_webauthn.record import Record
from ostiary_webauthn.texts import _, _p

_TRANSPORTS = {
    "usb": _p("how a key is reached", "USB"),
    "nfc": _p("how a key is reached", "NFC"),
    "ble": _p("how a key is reached", "Bluetooth"),
    "smart-card": _p("how a key is reached", "smart card reader"),
    "hybrid": _p("how a key is reached", "QR code on another device"),
    "internal": _p("how a key is reached", "the device itself"),
}


def suggested(record: Record) -> Text:
    """A name for a new key; its owner may change it."""
    provider = name_of(record.aaguid)
    if is_roaming(record):
        if provider is None:
            # Translators: the suggested name of a key; also the word for what it is.
            return _("Security key")
        # Translators: the suggested name of a key of a known make.
        return _("Security key (${model})", model=provider)
    if provider is None:
        # Translators: the suggested name of a passkey; also the word for what it is.
        return _("Passkey")
    # Translators: the suggested name of a passkey that a known program or device keeps.
    return _("Passkey (${keeper})", keeper=provider)


def described(record: Record) -> tuple[Text, ...]:
    """Where the key is and how it is reached, in sentences."""
    lines = [_place(record)]
    provider = name_of(record.aaguid)
    if provider is not None:
        # Translators: a program or device that keeps passkeys, or a make of security keys.
        lines.append(
            _("Model: ${model}.", model=provider)
            if is_roaming(record)
            # Translators: ${keeper} is a program or a device that keeps passkeys, such as a
            # password manager.
            else _("Kept by ${keeper}.", keeper=provider)
        )
    if record.transports:
        reached = [_TRANSPORTS[name] for name in record.transports]
        # Translators: ${ways} is a list such as “USB, NFC”.
        lines.append(_("Reached by: ${ways}.", ways=_listed(reached)))
    if not record.passkey:
        # Translators: it: a security key.
        lines.append(_("It is a second step: it cannot sign you in by itself."))
    return tuple(lines)


def is_roaming(record: Record) -> bool:
    """Whether it is a thing of its own, that is plugged in or held to a reader."""
    if record.backup_eligible or not record.transports:
        return False
    return not {"internal", "hybrid"} & set(record.transports)


def _place(record: Record) -> Text:
    if not record.backup_eligible:
        # Translators: said of a passkey or a security key.
        return _("Bound to one device: it cannot be copied to another.")
    if record.backed_up:
        # Translators: said of a passkey.
        return _("Synced: it is on each of your devices that shares the same account.")
    # Translators: said of a passkey.
    return _("It can be synced between your devices, and has not been yet.")


def _listed(texts: list[Text]) -> Text:
    found = texts[0]
    for text in texts[1:]:
        # Translators: a list in a sentence, put together from the left: "USB, NFC, Bluetooth".
        found = _p("list", "${some}, ${one}", some=found, one=text)
    return found
