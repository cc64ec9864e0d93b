"""Instructions of a worker for one request, held against a baseline.

The worker runs under callgrind twice, with few and with more requests; the
difference is theirs alone, without start and end.

SPDX-License-Identifier: MIT
"""
import collections
import glob
import json
import os
import re
import socket

import machine
import report
import rows
import servers

FEW, MORE = 208, 1216 # requests; multiples of BATCH
ALLOWED = 0.05        # of change before it is named
LEAST = 20            # instructions of a function worth naming
BATCH = 16            # requests in one write of the case "pipelined"
BROWSER = re.sub("Host: .*\r\n", "", rows.script_fields(
    rows.Row("", "", "", script="browser_head")))
# Server, path, status, fields.
CASES = {
    "hit": ("prong", "1k.txt", 200, ""),
    "pipelined": ("prong", "1k.txt", 200, ""),
    "browser": ("prong", "1k.txt", 200, BROWSER),
    "304": ("prong", "1k.txt", 304, "If-None-Match: {etag}\r\n"),
    "range": ("prong", "1k.txt", 206, "Range: bytes=100-199\r\n"),
    "log": ("prong-log", "1k.txt", 200, ""),
    "json": ("prong-json", "hello/Anna/card", 200, ""),
}


def read_answer(file):
    """Status and ETag of one answer; its body is read away."""
    status = int(file.readline().split()[1])
    etag, length = "", 0
    for raw in iter(file.readline, b"\r\n"):
        name, _, value = raw.decode("latin-1").partition(":")
        if name.lower() == "etag":
            etag = value.strip()
        if name.lower() == "content-length" and status != 304:
            length = int(value)
    file.read(length)
    return status, etag


def ask(port, case, count):
    with socket.create_connection(("127.0.0.1", port), 60) as sock, \
            sock.makefile("rb") as file:
        _, path, want, fields = CASES[case]
        head = f"GET /{path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        sock.sendall((head + "\r\n").encode())
        etag = read_answer(file)[1]
        full = (head + fields.format(etag=etag) + "\r\n").encode()
        batch = BATCH if case == "pipelined" else 1
        for n in range(count):
            if n % batch == 0:
                sock.sendall(full * min(batch, count - n))
            status = read_answer(file)[0]
            if status != want:
                raise RuntimeError(f"{case}: answered {status}")


def functions(path):
    """Self cost by function of one callgrind.out file."""
    names, cost = {}, collections.Counter()
    current, skip = None, False
    for text in open(path, errors="replace"):
        found = re.match(r"fn=\((\d+)\)(?: (.*))?", text)
        if found:
            if found[2]:
                names[found[1]] = found[2]
            current = found[1]
            continue
        found = re.match(r"cfn=\((\d+)\) (.*)", text)
        if found:
            names[found[1]] = found[2]
        elif text.startswith("calls="):
            skip = True
        elif re.match(r"[+*\-\d]", text) and current:
            if not skip:
                cost[current] += int(text.split()[1])
            skip = False
    total = collections.Counter()
    for key, value in cost.items():
        total[names.get(key, key)] += value
    return total


def counted(place, case, count):
    """Self cost by function of the worker that answered."""
    out = os.path.join(place.work, "callgrind.%p")
    for old in glob.glob(out.replace("%p", "*")):
        os.unlink(old)
    place.user = None # who could not write here
    server = servers.Server(
        place, CASES[case][0], pinned=False,
        prefix=["valgrind", "-q", "--tool=callgrind", "--dump-line=no",
                f"--callgrind-out-file={out}"])
    try:
        workers = server.pids()[1:]
        ask(server.port, case, count)
    finally:
        server.stop()
    for pid in workers:
        found = out.replace("%p", str(pid))
        if os.path.exists(found):
            return functions(found)
    raise RuntimeError("callgrind left no file of the worker")


def measure(place, case):
    few, more = counted(place, case, FEW), counted(place, case, MORE)
    each = {name: (more[name] - few[name]) / (MORE - FEW)
            for name in more}
    kept = {name: round(value) for name, value in sorted(
        each.items(), key=lambda item: -item[1]) if value >= LEAST}
    return {"instructions": round(sum(each.values())), "functions": kept}


def is_change(old, new):
    return abs(new - old) > ALLOWED * max(old, 1)


def compare(old, new):
    """Lines that name every case and function that moved too far."""
    lines = []
    for case, now in new.items():
        was = old.get(case)
        if was is None:
            continue
        if is_change(was["instructions"], now["instructions"]):
            lines.append(f"{case}: {was['instructions']} -> "
                         f"{now['instructions']} instructions")
        for name in {**was["functions"], **now["functions"]}:
            a = was["functions"].get(name, 0)
            b = now["functions"].get(name, 0)
            if is_change(a, b) and abs(b - a) >= LEAST:
                lines.append(f"  {case}: {name} {a} -> {b}")
    return lines


def table(figures):
    lines = [[case, str(f["instructions"])]
             for case, f in figures.items()]
    out = ("## Instructions of the worker for one request\n\n"
           + report.markdown(["case", "instructions"], lines))
    for case, f in figures.items():
        top = list(f["functions"].items())[:15]
        out += f"\n{case}:\n\n" + "".join(
            f"    {value:6d} {name}\n" for name, value in top)
    return out


def run(place, baseline, record, say):
    """Returns figures, their table, and whether nothing moved too far."""
    figures = {}
    for case in CASES:
        say(f"callgrind: {case}")
        figures[case] = measure(place, case)
    if record or not os.path.exists(baseline):
        with open(baseline, "w") as file:
            json.dump(figures, file, indent=1)
            file.write("\n")
        return figures, table(figures), True
    lines = compare(json.loads(machine.read(baseline)), figures)
    verdict = "\n".join(lines) or "nothing changed by more than 5 %"
    return figures, table(figures) + f"\n{verdict}\n", not lines
