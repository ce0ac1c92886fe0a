"""What is secret stands in no repr: a log or an error page may show one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ostiary.contracts import Client, Credential, Enrolled, Form, Mail, Presented, Reveal, Verified
from ostiary.signin import Further, Option, SignedIn, Visitor

from .conftest import words

NOW = datetime(2026, 5, 4, tzinfo=UTC)
CREDENTIAL = Credential("c", "u", "Label", secret=b"hunter2")


@pytest.mark.parametrize(
    "value",
    [
        SignedIn("hunter2", "u", "/", device="hunter2"),
        Further("hunter2"),
        Visitor(Client(), "hunter2", flow="hunter2", device="hunter2"),
        Option("f", words("t"), words("u"), needs_name=True, token="hunter2"),
        Mail(words("s"), (), code="hunter2", link="hunter2"),
        Reveal(words("key"), "hunter2"),
        Form(text=words("t"), fields=(), state={"k": "hunter2"}),
        Presented(
            scheme="bearer",
            value="hunter2",
            username=None,
            client=Client(),
            now=NOW,
            find=lambda _id: None,
        ),
        CREDENTIAL,
        Enrolled(label=words("l"), secret=b"hunter2", chosen="hunter2"),
        Verified(credential=CREDENTIAL, secret=b"hunter2"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_repr_tells_no_secret(value: Any) -> None:
    assert type(value).__name__ in repr(value)
    assert "hunter2" not in repr(value)
