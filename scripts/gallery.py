"""Put the pictures of a folder on one page: `scripts/gallery.py FOLDER`."""

from __future__ import annotations

import html
import itertools
import sys
from pathlib import Path

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Every page of Ostiary</title>
<style>
body {{ font-family: system-ui, sans-serif; margin: 2rem; }}
ul {{ display: flex; flex-wrap: wrap; gap: 1rem; padding: 0; list-style: none; }}
img {{ block-size: 20rem; border: 1px solid #888; display: block; }}
</style>
</head>
<body>
<h1>Every page of Ostiary</h1>
{sections}
</body>
</html>
"""


def item(picture: Path) -> str:
    """One picture, which leads to itself in full size."""
    file, name = html.escape(picture.name), html.escape(picture.stem)
    return f'<li><a href="{file}"><img loading="lazy" src="{file}" alt="{name}"></a>{name}</li>'


def section(name: str, pictures: list[Path]) -> str:
    """The pictures of one page, in each language, colour and width."""
    items = "\n".join(map(item, pictures))
    return f"<h2>{html.escape(name)}</h2>\n<ul>\n{items}\n</ul>"


def sight(picture: Path) -> str:
    """The page that a picture is of: `account` of `account-ar-XB-dark-320.png`."""
    for locale in ("-en-XA-", "-ar-XB-", "-en-"):
        name, found, _look = picture.stem.partition(locale)
        if found:
            return name
    return picture.stem


def main(folder: Path) -> None:
    """Write the page beside the pictures."""
    pictures = sorted(folder.glob("*.png"), key=lambda each: (sight(each), each.name))
    sections = [section(name, list(own)) for name, own in itertools.groupby(pictures, sight)]
    page = folder / "index.html"
    page.write_text(PAGE.format(sections="\n".join(sections)), "utf-8")
    print(f"{len(pictures)} pictures of {len(sections)} pages: {page}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
