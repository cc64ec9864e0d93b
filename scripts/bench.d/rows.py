"""The rows of the table: what is asked, whether the answers are right, and
what a request cost.

SPDX-License-Identifier: MIT
"""
import hashlib
import json
import math
import os
import re
import socket
import statistics
import subprocess

import machine
import servers

CHECK_LIMIT = 20  # seconds
UNIT = {"us": 1e-3, "ms": 1, "s": 1e3, "m": 6e4}  # milliseconds


class Row:
    protocol, marks = None, {}  # see secure.py

    def __init__(self, name, title, file, connections=64, script=None,
                 only=None):
        self.name, self.title, self.file = name, title, file
        self.connections, self.script, self.only = connections, script, only
        self.closes = script == "close"
        self.batch = 16 if script == "pipeline16" else 1


ROWS = [
    Row("1k", "1 KiB", "1k.txt"),
    Row("browser", "1 KiB, a browser's head of 700 bytes", "1k.txt",
        script="browser_head"),
    Row("10k", "10 KiB", "10k.txt"),
    Row("100k", "100 KiB", "100k.txt"),
    Row("1m", "1 MiB, 16 connections", "1m.txt", connections=16),
    Row("10m", "10 MiB, 8 connections", "10m.txt", connections=8),
    Row("pipelined", "1 KiB, pipelined by 16", "1k.txt",
        script="pipeline16"),
    Row("close", "1 KiB, a connection per request", "1k.txt",
        script="close"),
    Row("mix", "a browser's head, 1 KiB to 1 MiB: mixed sizes", "10k.txt",
        script="mix", only=("prong",) + servers.PEERS),
    Row("log", "1 KiB, access log as JSON", "1k.txt",
        only=("floor", "prong", "prong-log")),
    Row("json", "JSON of five members, made by a module",
        "hello/Anna/card", only=("floor", "prong-json")),
]

# The last one is as long as what the module answers.
SIZES = {"1k.txt": 1 << 10, "10k.txt": 10 << 10, "100k.txt": 100 << 10,
         "1m.txt": 1 << 20, "10m.txt": 10 << 20, "hello/Anna/card": 101}


def text(size):
    """Lines that differ, so that a wrong piece has a wrong hash."""
    lines = (size + 15) // 16
    return b"".join(b"%015d\n" % i for i in range(lines))[:size]


def make_files(root):
    for name, size in SIZES.items():
        path = os.path.join(root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(text(size))


# ---- is the answer right? -------------------------------------------------

def script_path(row):
    top = os.path.dirname(os.path.abspath(__file__))
    return os.path.join(top, "../../tests/bench", row.script + ".lua")


def script_fields(row):
    """The fields that a row's wrk script sets, as one string of lines."""
    if not row.script:
        return ""
    lines = []
    for name, value in re.findall(
            r'wrk\.headers\["(.*?)"\] = ((?:".*?"[\s.]*)+)',
            machine.read(script_path(row))):
        lines.append(name + ": " + "".join(re.findall('"(.*?)"', value)))
    return "".join(line + "\r\n" for line in lines)


def request(row, port):
    fields = script_fields(row)
    if "Host:" not in fields:
        fields = f"Host: 127.0.0.1:{port}\r\n" + fields
    return f"GET /{row.file} HTTP/1.1\r\n{fields}\r\n".encode()


def read_answer(file):
    """Status and content of one answer."""
    status = int(file.readline().split()[1])
    length = None
    for line in iter(file.readline, b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
        if not line:
            raise ValueError("the head was cut")
    return status, file.read(length) if length is not None else b""


def wrong_text(row, status, body):
    """Status, length and hash; the content is the file's."""
    want = text(SIZES[row.file])
    got = (status, len(body), hashlib.sha256(body).hexdigest())
    if got != (200, len(want), hashlib.sha256(want).hexdigest()):
        return f"wrong answer: {got[:2]} for {(200, len(want))}"
    return None


def wrong_json(row, status, body):
    """The module's answer has a request id, which differs each time."""
    card = json.loads(body)
    if status != 200 or card["name"] != "Anna" or len(card) != 5:
        return f"wrong answer: {status} {body!r}"
    return None


def wrong(row, port, judge=wrong_text):
    """What is wrong with a server's answers; None when they are right."""
    try:
        with socket.create_connection(("127.0.0.1", port),
                                      CHECK_LIMIT) as sock:
            sock.sendall(request(row, port) * row.batch)
            with sock.makefile("rb") as file:
                for _ in range(row.batch):
                    error = judge(row, *read_answer(file))
                    if error:
                        return error
                if row.closes and file.read(1):
                    return "bytes after the answer"
    except (OSError, LookupError, ValueError) as error:
        return f"no whole answer: {error!r}"
    return None


# ---- what does it cost? ---------------------------------------------------

def wrk(url, connections, seconds, script=None, args=(), cpu=None):
    pin = [] if cpu is None else ["taskset", "-c", str(cpu)]
    command = pin + ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s",
                     "--latency"]
    command += (["-s", script] if script else []) + [url]
    command += ["--", *args] if args else []
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout + done.stderr


def read_wrk(out):
    """Requests, seconds, p99 in ms, and what went wrong."""
    count = re.search(r"(\d+) requests in ([\d.]+)(\w+)", out)
    p99 = re.search(r"99%\s+([\d.]+)(\w+)", out)
    trouble = [line.strip() for line in out.splitlines()
               if "Socket errors" in line or "Non-2xx" in line]
    if not count or int(count[1]) == 0:
        tail = " ".join(out.split())[-200:]
        return 0, 1, math.nan, "nothing was answered: " + tail
    return (int(count[1]), float(count[2]) * UNIT[count[3]] / 1e3,
            float(p99[1]) * UNIT[p99[2]] if p99 else math.nan,
            "; ".join(trouble))


def drive(server, url, connections, seconds, script=None, args=()):
    return measure(server, lambda: read_wrk(wrk(
        url, connections, seconds, script, args, servers.CLIENT_CPU)))


def measure(server, ask):
    """One turn of one server: a dict, with "error" where it is void.  ask()
    returns what read_wrk() does."""
    pids, busy = server.pids(), machine.busy_time()
    mine = os.times()
    before = machine.cpu_time(pids)
    count, took, p99, error = ask()
    after = machine.cpu_time(pids)
    now = os.times()
    if error:
        return {"error": error}
    user, system = after[0] - before[0], after[1] - before[1]
    client = sum(now[:4]) - sum(mine[:4])
    others = machine.busy_time() - busy - user - system - client * 1e6
    return {"requests": count, "rate": count / took, "p99_ms": p99,
            "user_us": user / count, "system_us": system / count,
            "cpu_us": (user + system) / count,
            "others": max(0, others) / (took * 1e6)}


def warm(server, url, connections, script=None, args=()):
    """One second before the first round: caches fill, code is paged in."""
    wrk(url, connections, 1, script, args, servers.CLIENT_CPU)


def median(turns, key):
    return statistics.median(turn[key] for turn in turns)


def summary(turns):
    """The medians over the rounds; void if any round was."""
    errors = [turn["error"] for turn in turns if "error" in turn]
    if errors:
        return {"error": errors[0]}
    keys = ("cpu_us", "user_us", "system_us", "rate", "p99_ms", "others")
    return {**{key: median(turns, key) for key in keys}, "rounds": turns}


def is_void(figure):
    return "error" in figure


def ratio(figure, base):
    """The median of the rounds' ratios: they were driven side by side."""
    if base is None or is_void(figure) or is_void(base):
        return None
    return statistics.median(
        a["cpu_us"] / b["cpu_us"] if b["cpu_us"] else math.nan
        for a, b in zip(figure["rounds"], base["rounds"]))


def interval(values):
    """Bounds of the median, at least 94 % sure from five values on: order
    statistics, which assume nothing about the distribution."""
    ordered, n = sorted(values), len(values)
    skip, chance = 0, 0.5 ** n
    while 2 * chance <= 0.06 and skip < n // 2:
        skip += 1
        chance += math.comb(n, skip) * 0.5 ** n
    skip = max(0, skip - 1)
    return ordered[skip], ordered[n - 1 - skip]


def add_ratios(figures):
    peers = [name for name in servers.PEERS
             if name in figures and not is_void(figures[name])]
    best = min(peers, key=lambda n: figures[n]["cpu_us"], default=None)
    for figure in figures.values():
        figure["to_floor"] = ratio(figure, figures.get("floor"))
        figure["to_peer"] = ratio(figure, figures.get(best))
    return best


class Bench:
    """The servers that run, kept over the rows; the floor serves one file."""

    def __init__(self, place, names, rounds, seconds, say):
        self.place, self.names, self.say = place, names, say
        self.rounds, self.seconds = rounds, seconds
        self.running = {}

    def server(self, name, row):
        key = (name, row.protocol)
        options = {"protocol": row.protocol} if row.protocol else {}
        if name == "floor":
            self.stop(key)
            options.update(file=row.file, closes=row.closes)
        if key not in self.running:
            self.running[key] = servers.Server(self.place, name, **options)
        return self.running[key]

    def stop(self, key):
        if key in self.running:
            self.running.pop(key).stop()

    def stop_all(self):
        for key in list(self.running):
            self.stop(key)

    def open(self, row):
        """The servers whose answers are right, and the errors of others."""
        ready, figures = {}, {}
        for name in self.row_names(row):
            try:
                server = self.server(name, row)
                error = self.wrong(row, server)
            except RuntimeError as failed:
                error = str(failed)
            if error:
                self.say(f"  {name}: {error}")
                figures[name] = {"error": error}
            else:
                ready[name] = server
        return ready, figures

    def wrong(self, row, server):
        return wrong(row, server.port, wrong_json
                     if server.name == "prong-json" else wrong_text)

    def drive(self, row, server):
        return drive(server, server.url(row.file), row.connections,
                     self.seconds, script_path(row) if row.script else None)

    def warm(self, row, server):
        warm(server, server.url(row.file), row.connections,
             script_path(row) if row.script else None)

    def row_names(self, row):
        if row.only:
            return [n for n in row.only if n.split("-")[0] in self.names]
        return self.names

    def run(self, row):
        ready, figures = self.open(row)
        turns = {name: [] for name in ready}
        for server in ready.values():
            self.warm(row, server)
        for _ in range(self.rounds):
            for name, server in ready.items():
                turns[name].append(self.drive(row, server))
        figures.update({name: summary(turns[name]) for name in ready})
        best = add_ratios(figures)
        return {"title": row.title, "connections": row.connections,
                "best_peer": best, "marks": row.marks, "servers": figures}
