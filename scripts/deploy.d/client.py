"""Clients that ask all the time, and count what they lose.

A loss is hard when the first request of a connection is not answered, or an
answer is cut, wrong or late; it is a race when a connection that was kept is
closed under its next request (RFC 9112 9.3.1: a client may ask again only
what is idempotent).

SPDX-License-Identifier: MIT
"""
import collections
import socket
import threading
import time

TIMEOUT = 10  # seconds


class Lost(Exception):
    """An answer that did not come; str() is the kind."""


class Connection:
    """HTTP/1.1 over one socket; answers have a Content-Length."""

    def __init__(self, address):
        self.socket = socket.create_connection(address, TIMEOUT)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.bytes = b""
        self.answered = 0

    def close(self):
        self.socket.close()

    def ask(self, head, body=b""):
        """Returns the answer's status, body, and whether it is the last."""
        try:
            self.socket.sendall(head + body)
            return self._answer()
        except TimeoutError:
            raise Lost("hard: late") from None
        except OSError as error:
            raise self._lost(type(error).__name__) from None

    def _answer(self):
        while b"\r\n\r\n" not in self.bytes:
            self._more()
        head, self.bytes = self.bytes.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        fields = dict(line.lower().split(": ", 1) for line in lines[1:])
        length = int(fields.get("content-length", "0"))
        while len(self.bytes) < length:
            self._more()
        body, self.bytes = self.bytes[:length], self.bytes[length:]
        self.answered += 1
        return (int(lines[0].split()[1]), body,
                fields.get("connection") == "close")

    def _more(self):
        more = self.socket.recv(1 << 16)
        if not more:
            raise self._lost("closed")
        self.bytes += more

    def _lost(self, what):
        if self.bytes:
            return Lost("hard: cut")
        return Lost(("race: " if self.answered else "hard: ") + what)


class Load:
    """Threads with a client each; stop() returns the counts."""

    def __init__(self, address):
        self.address = address
        self.counts = collections.Counter()
        self.slowest = 0
        self.lock = threading.Lock()
        self.ends = threading.Event()
        self.threads = []

    def add(self, count, think, keeps, make):
        """make(n): the n-th head and body, and the body of the answer."""
        for _ in range(count):
            thread = threading.Thread(target=self._run,
                                      args=(think, keeps, make))
            self.threads.append(thread)
            thread.start()

    def stop(self):
        self.ends.set()
        for thread in self.threads:
            thread.join()
        return self.counts

    def _run(self, think, keeps, make):
        connection, due = None, time.monotonic()
        for number in range(1 << 60):
            if self.ends.is_set():
                break
            began = time.monotonic()
            connection = self._once(connection, keeps, *make(number))
            with self.lock:
                self.slowest = max(self.slowest, time.monotonic() - began)
            due = max(due + think, time.monotonic() - think)
            self.ends.wait(max(0, due - time.monotonic()))
        if connection:
            connection.close()

    def _once(self, connection, keeps, head, body, expected):
        kind, is_last = "answered", False
        try:
            connection = connection or Connection(self.address)
            status, got, is_last = connection.ask(head, body)
            if status != 200:
                kind = f"hard: status {status}"
            elif got != expected:
                kind = "hard: body"
        except Lost as lost:
            kind = str(lost)
        except OSError as error:
            kind = "hard: not connected: " + type(error).__name__
        with self.lock:
            self.counts[kind] += 1
        if connection and (kind != "answered" or is_last or not keeps):
            connection.close()
            connection = None
        return connection


def get(path, expected, close=False):
    more = "Connection: close\r\n" if close else ""
    head = f"GET {path} HTTP/1.1\r\nHost: a\r\n{more}\r\n".encode()
    return lambda number: (head, b"", expected)


def post(path, size):
    """Each with content of its own, which must come back."""
    def make(number):
        body = f"{number:08d}".encode() * (size // 8)
        head = (f"POST {path} HTTP/1.1\r\nHost: a\r\n"
                f"Content-Length: {len(body)}\r\n\r\n")
        return head.encode(), body, body
    return make


def report(what, counts, slowest):
    """Prints a line; true when nothing was lost."""
    hard = sum(n for kind, n in counts.items() if kind.startswith("hard"))
    race = sum(n for kind, n in counts.items() if kind.startswith("race"))
    kinds = ", ".join(f"{n} {kind}" for kind, n in sorted(counts.items())
                      if kind != "answered")
    print(f"{what}: {counts['answered']} answered, hard {hard}, race {race}, "
          f"slowest {slowest * 1000:.0f} ms{'; ' + kinds if kinds else ''}",
          flush=True)
    return hard == 0 and race == 0 and counts["answered"] > 0
