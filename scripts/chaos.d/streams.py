"""Clients of event streams, of WebSockets and of HTTP/2.

SPDX-License-Identifier: MIT
"""
import base64
import json
import os
import re
import time

import server as served
from clients import Client
from http1 import Lost, Raced, Wrong, count_response, request

EVENT = re.compile(rb"id: (\d+)\nevent: time\ndata: "
                   rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\n\n")


class Events(Client):
    """One stream after the other; a drain ends it after a whole event."""
    rate = 2

    def turn(self):
        connection = self.connect()
        connection.send(request("/live/events"))
        status, fields = connection.head()
        if status != 200 or fields["content-type"] != "text/event-stream":
            raise (Lost if status >= 500 else Wrong)(f"{status} {fields}")
        text, last = b"", None
        end = time.monotonic() + self.random.uniform(2, 8)
        while chunk := connection.chunk():
            text += chunk
            while event := EVENT.search(text):
                number = int(event[1])
                if last is not None and number != last + 1:
                    raise Wrong(f"event {number} after {last}")
                last, text = number, text[event.end():]
            if time.monotonic() > end or self.ends.is_set():
                break
        self.close()
        self.done()


class WebSocket(Client):
    """Lines that a chat room sends back; 1001 closes it at a drain."""
    rate = 6
    serial = 0

    def turn(self):
        if self.connection is None:
            self._open()
        self.began = time.monotonic()
        self.serial += 1
        line = f"line {self.serial} " + "x" * self.random.randrange(500)
        self._send(line.encode())
        while True:
            opcode, data = self._receive()
            if opcode == 8:
                if data[:2] != b"\x03\xe9":
                    raise Wrong(f"closed with {data!r}")
                self.tally.count("WebSockets closed with 1001")
                return self.close()
            if opcode != 1:
                raise Wrong(f"opcode {opcode}")
            message = json.loads(data)
            if message["kind"] == "message" and message["name"] == self.name:
                break
        if message["text"] != line:
            raise Wrong(f"{message['text'][:40]}, not {line[:40]}")
        self.done()
        if self.serial % 50 == 0:
            self.close()

    def _open(self):
        self.serial += 1
        # Never twice, for a room repeats its last lines to new clients.
        self.name = f"c{id(self):x}-{self.serial}"
        connection = self.connect()
        connection.send(request(f"/live/chat?name={self.name}", fields=[
            ("Upgrade", "websocket"), ("Connection", "Upgrade"),
            ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", base64.b64encode(bytes(16)).decode())]))
        status, fields = connection.head()
        if status != 101:
            raise (Lost if status >= 500 else Wrong)(f"{status} {fields}")
        self.done()

    def _send(self, text):
        mask = os.urandom(4)
        size = len(text)
        head = bytes([0x81, 0x80 | size]) if size < 126 else \
            bytes([0x81, 0xfe]) + size.to_bytes(2)
        try:
            self.connection.send(head + mask + bytes(
                byte ^ mask[n % 4] for n, byte in enumerate(text)))
        except Lost:
            pass  # a close frame may be there to read

    def _receive(self):
        first, size = self.connection.take(2)
        if size == 126:
            size = int.from_bytes(self.connection.take(2))
        return first & 15, self.connection.take(size)


def frame(kind, flags, stream, content=b""):
    return (len(content).to_bytes(3) + bytes([kind, flags]) +
            stream.to_bytes(4) + content)


def literal(name, value):
    """Without indexing, RFC 7541 6.2.2; neither has over 126 bytes."""
    return (b"\0" + bytes([len(name)]) + name.encode() +
            bytes([len(value)]) + value.encode())


class Http2(Client):
    """Prior knowledge, RFC 9113 3.3; one stream at a time."""
    rate = 12

    def connect(self):
        is_new = self.connection is None
        connection = super().connect()
        if is_new:
            self.stream = -1
            connection.may_race = False
            connection.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" +
                            frame(4, 0, 0))
        return connection

    def turn(self):
        number = self.random.randrange(served.MANY)
        connection = self.connect()
        self.stream += 2
        connection.send(frame(1, 5, self.stream, literal(":method", "GET") +
                              literal(":scheme", "http") +
                              literal(":path", f"/many/{number}") +
                              literal(":authority", "a")))
        status, body = self._response(connection)
        if status != 200:
            raise Wrong(f"status {status}")
        if body != served.many(number):
            raise Wrong(f"body of {len(body)} bytes")
        connection.answered += 1
        self.done()
        if self.is_last:
            self.close()

    def _response(self, connection):
        status, body, self.is_last = None, b"", False
        while True:
            head = connection.take(9)
            kind, flags = head[3], head[4]
            stream = int.from_bytes(head[5:])
            content = connection.take(int.from_bytes(head[:3]))
            if kind == 4 and not flags & 1:
                connection.send(frame(4, 1, 0))
            elif kind == 6 and not flags & 1:
                connection.send(frame(6, 1, 0, content))
            elif kind == 7:
                self._go_away(content)
            elif kind == 3:
                self._reset(content)
            elif kind == 1 and stream == self.stream:
                status = self._status(content)
                if isinstance(status, int):
                    count_response(status)
            elif kind == 0 and stream == self.stream:
                body += content
                if content:
                    connection.send(b"".join(
                        frame(8, 0, s, len(content).to_bytes(4))
                        for s in ((0,) if flags & 1 else (0, stream))))
            if kind in (0, 1) and flags & 1 and stream == self.stream:
                return status, body

    def _go_away(self, content):
        """RFC 9113 6.8: what lies above the last stream is asked again."""
        if int.from_bytes(content[4:8]) != 0:
            raise Lost(f"GOAWAY {content!r}")
        self.is_last = True
        if int.from_bytes(content[:4]) < self.stream:
            raise Raced("GOAWAY")

    def _reset(self, content):
        if int.from_bytes(content) == 7:  # REFUSED_STREAM
            raise Raced("REFUSED_STREAM")
        raise Lost(f"RST_STREAM {content!r}")

    def _status(self, content):
        """Of an encoder that begins with :status, in the static table."""
        while content[0] & 0xe0 == 0x20:  # a new size of the table
            content = content[1:]
        return {0x88: 200, 0x8d: 404, 0x8e: 500}.get(content[0], content[:8])
