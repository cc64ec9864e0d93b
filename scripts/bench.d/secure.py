"""Rows over HTTP/2 and TLS: h2load(1) asks, and the floor is what OpenSSL and
nghttp2 cost alone (tests/bench/floor_tls).

SPDX-License-Identifier: MIT
"""
import math
import re
import subprocess

import rows
import servers

RATE = 100  # handshakes a second
HTTP1 = ["--h1", "-m1"]


class Row(rows.Row):
    """marks: prong's time at most so many times that of the floor, of h2o."""

    def __init__(self, name, title, file, protocol, connections, options,
                 marks):
        super().__init__(name, title, file, connections,
                         only=("floor", "prong", "nginx", "h2o"))
        self.protocol, self.options, self.marks = protocol, options, marks
        self.is_handshake = name == "handshake"

    def load(self, seconds):
        """The options of h2load for one turn."""
        if self.is_handshake:
            count = str(RATE * seconds)
            return ["-n", count, "-c", count, "-r", str(RATE)] + self.options
        return ["-D", str(seconds), "-c", str(self.connections)] + \
            self.options


ROWS = [
    Row("h2c", "HTTP/2 in clear, 1 KiB, 10 streams a connection", "1k.txt",
        "h2c", 8, ["-m10"], {"floor": 1.35, "h2o": 1}),
    Row("h1-tls", "HTTP/1.1 with TLS, 1 KiB", "1k.txt", "h1-tls", 8, HTTP1,
        {"floor": 1.10}),
    Row("h2-tls", "HTTP/2 with TLS, 1 KiB, 10 streams a connection",
        "1k.txt", "h2-tls", 8, ["-m10"], {"floor": 1.25, "h2o": 1}),
    Row("h2-tls-1m", "HTTP/2 with TLS, 1 MiB", "1m.txt", "h2-tls", 4,
        ["-m1"], {"floor": 1.10}),
    Row("handshake", f"A TLS handshake and a request, {RATE} a second",
        "1k.txt", "h1-tls", 1, HTTP1, {"floor": 1.05}),
]


# ---- is the answer right? -------------------------------------------------

CURL = {"h2c": "--http2-prior-knowledge", "h1-tls": "--http1.1",
        "h2-tls": "--http2"}
VERSION = {"h2c": "2", "h1-tls": "1.1", "h2-tls": "2"}


def wrong(row, server):
    """What is wrong with a server's answer; None when it is right.  The floor
    sends as many bytes as the file has, but not its own."""
    done = subprocess.run(
        ["curl", "-sk", "-m", str(rows.CHECK_LIMIT), CURL[row.protocol],
         "-w", "%{stderr}%{http_code} %{http_version}",
         server.url(row.file)], capture_output=True)
    want, said = rows.text(rows.SIZES[row.file]), done.stderr.decode()
    if said != f"200 {VERSION[row.protocol]}":
        return f"wrong answer: {said or done.returncode}"
    if server.name != "floor" and done.stdout != want or \
            len(done.stdout) != len(want):
        return f"wrong answer: {len(done.stdout)} bytes for {len(want)}"
    return None


# ---- what does it cost? ---------------------------------------------------

def read_h2load(out):
    """Requests, seconds, p99 (which it does not tell), what went wrong."""
    took = re.search(r"finished in ([\d.]+)(\w+)", out)
    done = re.search(r"(\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx", out)
    failed = re.search(r"(\d+) failed, (\d+) errored, (\d+) timeout", out)
    if not took or not done or int(done[1]) == 0:
        return 0, 1, math.nan, "nothing was answered: " + \
            " ".join(out.split())[-200:]
    trouble = sum(int(n) for n in done.groups()[1:] + failed.groups())
    return (int(done[1]), float(took[1]) * rows.UNIT[took[2]] / 1e3, math.nan,
            f"{trouble} requests failed" if trouble else "")


def ask(row, server, seconds):
    done = subprocess.run(
        ["taskset", "-c", str(servers.CLIENT_CPU), "h2load", "-t1",
         *row.load(seconds), server.url(row.file)],
        capture_output=True, text=True)
    return read_h2load(done.stdout + done.stderr)


def drive(row, server, seconds):
    return rows.measure(server, lambda: ask(row, server, seconds))


class Bench(rows.Bench):
    """Rows of both kinds."""

    def wrong(self, row, server):
        if row.protocol:
            return wrong(row, server)
        return super().wrong(row, server)

    def drive(self, row, server):
        if row.protocol:
            return drive(row, server, self.seconds)
        return super().drive(row, server)

    def warm(self, row, server):
        if row.protocol:
            ask(row, server, 1)
        else:
            super().warm(row, server)
