"""What a house has of kinds and resource types, found when somebody asks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import cast

from ostiary.contracts import House, ResourceType
from ostiary_tokens.caveats import CaveatKind, Kinds
from ostiary_tokens.sessions import living

CAVEATS = "ostiary_tokens_register_caveats"
_TYPES = "ostiary_register_resource_types"
OWN_KIND = "api-token"
"""The kind of resource that a token itself is; no token is for one."""


class Parts:
    """The kinds of caveats of a house; at hook time there are none yet."""

    def __init__(self, house: House) -> None:
        self._house = house

    @cached_property
    def types(self) -> Mapping[str, ResourceType]:
        """The resource types that tokens can be for, by kind."""
        # The core has seen that these hooks gave parts of these types.
        found = cast("list[ResourceType]", self._house.parts(_TYPES))
        return {each.kind: each for each in found if each.kind != OWN_KIND}

    @cached_property
    def kinds(self) -> Kinds:
        """The kinds of caveats, those of other plugins included.

        Raises:
            PluginError: two have one name.
        """
        more = cast("list[CaveatKind]", self._house.parts(CAVEATS))
        return Kinds(lambda: self.types, more, living(self._house))
