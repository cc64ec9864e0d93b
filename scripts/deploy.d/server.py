"""An instance of prong in a directory of its own.

SPDX-License-Identifier: MIT
"""
import json
import os
import signal
import socket
import subprocess
import time

LIMIT = 40  # seconds, for anything it is asked; a drain may take 30
SMALL, LARGE = b"small\n" * 100, os.urandom(1 << 20)


def wait_for(what, condition):
    end = time.monotonic() + LIMIT
    while not condition():
        if time.monotonic() > end:
            raise SystemExit(f"deploy: {what}: not in {LIMIT} s")
        time.sleep(0.01)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    def __init__(self, prong, place, listen, admin, workers=2, prefix=()):
        self.command = [*prefix, prong, "-c", place + "/prong.json"]
        self.prong, self.place = prong, place
        self.listen, self.admin, self.prefix = listen, admin, list(prefix)
        os.makedirs(place + "/www")
        self._write("www/small", SMALL)
        self._write("www/large", LARGE)
        self.configure(workers)
        self.process = None

    def _write(self, name, content):
        with open(os.path.join(self.place, name), "wb") as file:
            file.write(content)

    def configure(self, workers, drain_delay="0s"):
        """drain_delay: None for the default."""
        self.conf = {
            "workers": workers,
            "pid_file": self.place + "/pid",
            "control": self.place + "/control",
            "listen": [self.listen],
            "admin": {"listen": self.admin},
            "timeouts": {"drain_delay": drain_delay} if drain_delay else {},
            "log": {"error": {"path": self.place + "/error.log"}},
            "sites": [{"routes": [
                {"path": "/echo", "module": "echo"},
                {"path": "/*", "root": self.place + "/www"}]}]}
        if os.geteuid() == 0:  # others may not enter the place
            self.conf["user"] = "root"
        self._write("prong.json", json.dumps(self.conf).encode())

    def start(self):
        self.process = subprocess.Popen(self.command,
                                        stderr=subprocess.DEVNULL)
        wait_for("the pid file", lambda: self.pid() is not None)
        self.order("ps")

    def pid(self):
        try:
            with open(self.place + "/pid") as file:
                return int(file.read())
        except (OSError, ValueError):
            return None

    def order(self, command, *more):
        """Fails unless the server says yes."""
        done = subprocess.run(
            [self.prong, command, "-c", self.place + "/prong.json", *more],
            capture_output=True, text=True, timeout=LIMIT * 2)
        if done.returncode != 0:
            raise SystemExit(f"deploy: prong {command}: {done.stderr}")
        return done.stdout

    def upgrade(self):
        old = self.pid()
        self.order("upgrade")
        wait_for("the old master's end",
                 lambda: self.pid() != old and not is_alive(old))

    def drain(self):
        """TERM, and waits for its end."""
        pid = self.pid()
        os.kill(pid, signal.SIGTERM)
        wait_for("the end of a drain", lambda: not is_alive(pid))
        self.reap()

    def reap(self):
        if self.process and self.process.poll() is not None:
            self.process = None

    def kill(self):
        pid = self.pid()
        for one in {pid, self.process.pid if self.process else None} - {None}:
            if is_alive(one):
                os.kill(one, signal.SIGTERM)
                os.kill(one, signal.SIGTERM)
        if self.process:
            self.process.wait(LIMIT)


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
