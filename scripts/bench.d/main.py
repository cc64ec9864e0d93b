"""scripts/bench, once everything is installed and built.

SPDX-License-Identifier: MIT
"""
import argparse
import datetime
import json
import os
import platform
import shutil
import signal
import sys
import tempfile

import callgrind
import freshness
import idle
import machine
import report
import rows
import scale
import secure
import servers

ROWS = rows.ROWS + secure.ROWS
TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))


def say(text):
    print(text, file=sys.stderr, flush=True)


def parse(argv):
    p = argparse.ArgumentParser(
        prog="scripts/bench", description="""Measures the processor time
        that prong and other servers spend on a request, side by side, and
        writes results/DATE-HOST/. Without --idle, --callgrind, --scale or
        --freshness the rows of the table are run.""")
    p.add_argument("--rows", help="of " + ", ".join(
        row.name for row in ROWS))
    p.add_argument("--servers", help="of " + ", ".join(servers.SERVERS))
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--seconds", type=int, default=4, help="of a turn")
    p.add_argument("--quick", action="store_true",
                   help="2 rounds of 1 second")
    p.add_argument("--compare", metavar="OLD.json",
                   help="""print the differences from an older table.json, with
                   intervals; refused if either run was disturbed""")
    p.add_argument("--idle", action="store_true",
                   help="many kept-alive connections: prong, nginx")
    p.add_argument("--connections", type=int, default=100000,
                   help="for --idle (100000)")
    p.add_argument("--callgrind", action="store_true",
                   help="instructions per request, against the baseline")
    p.add_argument("--record", action="store_true",
                   help="with --callgrind: write a new baseline")
    p.add_argument("--scale", action="store_true",
                   help="growth with connections, files, workers, routes, sites")
    p.add_argument("--kinds", help="for --scale: of "
                   + ", ".join(scale.KINDS))
    p.add_argument("--congestion", metavar="NAME",
                   help="""the same congestion control for all, in a network
                   namespace of its own; needs root""")
    p.add_argument("--freshness", action="store_true",
                   help="how soon a replaced file is seen: "
                   + ", ".join(freshness.NAMES))
    p.add_argument("--replacements", type=int, default=10000,
                   help="for --freshness (10000)")
    p.add_argument("--prong", default=os.path.join(TOP, "build/prong"))
    p.add_argument("--build", default=os.path.join(TOP, "build"),
                   help="where the programs of tests/bench are")
    p.add_argument("--results", default=os.path.join(TOP, "results"))
    args = p.parse_args(argv)
    if args.quick:
        args.rounds, args.seconds = 2, 1
    args.rows = chosen(p, args.rows, [row.name for row in ROWS])
    if args.freshness:
        args.servers = chosen(p, args.servers, freshness.NAMES)
    else:
        args.servers = chosen(p, args.servers, servers.SERVERS,
                              ["prong", "nginx", "h2o", "floor"]
                              if args.scale else None)
    args.kinds = chosen(p, args.kinds, list(scale.KINDS))
    return args


def chosen(parser, text, known, default=None):
    names = text.split(",") if text else list(default or known)
    for name in names:
        if name not in known:
            parser.error(f"{name}: none of {', '.join(known)}")
    return names


def present(place, names):
    missing = [name for name in names if not servers.is_here(place, name)]
    if missing:
        say("not installed, left out: " + ", ".join(missing))
    return [name for name in names if name not in missing]


def make_folder(results):
    now = datetime.datetime.now().strftime("%Y-%m-%d-%H%M%S")
    folder = os.path.join(results, f"{now}-{platform.node()}")
    os.makedirs(folder, exist_ok=True)
    return folder


def run_rows(args, bench):
    """The whole result, as table.json has it."""
    result = {
        "date": datetime.datetime.now().strftime("%Y-%m-%d %H:%M"),
        "host": platform.node(), "machine": machine.describe(),
        "versions": machine.versions(args.prong),
        "rounds": args.rounds, "seconds": args.seconds,
        "load_before": machine.load(), "warning": machine.load_warning(),
        "rows": {}}
    for row in ROWS:
        if row.name in args.rows:
            say(row.title)
            result["rows"][row.name] = bench.run(row)
    result["load_after"] = machine.load()
    return result


def table(args, bench, folder):
    try:
        result = run_rows(args, bench)
    finally:
        bench.stop_all()
    report.save(folder, result)
    print(report.table(result))
    if not args.compare:
        return report.meets_marks(result)
    old = json.loads(machine.read(args.compare))
    reason = report.refusal(old, result)
    print(reason or report.difference(old, result))
    return reason is None


def extra(folder, name, figures, text):
    report.save_json(folder, name, figures)
    report.write(folder, name + ".md", text)
    print(text)


def run(args, place):
    rows.make_files(place.root)
    names, folder = present(place, args.servers), make_folder(args.results)
    bench = secure.Bench(place, names, args.rounds, args.seconds, say)
    fine = True
    if not (args.idle or args.callgrind or args.scale or args.freshness):
        fine = table(args, bench, folder)
    if args.idle:
        extra(folder, "idle", *idle.run(place, names, args.connections, say))
    if args.freshness:
        extra(folder, "freshness", *freshness.run(
            place, names, args.replacements, say))
    if args.scale:
        figures, text, chart = scale.run(bench, args.kinds)
        extra(folder, "scale", figures, text)
        report.write(folder, "scale.svg", chart)
    if args.callgrind:
        baseline = os.path.join(TOP, "tests/bench/baseline.json")
        figures, text, fine = callgrind.run(place, baseline, args.record,
                                            say)
        extra(folder, "callgrind", figures, text)
    say(f"written: {folder}")
    return 0 if fine else 1


def main():
    args = parse(sys.argv[1:])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if machine.load_warning():
        say("WARNING: " + machine.load_warning())
    servers.limit_files()
    if args.congestion:
        machine.isolate_network(args.congestion)
    work = tempfile.mkdtemp(prefix="prong-bench-")
    try:
        return run(args, servers.Place(work, args.build, args.prong))
    except RuntimeError as error:
        say(f"bench: {error}")
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        shutil.rmtree(work, ignore_errors=True)


sys.exit(main())
