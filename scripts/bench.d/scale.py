"""How the cost of a request grows with connections, files and routes.

SPDX-License-Identifier: MIT
"""
import os

import report
import rows
import servers

CONNECTIONS = (1, 64, 1000, 10000)
FILES = (1, 1000, 100000)
ROUTES = (1, 500)


def make_many(root, count):
    folder = os.path.join(root, "many")
    os.makedirs(folder, exist_ok=True)
    body = rows.text(1024)
    for i in range(count):
        with open(os.path.join(folder, str(i)), "wb") as file:
            file.write(body)


def turns(server, path, bench, connections=64, script=None, args=()):
    url = server.url(path)
    rows.warm(server, url, connections, script, args)
    return rows.summary([
        rows.drive(server, url, connections, bench.seconds, script, args)
        for _ in range(bench.rounds)])


def by_connections(bench, name):
    options = {"file": "1k.txt", "closes": False} if name == "floor" else {}
    server = servers.Server(bench.place, name, **options)
    try:
        for count in CONNECTIONS:
            bench.say(f"{name}: {count} connections")
            yield (f"{count} connections",
                   turns(server, "1k.txt", bench, connections=count))
    finally:
        server.stop()


# A server of its own for each count: its cache shall start empty.
def by_files(bench, name):
    script = rows.script_path(rows.Row("", "", "", script="many_files"))
    for count in FILES:
        bench.say(f"{name}: {count} files")
        server = servers.Server(bench.place, name)
        try:
            yield (f"{count} files", turns(server, "many/0", bench,
                                           script=script, args=[str(count)]))
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


def by_routes(bench):
    for count in ROUTES:
        bench.say(f"prong: {count} routes")
        server = servers.Server(bench.place, "prong",
                                routes=routes(bench.place, count))
        try:
            path = checked_path(server, count)
            yield f"{count} routes", turns(server, path, bench)
        finally:
            server.stop()


def link_routes(root):
    """/route-N/1k.txt, under the root of every route."""
    for count in ROUTES:
        folder = os.path.join(root, f"route-{count - 1}")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "1k.txt"), "wb") as file:
            file.write(rows.text(rows.SIZES["1k.txt"]))


def run(bench):
    """Returns the figures by server and case, and their table."""
    bench.say(f"making {max(FILES)} files")
    make_many(bench.place.root, max(FILES))
    link_routes(bench.place.root)
    figures = {}
    for name in bench.names:
        found = dict(by_connections(bench, name))
        if name != "floor":
            found.update(by_files(bench, name))
        if name == "prong":
            found.update(by_routes(bench))
        figures[name] = found
    lines = [report.cells(f"{name}, {case}", figure)[:6]
             for name, found in figures.items()
             for case, figure in found.items()]
    return figures, ("## Growth, 1 KiB files\n\n"
                     + report.markdown(list(report.COLUMNS[:6]), lines))
