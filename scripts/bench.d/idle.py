"""Many kept-alive connections on eight workers, and what they cost.

SPDX-License-Identifier: MIT
"""
import re
import subprocess

import machine
import report
import rows
import servers

WORKERS = 8
HOLD = 20        # seconds between the two requests of a connection
BUSY = 64        # connections that stay busy meanwhile
BUSY_SECONDS = 8
COLUMNS = ["server", "served", "held", "failed", "memory MiB",
           "bytes a connection", "kernel MiB", "busy p99 ms", "errors"]


def start_holders(place, server, count):
    return subprocess.Popen(
        [place.tool("idle_connections"), str(server.port), str(count),
         str(HOLD), "/1k.txt"], stdout=subprocess.PIPE, text=True)


def numbers(line):
    return {name: int(value)
            for name, value in re.findall(r"(\w+) (\d+)", line)}


def busy_turn(server):
    """p99 in ms of a few busy clients, and what went wrong."""
    out = rows.wrk(server.url("1k.txt"), BUSY, BUSY_SECONDS)
    _, _, p99, error = rows.read_wrk(out)
    return p99, error


def hold(place, server, count):
    """One server's figures; the holders live as long as this call."""
    rows.wrk(server.url("1k.txt"), BUSY, 1)
    empty = machine.memory(server.pids())
    kernel = machine.socket_memory()
    holders = start_holders(place, server, count)
    try:
        figure = numbers(holders.stdout.readline())
        pss = machine.memory(server.pids())
        figure["memory_mib"] = pss / 1024
        figure["connection_bytes"] = (pss - empty) * 1024 / count
        figure["kernel_mib"] = (machine.socket_memory() - kernel) / 1024
        figure["busy_p99_ms"], figure["error"] = busy_turn(server)
        figure.update(numbers(holders.stdout.read()))
    finally:
        holders.terminate()
        holders.wait()
    return figure


def line(name, f):
    return [name, str(f.get("served", "-")), str(f.get("held", "-")),
            str(f.get("failed", "-")), report.number(f["memory_mib"], 1),
            report.number(f["connection_bytes"], 0),
            report.number(f["kernel_mib"], 0),
            report.number(f["busy_p99_ms"]), f["error"] or "-"]


def run(place, names, count, say):
    """Returns the figures by server and their table."""
    figures = {}
    for name in names:
        if name not in ("prong", "nginx"):
            continue
        say(f"{name}: {count} connections on {WORKERS} workers")
        server = servers.Server(place, name, pinned=False, workers=WORKERS)
        try:
            figures[name] = hold(place, server, count)
        finally:
            server.stop()
    text = (f"## {count} idle connections, {WORKERS} workers, at most "
            f"{servers.FILES_LIMIT} descriptors each\n\nmemory: the "
            "proportional set size of all processes. held: still open, and "
            f"answered again after {HOLD} s. Meanwhile {BUSY} others were "
            "busy. kernel: growth of its slabs, both ends.\n\n")
    return figures, text + report.markdown(
        COLUMNS, [line(name, f) for name, f in figures.items()])
