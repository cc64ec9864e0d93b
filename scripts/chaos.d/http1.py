"""HTTP/1.1 over one socket, plain or with TLS.

SPDX-License-Identifier: MIT
"""
import collections
import socket
import ssl
import threading
import time

TIMEOUT = 30  # seconds

Answer = collections.namedtuple("Answer", "status fields body is_last")


# Responses whose head came, by the class of their status: what the server
# must have counted, too.
received = collections.Counter()
_lock = threading.Lock()


def count_response(status):
    """An interim response belongs to the one that follows it."""
    if status == 101 or status >= 200:
        with _lock:
            received[f"{status // 100}xx"] += 1


class Lost(Exception):
    """An answer that did not come, or not whole."""


class Raced(Exception):
    """The connection was closed while idle: ask again (RFC 9112 9.3.1)."""


class Wrong(Exception):
    """An answer that differs from what was expected."""


class Connection:
    def __init__(self, address, tls=None):
        self.born = time.monotonic()
        self.port = None
        self.bytes = b""
        self.answered = 0
        self.may_race = tls is not None
        self.socket = socket.create_connection(address, TIMEOUT)
        self.port = self.socket.getsockname()[1]
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            self._start_tls(tls)

    def _start_tls(self, tls):
        try:
            self.socket = tls.wrap_socket(self.socket)
        except (OSError, ssl.SSLError) as error:
            raise self.lost(f"handshake: {error!r}") from None

    def close(self):
        self.socket.close()

    def lost(self, what):
        return Lost(f"{what} after {self.answered} answers and "
                    f"{len(self.bytes)} bytes of the next")

    def send(self, data):
        try:
            self.socket.sendall(data)
        except TimeoutError:
            raise self.lost("timeout of a send") from None
        except OSError as error:
            if self.may_race and self.answered:
                raise Raced(repr(error)) from None
            raise self.lost(repr(error)) from None

    def more(self):
        try:
            data = self.socket.recv(1 << 16)
        except TimeoutError:
            raise self.lost("timeout") from None
        except OSError as error:
            if self.may_race and self.answered and not self.bytes:
                raise Raced(repr(error)) from None
            raise self.lost(repr(error)) from None
        if not data and self.may_race and self.answered and not self.bytes:
            raise Raced("closed")
        if not data:
            raise self.lost("closed")
        self.bytes += data

    def take(self, count):
        while len(self.bytes) < count:
            self.more()
        data, self.bytes = self.bytes[:count], self.bytes[count:]
        return data

    def line(self):
        while b"\r\n" not in self.bytes:
            self.more()
        line, self.bytes = self.bytes.split(b"\r\n", 1)
        return line

    def head(self):
        """Returns the status and the fields."""
        while b"\r\n\r\n" not in self.bytes:
            self.more()
        head, self.bytes = self.bytes.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        if not lines[0].startswith("HTTP/1.1 "):
            raise Wrong(f"status line {lines[0]!r}")
        fields = {}
        for line in lines[1:]:
            name, _, value = line.partition(": ")
            fields[name.lower()] = value
        status = int(lines[0].split()[1])
        count_response(status)
        return status, fields

    def chunk(self):
        """Returns a chunk's content, empty for the last."""
        size = int(self.line(), 16)
        data = self.take(size)
        self.line()
        return data

    def answer(self, method="GET"):
        status, fields = self.head()
        body = b""
        if method == "HEAD" or status in (204, 304):
            pass
        elif fields.get("transfer-encoding") == "chunked":
            while data := self.chunk():
                body += data
        else:
            body = self.take(int(fields.get("content-length", "0")))
        self.answered += 1
        return Answer(status, fields, body,
                      fields.get("connection", "").lower() == "close")

    def ask(self, path, method="GET", fields=(), body=b""):
        self.send(request(path, method, fields) + body)
        return self.answer(method)


def request(path, method="GET", fields=()):
    more = "".join(f"{name}: {value}\r\n" for name, value in fields)
    return f"{method} {path} HTTP/1.1\r\nHost: a\r\n{more}\r\n".encode()


def expect(answer, status, body):
    if answer.status != status:
        # A server error is a lost request, not a wrong one.
        kind = Lost if answer.status >= 500 else Wrong
        raise kind(f"status {answer.status}, not {status}")
    if answer.body != body:
        raise Wrong(f"body of {len(answer.body)} bytes begins "
                    f"{answer.body[:40]!r}, not {len(body)} bytes, "
                    f"{body[:40]!r}")
