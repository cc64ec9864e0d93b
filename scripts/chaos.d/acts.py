"""What the operator and the machine do to the server.

SPDX-License-Identifier: MIT
"""
import os
import signal
import time

import server as served
from http1 import Connection, Lost

SEGV_REPORT = "SEGV on unknown address"


class Acts:
    def __init__(self, server, tally, random, kills):
        self.server, self.tally, self.random = server, tally, random
        self.old = 0  # the master that was last upgraded
        self.crashed = set()  # pids that were sent SIGSEGV
        self.table = [(self.reload, 8), (self.scale, 3), (self.upgrade, 3),
                      (self.reopen, 2), (self.replace, 5), (self.broken, 3),
                      (self.move_root, 2)]
        if kills:
            self.table += [(self.kill, 2), (self.crash, 1), (self.stop, 3)]

    def one(self):
        act, = self.random.choices([act for act, _ in self.table],
                                   [weight for _, weight in self.table])
        began = time.monotonic()
        what = act()
        self.tally.acts[act.__name__] += 1
        took = time.monotonic() - began
        self.tally.log(f"{act.__name__}{what or ''}, {took:.2f} s")
        pid = self.server.pid()
        if pid is None or served.state(pid)[1] != self.server.session or \
                not served.is_alive(pid):
            self.tally.fault("failed", f"the pid file names {pid}")

    def order(self, command, *more):
        reason = self.server.order(command, *more)
        if reason is not None:
            self.tally.fault("failed", f"prong {command}: {reason}")
        return reason is None

    def reload(self):
        pick = self.random.choice
        more = dict(workers=pick([2, 3, 4]), second=pick([False, True]),
                    extra=pick([0, 1, 50]), access=pick(["combined", "json"]),
                    disk=pick(["auto", "threads", "blocking"]),
                    cached=pick(["96k", "256k"]))
        self.server.configure(**more)
        if self.order("reload"):
            self._see(self.server.port)
            if more["second"]:
                self._see(self.server.second)
        return f" {more}"

    def _see(self, port):
        """A new connection is answered by the new configuration."""
        try:
            connection = Connection(("127.0.0.1", port))
            body = connection.ask("/conf").body
            connection.close()
        except (Lost, OSError) as error:
            self.tally.fault("failed", f"port {port} after a reload: {error}")
            return
        if body != b"%d\n" % self.server.serial:
            self.tally.fault("failed", f"port {port}: configuration {body!r} "
                             f"after the reload of {self.server.serial}")

    def scale(self):
        workers = self.random.choice([2, 3, 4, 5])
        self.order("scale", str(workers))
        return f" {workers}"

    def upgrade(self):
        old = self.old = self.server.pid()
        # The new master writes the pid file when the command has its answer.
        if self.order("upgrade") and not self.server.wait(
                lambda: self.server.pid() not in (old, None), 10):
            self.tally.fault("failed", "the old master serves on after an "
                             "upgrade")

    def reopen(self):
        for name in ("error.log", "access.log"):
            path = f"{self.server.place}/{name}"
            os.rename(path, f"{path}.{self.server.serial}."
                            f"{time.monotonic_ns()}")
        self.order("reopen")
        for name in ("error.log", "access.log"):
            path = f"{self.server.place}/{name}"
            if not self.server.wait(lambda: os.path.exists(path), 20):
                self.tally.fault("failed", f"{name} was not reopened")

    def replace(self):
        self.server.replace()

    def broken(self):
        path = self.server.place + "/prong.json"
        with open(path, "rb") as file:
            right = file.read()
        wrong, said = self.random.choice([
            (right[:len(right) // 2], "prong.json:"),
            (right.replace(b'"workers"', b'"wrokers"'), "wrokers"),
            (right.replace(b"/echo.so", b"/absent.so"), "absent.so"),
            (b"", "prong.json")])
        with open(path, "wb") as file:
            file.write(wrong)
        command = self.random.choice(["reload", "reload", "upgrade"])
        reason = self.server.order(command)
        with open(path, "wb") as file:
            file.write(right)
        if reason is None or said not in reason:
            self.tally.fault("failed", f"{command} of a broken file, {said}: "
                             f"{reason}")
        return f" {command}"

    def move_root(self):
        self.server.away = True
        os.rename(self.server.place + "/moving", self.server.place + "/away")
        time.sleep(self.random.uniform(0.2, 2.5))
        os.rename(self.server.place + "/away", self.server.place + "/moving")
        self.server.away, self.server.back = False, time.monotonic()

    # ---- of a worker -------------------------------------------------------

    def _worker(self):
        """One that serves, if there is another."""
        workers = [worker for worker in self.server.ps()["workers"]
                   if worker["state"] == "serving"]
        if len(workers) < 2:
            return None
        return self.random.choice(workers)["pid"]

    def _end(self, number):
        """Stops it first, so that its connections are known; see stop()."""
        self.server.wait(lambda: not served.is_alive(self.old), 40)
        pid = self._worker()
        if pid is None:
            return " of none"
        os.kill(pid, signal.SIGSTOP)
        if not self.server.wait(lambda: served.state(pid)[0] in "TXZ", 10):
            return " of none"
        ports = served.client_ports(pid)
        self.tally.kill(ports)
        os.kill(pid, number)
        if number != signal.SIGKILL:  # it is pending
            os.kill(pid, signal.SIGCONT)
        if not self.server.wait(lambda: not served.is_alive(pid), 30):
            self.tally.fault("failed", f"worker {pid} outlives a signal")
        return f" {pid} with {len(ports)} connections"

    def kill(self):
        return self._end(signal.SIGKILL)

    def crash(self):
        what = self._end(signal.SIGSEGV)
        self.crashed.add(what.split()[0])
        return what

    def stop(self):
        """Not while an old master drains: at its end the kernel sends SIGHUP
        to a process group that loses its parent and has a stopped process
        (setpgid(2)), which is a reload."""
        self.server.wait(lambda: not served.is_alive(self.old), 40)
        pid = self._worker()
        if pid is None:
            return " of none"
        os.kill(pid, signal.SIGSTOP)
        time.sleep(self.random.uniform(0.3, 3))
        try:
            os.kill(pid, signal.SIGCONT)
        except ProcessLookupError:
            self.tally.fault("failed", f"worker {pid} died while stopped")
        return f" {pid}"
