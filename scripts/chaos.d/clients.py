"""The kinds of clients that speak HTTP/1.1.

SPDX-License-Identifier: MIT
"""
import gzip
import random
import ssl
import threading
import time

import server as served
from http1 import Connection, Lost, Raced, Wrong, expect, request


class Client(threading.Thread):
    """A thread that takes turns, at most rate a second."""
    rate = 10
    tls = None

    def __init__(self, server, tally):
        super().__init__(daemon=True)
        self.server, self.tally = server, tally
        self.kind = type(self).__name__
        self.ends = threading.Event()
        self.random = random.Random(f"{self.kind} {id(self)}")
        self.connection = None
        self.began = time.monotonic()

    def address(self):
        return "127.0.0.1", self.server.port

    def connect(self):
        """Returns the kept connection, or a new one."""
        self.began = time.monotonic()
        if self.connection is None:
            self.connection = Connection(self.address(), self.tls)
        return self.connection

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def ask(self, path, **more):
        answer = self.connect().ask(path, **more)
        if answer.is_last:
            self.close()
        return answer

    def done(self, count=1):
        self.tally.answered(self.kind, count)

    def run(self):
        while not self.ends.is_set():
            due = time.monotonic() + 1 / self.rate
            self._turn()
            self.ends.wait(max(0, due - time.monotonic()))
        self.close()

    def _turn(self):
        try:
            self.turn()
        except Raced:
            self.tally.count("asked again")
            self.close()
        except Wrong as error:
            self.tally.fault("wrong", f"{self.kind}: {error}")
            self.close()
        except (Lost, OSError) as error:
            self.tally.lost(self.kind, self.connection, self.began, error)
            self.close()
        except Exception as error:  # the answer cannot be read
            self.tally.fault("wrong", f"{self.kind}: {error!r}")
            self.close()


class KeepAlive(Client):
    rate = 20

    def turn(self):
        expect(self.ask("/small"), 200, served.SMALL)
        self.done()


class Fresh(Client):
    """A connection for each request; every second one says so."""
    rate = 20

    def turn(self):
        fields = self.random.choice([(), [("Connection", "close")]])
        expect(self.ask("/small", fields=fields), 200, served.SMALL)
        self.close()
        self.done()


class Pipelined(Client):
    rate = 3

    def turn(self):
        numbers = [self.random.randrange(served.MANY) for _ in range(8)]
        connection = self.connect()
        connection.send(b"".join(request(f"/many/{n}") for n in numbers))
        for n in numbers:
            answer = connection.answer()
            expect(answer, 200, served.many(n))
            self.done()
            if answer.is_last:  # what follows was not read by the server
                self.close()
                break


class Ranges(Client):
    rate = 12

    def turn(self):
        size = len(served.LARGE)
        first = self.random.randrange(size)
        last = min(first + self.random.randrange(1, 400000), size) - 1
        value, begin = self.random.choice([
            (f"bytes={first}-{last}", first),
            (f"bytes=-{size - first}", first)] if size - first < 400000
            else [(f"bytes={first}-{last}", first)])
        end = last + 1 if value[6] != "-" else size
        answer = self.ask("/large", fields=[("Range", value)])
        expect(answer, 206, served.LARGE[begin:end])
        if answer.fields["content-range"] != f"bytes {begin}-{end - 1}/{size}":
            raise Wrong(answer.fields["content-range"])
        self.done()


class Whole(Client):
    """The large file, slower than the server could send it."""
    rate = 0.5

    def turn(self):
        connection = self.connect()
        connection.send(request("/large"))
        while len(connection.bytes) < len(served.LARGE) // 2:
            connection.more()
            if self.random.random() < 0.2:
                self.ends.wait(0.02)
        answer = connection.answer()
        expect(answer, 200, served.LARGE)
        if answer.is_last:
            self.close()
        self.done()


class Upload(Client):
    """Takes one to two seconds, with a length or in chunks."""
    rate = 1

    def turn(self):
        parts = [self.random.randbytes(7000) for _ in range(10)]
        chunked = self.random.random() < 0.5
        framing = (("Transfer-Encoding", "chunked") if chunked
                   else ("Content-Length", str(7000 * len(parts))))
        connection = self.connect()
        connection.send(request("/echo", "POST", [framing]))
        for part in parts:
            self.ends.wait(self.random.uniform(0.05, 0.2))
            connection.send(b"%x\r\n%s\r\n" % (len(part), part) if chunked
                            else part)
        if chunked:
            connection.send(b"0\r\n\r\n")
        answer = connection.answer("POST")
        expect(answer, 200, b"".join(parts))
        if answer.is_last:
            self.close()
        self.done()


class Deferred(Client):
    """Asks again at once, so that its connection is never idle."""
    rate = 30
    serial = 0

    def turn(self):
        self.serial += 1
        query = f"ms={self.random.choice([0, 20, 100, 300])}&n={self.serial}"
        expect(self.ask("/slow?" + query), 200, query.encode() + b"\n")
        self.done()


class Coded(Client):
    rate = 10

    def turn(self):
        answer = self.ask("/text.txt", fields=[("Accept-Encoding", "gzip")])
        if answer.status == 200:
            if answer.fields.get("content-encoding") != "gzip":
                raise Wrong(f"not coded: {answer.fields}")
            answer = answer._replace(body=gzip.decompress(answer.body))
        expect(answer, 200, served.TEXT)
        self.done()


class Validators(Client):
    """HEAD, and If-None-Match with the first tag that was seen."""
    rate = 20
    tag = None

    def turn(self):
        if self.tag is None:
            answer = self.ask("/small")
            expect(answer, 200, served.SMALL)
            self.tag = answer.fields["etag"]
        elif self.random.random() < 0.5:
            answer = self.ask("/small", method="HEAD")
            expect(answer, 200, b"")
            if answer.fields["content-length"] != str(len(served.SMALL)):
                raise Wrong(f"HEAD: {answer.fields}")
        else:
            expect(self.ask("/small", fields=[("If-None-Match", self.tag)]),
                   304, b"")
        self.done()


class Many(Client):
    """Files of which most are not cached."""
    rate = 15

    def turn(self):
        number = self.random.randrange(served.MANY)
        expect(self.ask(f"/many/{number}"), 200, served.many(number))
        self.done()


class Replaced(Client):
    """A file that is replaced: whole, and not older than three seconds."""
    rate = 10

    def __init__(self, *more):
        super().__init__(*more)
        self.history = [(0, 1)]

    def turn(self):
        if self.history[-1][1] != self.server.version:
            self.history.append((time.monotonic(), self.server.version))
        answer = self.ask("/replaced")
        number = int(answer.body.split()[1]) if answer.status == 200 else 0
        expect(answer, 200, served.version(number))
        oldest = max(version for seen, version in self.history
                     if seen < self.began - 3)
        if not oldest <= number <= self.server.version + 1:
            raise Wrong(f"version {number} three seconds after {oldest}")
        self.done()


class Moving(Client):
    """A root that is away at times; then no answer is worse than another."""
    rate = 8

    def turn(self):
        answer = self.ask("/moving/file")
        if answer.status == 200 or not self.server.was_away(self.began):
            expect(answer, 200, served.SMALL)
        self.done()


class Tls(Client):
    """Some requests on a connection; it cannot be moved to a new worker."""
    rate = 12

    def __init__(self, *more):
        super().__init__(*more)
        self.tls = ssl.create_default_context(cafile=self.server.place +
                                              "/chain")
        self.tls.check_hostname = False

    def address(self):
        return "127.0.0.1", self.server.tls_port

    def turn(self):
        expect(self.ask("/small"), 200, served.SMALL)
        self.done()
        if self.random.random() < 0.1:
            self.close()
