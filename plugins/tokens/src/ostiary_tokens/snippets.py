"""Ready-made settings for the programs that upload."""

from __future__ import annotations

from dataclasses import dataclass

from pyramid.request import Request

from ostiary.contracts import Text
from ostiary_tokens.texts import _

LEGACY = "/legacy/"
"""Where hosts take uploads, as the package indexes do."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """A text to be copied: what it is for, what to do with it, and whether it holds the token."""

    title: Text
    hint: Text
    text: str


def snippets(request: Request, token: str) -> tuple[Snippet, ...]:
    """Settings with a new token; none where the host has no address for uploads."""
    path = upload_path(request)
    if path is None:
        return ()
    site = request.ostiary.site
    url = site.origin + path
    name = site.domain.partition(":")[0]
    return (
        Snippet(
            # Translators: a name of a program or a service, and the title of its settings.
            _(".pypirc (twine)"),
            _("Save this in your home directory, readable for you alone."),
            f"[distutils]\nindex-servers =\n    {name}\n\n"
            f"[{name}]\nrepository = {url}\nusername = __token__\npassword = {token}\n",
        ),
        Snippet(
            # Translators: a name of a program or a service, and the title of its settings.
            _("uv"),
            # Translators: a hint: enter this in a shell (a terminal).
            _("In a shell; then “uv publish”."),
            f"export UV_PUBLISH_URL={url}\nexport UV_PUBLISH_TOKEN={token}\n",
        ),
        Snippet(
            # Translators: a name of a program or a service, and the title of its settings.
            _("GitHub Actions"),
            _(
                "Save the token as a secret named UPLOAD_TOKEN, under “Settings”, “Secrets and "
                "variables”, “Actions”. This is the step of a workflow."
            ),
            "- name: Upload\n"
            "  run: pipx run twine upload dist/*\n"
            "  env:\n"
            f"    TWINE_REPOSITORY_URL: {url}\n"
            "    TWINE_USERNAME: __token__\n"
            "    TWINE_PASSWORD: ${{ secrets.UPLOAD_TOKEN }}\n",
        ),
        Snippet(
            # Translators: a name of a program or a service, and the title of its settings.
            _("GitLab CI/CD"),
            _(
                "Save the token as a masked variable named UPLOAD_TOKEN, under “Settings”, "
                "“CI/CD”, “Variables”. This is a job."
            ),
            "upload:\n"
            "  image: python:3\n"
            "  variables:\n"
            f"    TWINE_REPOSITORY_URL: {url}\n"
            "    TWINE_USERNAME: __token__\n"
            "  script:\n"
            "    - pip install twine\n"
            '    - TWINE_PASSWORD="$UPLOAD_TOKEN" twine upload dist/*\n',
        ),
    )


def upload_path(request: Request) -> str | None:
    """The path of the host's route for uploads, wherever it is mounted, if it has one."""
    for entry in request.registry.introspector.get_category("routes", ()):
        pattern = str(entry["introspectable"]["pattern"])
        pattern = pattern if pattern.startswith("/") else f"/{pattern}"
        if pattern.endswith(LEGACY) and "{" not in pattern:
            return str(request.script_name) + pattern
    return None
