"""The load from which scripts/tune records a profile: what a server for the
web is asked for mostly, by a client of its own, since a profile needs the
kinds of requests and not their speed.

SPDX-License-Identifier: MIT
"""
import os
import resource
import shutil
import socket
import sys
import tempfile

import callgrind
import rows
import scale
import servers

TIMES = 1500        # each request
MANY = 2000         # files, of which each is asked for once: misses
CONNECTIONS = 500   # with one request each
FIELDS = ("", callgrind.BROWSER, "If-None-Match: {etag}\r\n",
          "Range: bytes=100-199\r\n", "Accept-Encoding: gzip, br\r\n")


def ask(file, sock, head, batch=1):
    sock.sendall(head.encode() * batch)
    for _ in range(batch):
        answer = callgrind.read_answer(file)
    return answer


def head(path, fields=""):
    return f"GET /{path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{fields}\r\n"


def load(port, paths):
    with socket.create_connection(("127.0.0.1", port), 60) as sock, \
            sock.makefile("rb") as file:
        for path in paths:
            etag = ask(file, sock, head(path))[1]
            for fields in FIELDS:
                text = head(path, fields.format(etag=etag))
                for _ in range(TIMES):
                    ask(file, sock, text)
            for _ in range(TIMES // 8):
                ask(file, sock, head(path), 16)
        ask(file, sock, head("none"))
    for _ in range(CONNECTIONS):
        with socket.create_connection(("127.0.0.1", port), 60) as sock, \
                sock.makefile("rb") as file:
            ask(file, sock, head(paths[0], "Connection: close\r\n"))


def load_many(port):
    with socket.create_connection(("127.0.0.1", port), 60) as sock, \
            sock.makefile("rb") as file:
        for i in range(MANY):
            ask(file, sock, head(f"many/{i}"))


def run(place):
    rows.make_files(place.root)
    scale.make_many(place.root, MANY)
    for name, paths in (("prong", ["1k.txt", "10k.txt"]),
                        ("prong-log", ["1k.txt"]),
                        ("prong-json", ["hello/Anna/card"])):
        server = servers.Server(place, name, pinned=False)
        try:
            load(server.port, paths)
            if name == "prong":
                load_many(server.port)
        finally:
            server.stop()


def without_sandbox(conf_of):
    """The worker has to write its profile when it ends."""
    def conf(*args, **options):
        return {**conf_of(*args, **options), "sandbox": "off"}
    return conf


def main():
    build = sys.argv[1]
    work = tempfile.mkdtemp(prefix="prong-tune-")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    servers.prong_conf = without_sandbox(servers.prong_conf)
    place = servers.Place(work, build, os.path.join(build, "prong"))
    place.user = None  # who could not write there
    try:
        run(place)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    if not any(name.endswith(".gcda") for _, _, names in os.walk(
            os.path.join(build, "profile")) for name in names):
        sys.exit("tune: no profile was written")


main()
