"""A rolling restart behind HAProxy.

It neither retries a request nor sends it to another server: so every request
that prong loses is seen.  Once it keeps its connections to three instances and
checks them ten times a second; once, "httpclose", it makes a connection for
each request to one of two, a few a second, and all that matters is the default
on both sides: checks of HAProxy, timeouts.drain_delay of prong.

SPDX-License-Identifier: MIT
"""
import os
import shutil
import socket
import subprocess
import time

import client
import server

INSTANCES, CLIENTS = 3, 25
DRAIN_DELAY = "1s"
GAP = 6  # seconds without the instance: HAProxy would have noticed by then

CONF = """\
global
    stats socket {place}/stats mode 600
defaults
    mode http
    retries 0
    timeout connect 2s
    timeout client 10s
    timeout server 10s
    timeout http-keep-alive 60s
frontend front
    bind 127.0.0.1:{port}
    default_backend prong
backend prong
    balance roundrobin
    http-reuse always
    option httpchk
    http-check send meth GET uri /readyz
    http-check expect status 200
    default-server check inter 100ms fall 2 rise 1
"""

CLOSE = {
    "http-reuse always": "option httpclose",
    "default-server check inter 100ms fall 2 rise 1": "default-server check",
}


def find():
    return shutil.which("haproxy", path=os.environ["PATH"] + ":/usr/sbin")


def write_conf(place, port, ports, changes):
    conf = CONF
    for old, new in changes.items():
        conf = conf.replace(old, new)
    with open(place + "/haproxy.cfg", "w") as file:
        file.write(conf.format(place=place, port=port))
        for i, (listen, admin) in enumerate(ports):
            file.write(f"    server s{i} 127.0.0.1:{listen} "
                       f"check port {admin}\n")


def ask(place, command):
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(place + "/stats")
        s.sendall(command.encode() + b"\n")
        return b"".join(iter(lambda: s.recv(65536), b"")).decode()


def is_up(place, i):
    """As HAProxy sees it."""
    for line in ask(place, "show stat").splitlines():
        columns = line.split(",")
        if columns[:2] == ["prong", f"s{i}"]:
            return columns[17] == "UP"
    return False


def restart_in_turn(options, place, servers, gap):
    for _ in range(options.rounds):
        for i, instance in enumerate(servers):
            instance.drain()
            time.sleep(gap)
            instance.start()
            server.wait_for(f"s{i} up", lambda n=i: is_up(place, n))
            time.sleep(0.3)


def start_all(options, place, ports, delay):
    servers = []
    for i, (listen, admin) in enumerate(ports):
        one = server.Server(options.prong, f"{place}/{i}",
                            f"127.0.0.1:{listen}", f"127.0.0.1:{admin}")
        one.configure(2, delay)
        one.start()
        servers.append(one)
    return servers


def run(options, place):
    def add(load):
        think = CLIENTS / options.rate
        load.add(CLIENTS * 4 // 5, think, True,
                 client.get("/small", server.SMALL))
        load.add(CLIENTS // 5, think, True, client.post("/echo", 4096))

    return deploy(options, place, "haproxy", INSTANCES, DRAIN_DELAY, 0, {}, add)


def run_httpclose(options, place):
    def add(load):
        load.add(1, 0.7, False, client.get("/small", server.SMALL))

    options.rounds = min(options.rounds, 1)
    return deploy(options, place, "httpclose", 2, None, GAP, CLOSE, add)


def deploy(options, place, name, instances, delay, gap, changes, add):
    """None: skipped; else whether nothing was lost."""
    if not find():
        return print(f"{name}: skipped: HAProxy is not installed")
    port = server.free_port()
    ports = [(server.free_port(), server.free_port())
             for _ in range(instances)]
    write_conf(place, port, ports, changes)
    servers = start_all(options, place, ports, delay)
    balancer = subprocess.Popen([find(), "-q", "-f", place + "/haproxy.cfg"])
    try:
        server.wait_for("HAProxy", lambda: os.path.exists(place + "/stats")
                        and all(is_up(place, i) for i in range(instances)))
        load = client.Load(("127.0.0.1", port))
        add(load)
        began = time.monotonic()
        restart_in_turn(options, place, servers, gap)
        took = time.monotonic() - began
        counts = load.stop()
        rate = sum(counts.values()) / took
        return client.report(
            f"{name}: {instances} instances x {options.rounds} restarts, "
            f"{rate:.0f} requests/s", counts, load.slowest)
    finally:
        if "load" in locals():
            load.ends.set()
        balancer.kill()
        balancer.wait()
        for one in servers:
            one.kill()
