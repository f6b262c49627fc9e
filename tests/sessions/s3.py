"""A small server that speaks as much S3 as the store uses, on loopback, in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

SPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


class Bucket(ThreadingHTTPServer):
    """One bucket, `bucket`; `refused` makes it answer everything with 403."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.objects: dict[str, bytes] = {}
        self.parts: dict[str, dict[int, bytes]] = {}
        self.lock = Lock()
        self.refused = False

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Bucket  # pyright: ignore[reportIncompatibleVariableOverride]  # it serves nothing else
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        name, query = self._asked()
        if self._is_refused():
            return
        if not name:
            self._list(query.get("prefix", [""])[0])
        elif name in self.server.objects:
            self._send(200, self.server.objects[name], "application/octet-stream")
        else:
            self._error(404, "NoSuchKey")

    def do_PUT(self) -> None:
        name, query = self._asked()
        data = self.rfile.read(int(self.headers["Content-Length"]))
        if self._is_refused():
            return
        with self.server.lock:
            if "uploadId" in query:
                parts = self.server.parts[query["uploadId"][0]]
                parts[int(query["partNumber"][0])] = data
            else:
                self.server.objects[name] = data
        self._send(200, b"", etag=hashlib.md5(data).hexdigest())

    def do_POST(self) -> None:
        name, query = self._asked()
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self._is_refused():
            return
        with self.server.lock:
            if "uploads" in query:
                upload = str(len(self.server.parts))
                self.server.parts[upload] = {}
                self._xml("InitiateMultipartUploadResult", f"<UploadId>{upload}</UploadId>")
                return
            parts = self.server.parts.pop(query["uploadId"][0])
            self.server.objects[name] = b"".join(parts[number] for number in sorted(parts))
        self._xml("CompleteMultipartUploadResult", "<ETag>x</ETag>")

    def do_DELETE(self) -> None:
        name, query = self._asked()
        if self._is_refused():
            return
        with self.server.lock:
            if "uploadId" in query:
                self.server.parts.pop(query["uploadId"][0], None)
            else:
                self.server.objects.pop(name, None)
        self._send(204, b"")

    def log_message(self, format: str, *args: object) -> None:
        return

    def _asked(self) -> tuple[str, dict[str, list[str]]]:
        url = urlsplit(self.path)
        path = unquote(url.path).removeprefix("/bucket").removeprefix("/")
        return path, parse_qs(url.query, keep_blank_values=True)

    def _list(self, prefix: str) -> None:
        rows = "".join(
            f"<Contents><Key>{escape(name)}</Key><Size>{len(data)}</Size><ETag>x</ETag>"
            "<LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>"
            for name, data in sorted(self.server.objects.items())
            if name.startswith(prefix)
        )
        self._xml("ListBucketResult", f"<Name>bucket</Name><IsTruncated>false</IsTruncated>{rows}")

    def _is_refused(self) -> bool:
        if self.server.refused:
            self._error(403, "AccessDenied")
        return self.server.refused

    def _error(self, status: int, code: str) -> None:
        self._xml("Error", f"<Code>{code}</Code><Message>no</Message>", status)

    def _xml(self, name: str, inner: str, status: int = 200) -> None:
        self._send(status, f"<{name} {SPACE}>{inner}</{name}>".encode(), "application/xml")

    def _send(self, status: int, data: bytes, kind: str = "text/plain", etag: str = "x") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("ETag", f'"{etag}"')
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)


@contextmanager
def bucket() -> Iterator[Bucket]:
    with Bucket() as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
