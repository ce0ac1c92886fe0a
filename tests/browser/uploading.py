"""An upload as clients send it, without one of them."""

from __future__ import annotations

import base64
import hashlib
from urllib.request import Request, urlopen

_END = "boundary-of-this-test"


def upload(url: str, token: str, project: str, version: str) -> None:
    """Upload a source distribution to the index at this address."""
    content = b"what is in the file"
    fields = {
        ":action": "file_upload",
        "protocol_version": "1",
        "metadata_version": "2.1",
        "name": project,
        "version": version,
        "filetype": "sdist",
        "sha256_digest": hashlib.sha256(content).hexdigest(),
    }
    parts = [
        f'--{_END}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    filename = f"{project.replace('-', '_')}-{version}.tar.gz"
    parts.append(
        f'--{_END}\r\nContent-Disposition: form-data; name="content"; filename="{filename}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    body = "".join(parts).encode() + content + f"\r\n--{_END}--\r\n".encode()
    secret = base64.b64encode(f"__token__:{token}".encode()).decode()
    request = Request(  # noqa: S310 - the server of this test.
        f"{url}/legacy/",
        data=body,
        headers={
            "Authorization": f"Basic {secret}",
            "Content-Type": f"multipart/form-data; boundary={_END}",
        },
    )
    with urlopen(request) as answer:  # noqa: S310 - the server of this test.
        assert answer.status == 200
