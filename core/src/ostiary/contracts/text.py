"""Words that a person reads, kept apart from the language they are read in."""
# fmt: off

import re
from dataclasses import dataclass
from typing import TypeAlias, Union

TextValue: TypeAlias = Union[str, int, "Text"]

_PLACEHOLDER = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")

@dataclass(frozen=True, slots=True)
class Text:
    """A translatable string. It is put into words when it is shown, for whom it is shown."""
    # Made by ``_``, ``_n``, ``_p``, ``_np`` of ``ostiary.text.translations``, which Babel finds.
    domain: str
    id: str  # The English sentence, with ``${name}`` where a value goes.
    values: tuple[tuple[str, TextValue], ...] = ()  # A value may itself be a Text.
    plural: str | None = None
    n: int | None = None
    context: str | None = None
    def __str__(self) -> str:
        """The English sentence, for logs and for a house without translations."""
        source = self.id if self.plural is None or self.n == 1 else self.plural
        return self.fill(source, {name: str(value) for name, value in self.values})

    @staticmethod
    def fill(sentence: str, values: dict[str, str]) -> str:
        """Put values at their ``${name}``; a placeholder without a value stays as it is."""
        return _PLACEHOLDER.sub(lambda m: values.get(m[1], m[0]), sentence)
