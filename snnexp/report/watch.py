"""A page that follows its runs, served to this machine alone."""

import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from snnexp.errors import UserError, one_line

HOST = "127.0.0.1"


class Server(ThreadingHTTPServer):
    """A server to which a browser that went away is no error."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def server(version: Callable[[], str], page: Callable[[str], str]) -> ThreadingHTTPServer:
    """A server at a free port, of the page of a version; those who have that version are told that it is unchanged."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path != "/":
                self.send_error(404)
                return
            try:
                tag = f'"{version()}"'  # before the page is made, so that what changes meanwhile is not missed
                body = b"" if self.headers["If-None-Match"] == tag else page(tag).encode()
            except (UserError, OSError) as error:  # as while a run is being replaced
                self.send_error(503, explain=one_line(error))
                return
            self.send_response(200 if body else 304)
            for name, value in {"Content-Type": "text/html", "Content-Length": str(len(body)), "ETag": tag}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Keep the terminal quiet."""

    return Server((HOST, 0), Handler)
