"""How soon servers see that a file was replaced, beside load.

A file that is being asked for all the time is replaced by rename(2), as a
deploy does it; the time runs from the rename to the end of the first answer
with the new content.

SPDX-License-Identifier: MIT
"""
import os
import socket
import subprocess
import time

import report
import rows
import servers

NAMES = ("prong", "nginx", "nginx-plain", "h2o", "caddy")
FILES = 16     # that are replaced in turn
LIMIT = 2      # seconds until a replacement counts as not seen
UNSEEN_MAX = 5 # after so many the server's run ends
MARK_MS = 50   # the share within this is told
COLUMNS = ("server", "replaced", "p50 ms", "p99", "p99.9", "max",
           f"in {MARK_MS} ms", "not seen", "wrong")


class Client:
    """One connection that is kept."""

    def __init__(self, port):
        self.sock = socket.create_connection(("127.0.0.1", port), LIMIT)
        self.file = self.sock.makefile("rb")
        self.head = f" HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"

    def get(self, path):
        self.sock.sendall(f"GET /{path}{self.head}".encode())
        return rows.read_answer(self.file)[1]

    def close(self):
        self.file.close()
        self.sock.close()


def content(number):
    return b"%01023d\n" % number


def replace(folder, name, number):
    """Returns when the new file was in its place."""
    path = os.path.join(folder, name)
    with open(path + ".new", "wb") as file:
        file.write(content(number))
    os.rename(path + ".new", path)
    return time.monotonic()


def wait_for(client, path, old, new):
    """When new came, None if it did not; and whether any answer was neither
    of them."""
    began, wrong = time.monotonic(), False
    while True:
        body = client.get(path)
        now = time.monotonic()
        if body == new:
            return now, wrong
        wrong = wrong or body != old
        if now - began > LIMIT:
            return None, wrong


def measure(server, folder, count):
    """The times in ms, sorted; how many were not seen, and wrong."""
    client, times, unseen, wrong = Client(server.port), [], 0, 0
    for i in range(FILES):
        replace(folder, str(i), 0)
    for i in range(FILES):
        client.get(f"fresh/{i}")
    last = [0] * FILES
    for number in range(1, count + 1):
        i = number % FILES
        began = replace(folder, str(i), number)
        seen, bad = wait_for(client, f"fresh/{i}", content(last[i]),
                             content(number))
        last[i] = number
        wrong += bad
        if seen is not None:
            times.append((seen - began) * 1e3)
            continue
        unseen += 1
        if unseen == UNSEEN_MAX:
            break
    client.close()
    return sorted(times), unseen, wrong


def figures(times, unseen, wrong):
    done = len(times) + unseen

    def at(part):
        return times[min(len(times) - 1, int(part * len(times)))] \
            if times else None

    return {"replaced": done, "p50": at(0.5), "p99": at(0.99),
            "p99.9": at(0.999), "max": times[-1] if times else None,
            "share": sum(t <= MARK_MS for t in times) / max(done, 1),
            "unseen": unseen, "wrong": wrong}


def cells(name, f):
    return [name, str(f["replaced"]),
            *(report.number(f[key]) for key in ("p50", "p99", "p99.9", "max")),
            f"{f['share']:.2%}", str(f["unseen"]), str(f["wrong"])]


def run_one(place, name, folder, count, seconds):
    server = servers.Server(place, name)
    load = None
    try:
        load = subprocess.Popen(
            ["taskset", "-c", str(servers.CLIENT_CPU), "wrk", "-t1", "-c8",
             f"-d{seconds}s", server.url("1k.txt")],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return figures(*measure(server, folder, count))
    finally:
        if load is not None:
            load.kill()
            load.wait()
        server.stop()


def run(place, names, count, say):
    """Returns the figures by server, and their table."""
    folder = os.path.join(place.root, "fresh")
    os.makedirs(folder, exist_ok=True)
    found = {}
    for name in names:
        say(f"{name}: {count} replacements")
        found[name] = run_one(place, name, folder, count, 3600)
    lines = [cells(name, f) for name, f in found.items()]
    return found, (
        "## How soon a replaced file is seen, beside 8 busy connections\n\n"
        + report.markdown(list(COLUMNS), lines)
        + f"\nnot seen: within {LIMIT} s; after {UNSEEN_MAX} of these the "
        "run ends. nginx has open_file_cache as in the table of costs, "
        "nginx-plain its defaults.\n")
