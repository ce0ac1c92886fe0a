"""What the views of one house share."""

from __future__ import annotations

from dataclasses import dataclass

from ostiary.contracts import House
from ostiary_index.settings import PART, IndexSettings
from ostiary_index.shelf import Shelf


@dataclass(frozen=True, slots=True)
class Parts:
    """The operator's settings, and the folder of files."""

    settings: IndexSettings
    shelf: Shelf

    @classmethod
    def of(cls, house: House) -> Parts:
        """Those of this house.

        Raises:
            SettingsError: a setting is unknown or not of its form.
        """
        settings = IndexSettings.from_mapping(house.settings(PART))
        return cls(settings, Shelf(house.folder("index")))
