"""A page that follows its runs, served to this machine alone."""

import re
import sys
from collections.abc import Callable
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from snnexp.errors import UserError, one_line

HOST = "127.0.0.1"
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")  # this machine's own names, also where the port is forwarded by ssh
# For this page alone: no other may embed it, frame it or guess at its kind.
ALONE = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}


class Server(ThreadingHTTPServer):
    """A server to which a browser that went away is no error."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def server(version: Callable[[], str], page: Callable[[str], str]) -> ThreadingHTTPServer:
    """Make a server of a page at a free port; a browser that shows its current version is answered: unchanged."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if not is_own(self.headers):
                self.send_error(403, explain="only pages of this machine's own address are answered")
                return
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
            about = {"Content-Type": "text/html", "Content-Length": str(len(body)), "ETag": tag}
            for name, value in {**about, **ALONE}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Keep the terminal quiet."""

    return Server((HOST, 0), Handler)


def is_own(headers: Message) -> bool:
    """Return whether a request names this machine, once, and comes from no other origin's page."""
    hosts, origins = headers.get_all("Host", []), headers.get_all("Origin", [])
    own = len(hosts) == 1 and re.sub(r":\d*$", "", hosts[0].lower()) in LOOPBACK
    return own and all(origin == f"http://{hosts[0]}" for origin in origins)
