"""See scripts/chaos.

SPDX-License-Identifier: MIT
"""
import argparse
import collections
import os
import random
import re
import shutil
import signal
import tempfile
import time

import acts
import clients
import http1
import streams
import server as served
from server import Server
from tally import Tally

# At most 300 requests a second together.
KINDS = [(clients.KeepAlive, 2), (clients.Fresh, 1), (clients.Pipelined, 1),
         (clients.Ranges, 1), (clients.Whole, 1), (clients.Upload, 3),
         (clients.Deferred, 2), (clients.Coded, 1), (clients.Validators, 1),
         (clients.Many, 1), (clients.Replaced, 1), (clients.Moving, 1),
         (streams.Events, 2), (streams.WebSocket, 2)]
REPORTS = re.compile(r"(Address|Leak|UndefinedBehavior)Sanitizer|"
                     r"runtime error:|assert", re.I)


def parse(top):
    p = argparse.ArgumentParser(prog="scripts/chaos")
    p.add_argument("--prong", default=top + "/build/prong", metavar="PATH",
                   help="of a build directory (build/prong)")
    p.add_argument("--seconds", type=float, default=60, metavar="N",
                   help="of load (60)")
    p.add_argument("--no-kills", action="store_true",
                   help="no worker is killed, stopped or crashed")
    p.add_argument("--seed", type=int, default=int(time.time()), metavar="N",
                   help="of the acts (the time)")
    p.add_argument("--keep", action="store_true",
                   help="keep the directory with the logs")
    options = p.parse_args()
    options.prong = os.path.abspath(options.prong)
    return options


def make_clients(server, tally):
    kinds = list(KINDS)
    for kind, is_there in ((clients.Tls, server.has_tls),
                           (streams.Http2, server.has_h2)):
        if is_there:
            kinds.append((kind, 1))
        else:
            tally.log(f"not built in, skipped: {kind.__name__}")
    return [kind(server, tally) for kind, count in kinds
            for _ in range(count)]


def load(server, tally, chance, options):
    """Returns the acts when the time is over."""
    done = acts.Acts(server, tally, chance, not options.no_kills)
    running = make_clients(server, tally)
    for client in running:
        client.start()
    end = time.monotonic() + options.seconds
    while time.monotonic() < end:
        time.sleep(min(chance.uniform(0.5, 3),
                       max(0, end - time.monotonic())))
        if time.monotonic() < end:
            done.one()
    for client in running:
        client.ends.set()
    for client in running:
        client.join(60)
        if client.is_alive():
            tally.fault("failed", f"{client.kind} hangs")
    return done


def check_descriptors(server, tally, before):
    """With the configuration of the start, as many as at the start."""
    server.configure()
    reason = server.order("reload")
    if reason:
        tally.fault("failed", f"the last reload: {reason}")
    if not server.wait(server.is_settled, 60):
        tally.fault("left", f"workers: {server.ps()['workers']}")
    after = before
    for what, index in (("master", 0), ("worker", 1)):
        if not server.wait(lambda: len(server.census()[index]) <=
                           len(before[index]), 15):
            after = server.census()
            more = collections.Counter(after[index])
            more.subtract(before[index])
            tally.fault("left", f"descriptors of the {what}: "
                        f"{[name for name, n in more.items() if n > 0]}")
    after = server.census()
    tally.log("descriptors, start and end: " + ", ".join(
        f"{what} {len(before[n])} {len(after[n])}"
        for n, what in enumerate(("master", "worker"))))


def differences(server):
    """By class: what the server counted beyond what the clients got."""
    counted = server.ps()["totals"]["by_class"]
    return {name: counted[name] - http1.received[name] for name in counted
            if counted[name] != http1.received[name]}


def check_sums(server, tally, done):
    """The clients' own counts are those of the metrics: exactly, but for the
    requests that were in the hands of a worker when it was killed.  The
    server counts a response when it has sent it, so that either side may
    miss one of each connection."""
    server.wait(lambda: not served.is_alive(done.old), 60)
    server.wait(lambda: not differences(server), 0 if tally.cut else 10)
    more = differences(server)
    tally.log(f"responses that clients got: {dict(http1.received)}; the "
              f"server's counts differ by {more or 0}; connections of killed "
              f"workers: {tally.cut}")
    if sum(abs(n) for n in more.values()) > tally.cut:
        tally.fault("miscounted", f"{more}, with {tally.cut} connections of "
                    "killed workers")


def check_end(server, tally):
    os.kill(server.pid(), signal.SIGTERM)
    if not server.wait(lambda: not server.processes(), 60):
        tally.fault("left", f"processes {server.processes()}")
    for name in ("pid", "control"):
        if os.path.exists(f"{server.place}/{name}"):
            tally.fault("left", name)
    if os.listdir(server.place + "/temp"):
        tally.fault("left", f"{os.listdir(server.place + '/temp')} in temp")


def check_reports(server, tally, crashed):
    for name in sorted(os.listdir(server.place)):
        if not name.startswith("sanitizer."):
            continue
        with open(f"{server.place}/{name}", errors="replace") as file:
            text = file.read()
        if name.split(".")[1] in crashed and acts.SEGV_REPORT in text:
            continue  # the signal was ours
        tally.fault("reported", text[:4000])
    lines = server.errors().splitlines()
    for line in lines:
        if REPORTS.search(line):
            tally.fault("reported", line)
    kinds = collections.Counter(
        re.sub(r"\d+", "N", line.split(" ", 1)[1]) for line in lines
        if re.match(r"\S+ error ", line))
    for line, count in kinds.most_common(15):
        tally.log(f"{count} x {line[:150]}")


def report(tally):
    counts = tally.counts
    print(f"{sum(tally.acts.values())} acts:",
          ", ".join(f"{n} {what}" for what, n in tally.acts.most_common()))
    print(f"{sum(tally.requests.values())} requests:",
          ", ".join(f"{n} {what}" for what, n in tally.requests.items()))
    bad = {"wrong": "wrong", "lost": "lost without a kill",
           "reported": "sanitizer reports", "left": "left at the end",
           "failed": "failed acts", "miscounted": "sums that differ"}
    for what, words in bad.items():
        print(f"{counts[what]} {words}")
    for what, count in sorted(counts.items()):
        if what not in bad:
            print(f"{count} {what}")
    is_fine = not any(counts[what] for what in bad) and tally.requests
    print("fine" if is_fine else "FAILED", flush=True)
    return 0 if is_fine else 1


def main(top):
    options = parse(top)
    place = tempfile.mkdtemp(prefix="prong-chaos-")
    os.chmod(place, 0o755)
    tally, chance = Tally(), random.Random(options.seed)
    tally.log(f"{options.prong}, seed {options.seed}, {place}")
    server = Server(top, options.prong, place, not options.no_kills)
    try:
        server.start()
        server.wait(server.is_settled, 30)
        before = server.census()
        done = load(server, tally, chance, options)
        check_descriptors(server, tally, before)
        check_sums(server, tally, done)
        check_end(server, tally)
        check_reports(server, tally, done.crashed)
        return report(tally)
    finally:
        server.end()
        if not options.keep:
            shutil.rmtree(place, ignore_errors=True)
