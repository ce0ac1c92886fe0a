"""Servers as Transifex's are, in the shapes that were recorded of them; on localhost."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias
from urllib.parse import parse_qs

TOKEN, SECRET = "1/token", "1/secret"


@dataclass
class Request:
    """What came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Answer:
    """What goes."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    """Send so many bytes of the body, and hang up."""

    hangs: bool = False


Answers: TypeAlias = Callable[[Request], Answer]


def as_json(value: object, status: int = 200, **headers: str) -> Answer:
    """An answer of JSON."""
    named = {name.replace("_", "-"): each for name, each in headers.items()}
    return Answer(status, json.dumps(value).encode(), {"Content-Type": "application/json", **named})


@contextmanager
def serving(answers: Answers) -> Iterator[str]:
    """A server that answers so, until the block ends; its address."""
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            size = int(self.headers.get("Content-Length", 0))
            request = Request(
                self.command, self.path, dict(self.headers.items()), self.rfile.read(size)
            )
            answer = answers(request)
            if answer.hangs:
                over.wait(30)
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body[: answer.cut])

        do_GET = do_POST = do_PATCH = answer  # noqa: N815 - as http.server calls them.

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        over.set()
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Delivery:
    """Transifex Native's content delivery service, with what it was sent."""

    content: dict[str, dict[str, str]] = field(default_factory=dict)
    unreviewed: set[str] = field(default_factory=set)
    """The keys that translators are still at work on."""

    pending: dict[str, int] = field(default_factory=dict)
    """How often each path still answers 202."""

    fault: Answer | None = None
    """What everything is answered with instead."""

    pushed: list[dict[str, Any]] = field(default_factory=list)
    jobs: list[str] = field(default_factory=lambda: ["pending", "processing", "completed"])
    seen: list[Request] = field(default_factory=list)

    def __call__(self, request: Request) -> Answer:
        self.seen.append(request)
        if self.fault is not None:
            return self.fault
        path = request.path.partition("?")[0]
        given = request.headers.get("Authorization", "")
        writes = path.startswith("/jobs") or request.method == "POST"
        if not given:
            return as_json({"message": "Forbidden"}, 403)
        if given != f"Bearer {TOKEN}{':' + SECRET if writes else ''}":
            return (
                as_json({"message": "Forbidden"}, 403)
                if writes
                else Answer(401, b"<html>Unauthorized</html>", {"Content-Type": "text/html"})
            )
        if self.pending.get(path, 0) > 0:
            self.pending[path] -= 1
            return Answer(202)
        return self._found(request, path)

    def _found(self, request: Request, path: str) -> Answer:
        if path == "/languages":
            codes = [{"code": code, "name": code} for code in ("en", *self.content)]
            return as_json({"data": codes, "meta": {"source_lang_code": "en"}})
        if path.startswith("/jobs/content/"):
            status = self.jobs.pop(0) if len(self.jobs) > 1 else self.jobs[0]
            data: dict[str, Any] = {"status": status}
            if status == "completed":
                data["details"] = {"created": 1, "updated": 0, "failed": 0}
            if status == "failed":
                data["errors"] = [{"detail": "no room"}]
            return as_json({"data": data})
        if path.startswith("/content") and request.method == "POST":
            self.pushed.append(json.loads(request.body))
            return as_json({"data": {"id": "7", "links": {"job": "/jobs/content/7"}}}, 202)
        language = path.removeprefix("/content/")
        strings = self.content.get(language, {})
        query = parse_qs(request.path.partition("?")[2])
        if query.get("filter[status]") == ["reviewed"]:
            strings = {k: "" if k in self.unreviewed else said for k, said in strings.items()}
        data = {key: {"string": said} for key, said in strings.items()}
        # Unquoted, and compared to the byte.
        tag = hashlib.md5(json.dumps(data).encode()).hexdigest()  # noqa: S324 - as there
        if request.headers.get("If-None-Match") == tag:
            return Answer(304, headers={"ETag": tag})
        return as_json({"data": data}, ETag=tag)


@dataclass
class Files:
    """Transifex's API for files (v3), with what it was sent."""

    resources: set[str] = field(default_factory=set)
    strings: list[dict[str, Any]] = field(default_factory=list)
    translations: dict[str, bytes] = field(default_factory=dict)
    statuses: list[str] = field(default_factory=lambda: ["pending", "processing", "succeeded"])
    fault: Answer | None = None
    file_fault: Answer | None = None
    uploads: list[bytes] = field(default_factory=list)
    catalogs: list[bytes] = field(default_factory=list)
    """The uploads of translations."""

    tagged: dict[str, list[str]] = field(default_factory=dict)
    downloads: list[dict[str, Any]] = field(default_factory=list)
    seen: list[Request] = field(default_factory=list)
    address: str = ""

    def __call__(self, request: Request) -> Answer:
        self.seen.append(request)
        path = request.path.partition("?")[0]
        if path.startswith("/signed/"):
            return self.file_fault or Answer(200, self.translations[path.rpartition("/")[2]])
        if self.fault is not None:
            return self.fault
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return _refused(401, "invalid token")
        answers = {"GET": self._get, "POST": self._post, "PATCH": self._patch}
        kind, _, name = path.strip("/").partition("/")
        return answers[request.method](request, kind, name)

    def _get(self, request: Request, kind: str, name: str) -> Answer:
        if kind == "resources":
            return self._known(name)
        if kind == "resource_strings":
            return as_json({"data": self.strings, "links": {"next": None, "previous": None}})
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        if kind == "resource_translations_async_downloads" and status == "succeeded":
            return Answer(303, headers={"Location": f"{self.address}/signed/{name}"})
        return _job(kind, name, status)

    def _post(self, request: Request, kind: str, name: str) -> Answer:
        if kind == "resource_strings_async_uploads":
            self.uploads.append(request.body)
            return _job(kind, "u1", "pending", 202)
        if kind == "resource_translations_async_uploads":
            self.catalogs.append(request.body)
            return _job(kind, "t1", "pending", 202)
        data = json.loads(request.body)["data"]
        if kind == "resources":
            of = data["relationships"]["project"]["data"]["id"]
            made = f"{of}:r:{data['attributes']['slug']}"
            self.resources.add(made)
            return as_json({"data": {"type": kind, "id": made}}, 201)
        self.downloads.append(data)
        language = data["relationships"]["language"]["data"]["id"].removeprefix("l:")
        if language not in self.translations:
            return _refused(404, "no such language")
        return _job(kind, language, "pending", 202)

    def _patch(self, request: Request, _kind: str, name: str) -> Answer:
        data = json.loads(request.body)["data"]
        self.tagged[name] = data["attributes"]["tags"]
        return as_json({"data": data})

    def _known(self, name: str) -> Answer:
        if name not in self.resources:
            return _refused(404, "no such resource")
        return as_json({"data": {"type": "resources", "id": name, "attributes": {}}})


def _job(kind: str, name: str, status: str, code: int = 200) -> Answer:
    attributes: dict[str, Any] = {"status": status, "errors": [], "details": None}
    if status == "succeeded" and kind == "resource_translations_async_uploads":
        attributes["details"] = {"translations_created": 3, "translations_updated": 1}
    elif status == "succeeded":
        attributes["details"] = {"strings_created": 2, "strings_updated": 1, "strings_deleted": 0}
    if status == "failed":
        attributes["errors"] = [{"code": "parse_error", "detail": "line 3 is no PO"}]
    links = {"self": f"/{kind}/{name}"}
    data = {"type": kind, "id": name, "attributes": attributes, "links": links}
    return as_json({"data": data}, code)


def _refused(status: int, detail: str) -> Answer:
    error = {"status": str(status), "code": "refused", "title": detail, "detail": detail}
    return as_json({"errors": [error]}, status)
