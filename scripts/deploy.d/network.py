"""A server and its clients in two network namespaces, with a delay between.

Two TUN devices, one in each, and a process that takes a packet from one and
writes it to the other when its time has come: netem is not in every kernel.

SPDX-License-Identifier: MIT
"""
import collections
import fcntl
import os
import select
import struct
import subprocess
import threading
import time

import client
import server

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
SERVER, CLIENT = "10.99.0.1", "10.99.0.2"
PORT, ADMIN = 8080, 9180
SIZES = (4, 2, 4, 8)


def ip(*words):
    return subprocess.run(["ip", *words], capture_output=True, text=True)


def must(*words):
    done = ip(*words)
    if done.returncode != 0:
        raise OSError(f"ip {' '.join(words)}: {done.stderr.strip()}")


def open_tun(name):
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF,
                struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    return fd


class Network:
    """Namespaces that are gone, with all that is in them, at the end."""

    def __init__(self, delay):
        self.delay = delay / 1000
        self.names = [f"prong-{os.getpid()}-{end}" for end in ("s", "c")]
        self.fds = []
        self.ends = False
        self.thread = threading.Thread(target=self._carry)

    def open(self):
        for name, own, peer in zip(self.names, (SERVER, CLIENT),
                                   (CLIENT, SERVER)):
            device = f"pd{os.getpid() % 100000}{name[-1]}"
            must("netns", "add", name)
            self.fds.append(open_tun(device))
            must("link", "set", device, "netns", name)
            inside = ("-n", name)
            must(*inside, "link", "set", "lo", "up")
            must(*inside, "link", "set", device, "txqueuelen", "10000", "up")
            must(*inside, "addr", "add", own, "peer", peer, "dev", device)
        self.thread.start()

    def close(self):
        self.ends = True
        if self.thread.is_alive():
            self.thread.join()
        for fd in self.fds:
            os.close(fd)
        for name in self.names:
            ip("netns", "del", name)

    def set_migrate(self, value):
        """Whether a listener's queue may move when it is closed."""
        subprocess.run(
            ["ip", "netns", "exec", self.names[0], "sh", "-c",
             f"echo {value} >/proc/sys/net/ipv4/tcp_migrate_req"],
            check=True)

    def _carry(self):
        waiting = collections.deque()
        other = {self.fds[0]: self.fds[1], self.fds[1]: self.fds[0]}
        while not self.ends:
            limit = 0.1
            if waiting:
                limit = max(0, waiting[0][0] - time.monotonic())
            for fd in select.select(self.fds, [], [], limit)[0]:
                take(fd, other[fd], waiting, time.monotonic() + self.delay)
            now = time.monotonic()
            while waiting and waiting[0][0] <= now:
                give(*waiting.popleft()[1:])


def take(fd, to, waiting, due):
    try:
        while True:
            waiting.append((due, to, os.read(fd, 65536)))
    except BlockingIOError:
        pass


def give(fd, packet):
    try:
        os.write(fd, packet)
    except OSError:
        pass  # full: a network drops, too


def reload_it(one, _):
    one.order("reload")


def resize_it(one, i):
    one.configure(SIZES[i % len(SIZES)])
    one.order("reload")


def upgrade_it(one, _):
    one.upgrade()


ACTIONS = (("reload", reload_it), ("resize", resize_it),
           ("upgrade", upgrade_it))


def load_main(seconds_end, think):
    """Runs in the clients' namespace, until its input ends."""
    load = client.Load((SERVER, PORT))
    load.add(60, think, True, client.get("/small", server.SMALL))
    load.add(10, think, False, client.get("/small", server.SMALL, True))
    load.add(4, think, True, client.post("/echo", 32768))
    load.add(2, think, True, client.get("/large", server.LARGE))
    seconds_end()
    return load.stop(), load.slowest


def run_load(think, place):
    """The same, as a child: counts come back as a line."""
    reader, writer = os.pipe()
    done, end = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        os.close(end)
        fd = os.open("/run/netns/" + place, os.O_RDONLY)
        os.setns(fd, os.CLONE_NEWNET) if hasattr(os, "setns") else setns(fd)
        counts, slowest = load_main(lambda: os.read(done, 1), think)
        os.write(writer, repr((dict(counts), slowest)).encode())
        os._exit(0)
    os.close(writer)
    os.close(done)
    return pid, reader, end


def setns(fd):
    import ctypes
    clone_newnet = 0x40000000
    if ctypes.CDLL(None, use_errno=True).setns(fd, clone_newnet) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def end_load(pid, reader, end):
    os.close(end)
    with os.fdopen(reader) as file:
        text = file.read()
    os.waitpid(pid, 0)
    counts, slowest = eval(text, {"__builtins__": {}})
    return collections.Counter(counts), slowest


def measure(options, net, one, name, act, migrate, think):
    one.configure(4)
    one.order("reload")
    load = run_load(think, net.names[1])
    time.sleep(1)
    for i in range(options.count):
        act(one, i)
        time.sleep(0.15)
    time.sleep(0.5)
    counts, slowest = end_load(*load)
    return client.report(
        f"network: {name} x{options.count}, delay {options.delay} ms, "
        f"tcp_migrate_req {migrate}, think {think * 1000:.0f} ms",
        counts, slowest)


def run(options, place):
    """None: skipped; else whether nothing was lost."""
    net = Network(options.delay)
    one, good = None, True
    try:
        try:
            net.open()
            net.set_migrate(0)
        except (OSError, subprocess.CalledProcessError) as error:
            return print(f"network: skipped: {error}")
        one = server.Server(options.prong, place + "/0",
                            f"{SERVER}:{PORT}", f"{SERVER}:{ADMIN}", 4,
                            ("ip", "netns", "exec", net.names[0]))
        one.start()
        for migrate in (0, 1):
            net.set_migrate(migrate)
            for name, act in ACTIONS:
                for think in (0, 0.02):
                    good &= measure(options, net, one, name, act, migrate,
                                    think)
        return good
    finally:
        if one:
            one.kill()
        net.close()
