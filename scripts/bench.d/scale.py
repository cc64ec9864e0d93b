"""How the cost of a request grows with connections, files, routes, sites and
workers.

SPDX-License-Identifier: MIT
"""
import os

import plot
import report
import rows
import servers

CONNECTIONS = (1, 64, 1000, 10000)
FILES = (1, 1000, 10000, 100000, 1000000)
COLD = (10000, 100000)
ROUTES = SITES = (1, 500)
WORKERS = (1, 2, 4, 8)
CONNECTED_A_SECOND = 2000  # wrk opens no more on a busy machine


def make_many(root, count):
    folder = os.path.join(root, "many")
    os.makedirs(folder, exist_ok=True)
    body = rows.text(1024)
    for i in range(count):
        with open(os.path.join(folder, str(i)), "wb") as file:
            file.write(body)


def turns(server, path, bench, connections=64, script=None, args=()):
    url = server.url(path)
    if script:
        script = rows.script_path(rows.Row("", "", "", script=script))
    seconds = max(bench.seconds, connections // CONNECTED_A_SECOND)
    rows.warm(server, url, connections, script, args)
    return rows.summary([
        rows.drive(server, url, connections, seconds, script, args)
        for _ in range(bench.rounds)])


def by_connections(bench, name):
    options = {"file": "1k.txt", "closes": False} if name == "floor" else {}
    server = servers.Server(bench.place, name, **options)
    try:
        for count in CONNECTIONS:
            bench.say(f"{name}: {count} connections")
            yield count, turns(server, "1k.txt", bench, connections=count)
    finally:
        server.stop()


# A server of its own for each count: its cache shall start empty.
def by_files(bench, name, *mix):
    for count in FILES:
        bench.say(" ".join([f"{name}: {count} files", *mix]))
        server = servers.Server(bench.place, name)
        try:
            yield count, turns(server, "many/0", bench,
                               script="random_files",
                               args=[str(count), *mix])
        finally:
            server.stop()


def drop_pages(root, count):
    """The files are read from the disk again."""
    os.sync()
    for i in range(count):
        fd = os.open(os.path.join(root, "many", str(i)), os.O_RDONLY)
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(fd)


# No second before: it would read them.
def cold_turn(bench, name, count):
    server = servers.Server(bench.place, name)
    script = rows.script_path(rows.Row("", "", "", script="random_files"))
    try:
        drop_pages(bench.place.root, count)
        return rows.drive(server, server.url("many/0"), 64, bench.seconds,
                          script, [str(count)])
    finally:
        server.stop()


def by_cold(bench, name):
    """Neither the server nor the kernel has them in memory."""
    for count in COLD:
        bench.say(f"{name}: {count} files on disk")
        yield count, rows.summary([cold_turn(bench, name, count)
                                   for _ in range(bench.rounds)])


def by_zipf(bench, name):
    """A few of the files are asked for most of the time."""
    return by_files(bench, name, "zipf")


def by_workers(bench, name):
    """All on one processor: what they cost each other."""
    for count in WORKERS:
        bench.say(f"{name}: {count} workers")
        server = servers.Server(bench.place, name, workers=count)
        try:
            yield count, turns(server, "1k.txt", bench)
        finally:
            server.stop()


def routes(place, count):
    """The last one answers."""
    return [{"path": f"/route-{i}/*", "root": place.root}
            for i in range(count)]


def checked_path(server, count):
    """The path under the last route, once its answer is right."""
    path = f"route-{count - 1}/1k.txt"
    rows.SIZES[path] = rows.SIZES["1k.txt"]
    error = rows.wrong(rows.Row("", "", path), server.port)
    if error:
        raise RuntimeError(f"{path}: {error}")
    return path


def by_routes(bench, name):
    for count in ROUTES:
        bench.say(f"{name}: {count} routes")
        server = servers.Server(bench.place, name,
                                routes=routes(bench.place, count))
        try:
            yield count, turns(server, checked_path(server, count), bench)
        finally:
            server.stop()


def sites(place, count):
    """None but the last has the file."""
    folder = os.path.join(place.root, "none")
    os.makedirs(folder, exist_ok=True)
    return [{"hosts": [f"site-{i}.example"],
             "routes": [{"path": "/*", "root":
                         place.root if i == count - 1 else folder}]}
            for i in range(count)]


def by_sites(bench, name):
    for count in SITES:
        bench.say(f"{name}: {count} sites")
        server = servers.Server(bench.place, name,
                                sites=sites(bench.place, count))
        try:
            yield count, turns(server, "1k.txt", bench, script="host",
                               args=[f"site-{count - 1}.example"])
        finally:
            server.stop()


def link_routes(root):
    """/route-N/1k.txt, under the root of every route."""
    for count in ROUTES:
        folder = os.path.join(root, f"route-{count - 1}")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "1k.txt"), "wb") as file:
            file.write(rows.text(rows.SIZES["1k.txt"]))


KINDS = {"connections": by_connections, "files": by_files,
         "zipf": by_zipf, "cold": by_cold, "workers": by_workers, "routes": by_routes,
         "sites": by_sites}


def kinds_of(name, kinds):
    if name == "prong":
        return kinds
    known = ("connections",) if name == "floor" else tuple(KINDS)[:5]
    return [kind for kind in kinds if kind in known]


def run(bench, kinds):
    """Returns the figures by kind, server and count, their table and plot."""
    if {"files", "zipf", "cold"} & set(kinds):
        bench.say(f"making {max(FILES)} files")
        make_many(bench.place.root, max(FILES))
    link_routes(bench.place.root)
    figures = {kind: {} for kind in kinds}
    for name in bench.names:
        for kind in kinds_of(name, kinds):
            figures[kind][name] = dict(KINDS[kind](bench, name))
    lines = [report.cells(f"{name}, {count} {kind}", figure)[:6]
             for kind, servers_ in figures.items()
             for name, found in servers_.items()
             for count, figure in found.items()]
    return figures, ("## Growth, 1 KiB files\n\n"
                     + report.markdown(list(report.COLUMNS[:6]), lines)
                     ), plot.chart(figures)
