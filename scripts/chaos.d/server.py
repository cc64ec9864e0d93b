"""The server under test, in a directory of its own.

SPDX-License-Identifier: MIT
"""
import json
import os
import random
import signal
import socket
import subprocess
import time

LIMIT = 90  # seconds, for anything it is asked

SMALL = b"".join(b"%d small\n" % n for n in range(100))
TEXT = b"".join(b"%d a line that compresses\n" % n for n in range(3000))
LARGE = random.Random(1).randbytes(6 << 20)
MANY = 400


def many(number):
    return random.Random(number).randbytes(1000 + number * 37)


def version(number):
    """The content of the file that is replaced."""
    return b"version %d\n" % number * 2000


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def is_alive(pid):
    return state(pid)[0] not in "ZX"


def state(pid):
    """The state of a process and its session."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return fields[0], int(fields[3])
    except OSError:
        return "X", 0


def descriptors(pid):
    """What the descriptors of a process are."""
    found = []
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            found.append(os.readlink(f"/proc/{pid}/fd/{name}"))
        except OSError:
            pass
    return found


def client_ports(pid):
    """The clients' ports of the TCP connections that a process holds."""
    inodes = {name[8:-1] for name in descriptors(pid)
              if name.startswith("socket:[")}
    ports = set()
    with open("/proc/net/tcp") as file:
        for line in list(file)[1:]:
            fields = line.split()
            if fields[9] in inodes and fields[3] != "0A":
                ports.add(int(fields[2].split(":")[1], 16))
    return ports


def named_descriptors(pid):
    """With each address listened on once: a scale to fewer workers keeps its
    sockets, since closing one would reset the clients in its queue."""
    with open("/proc/net/tcp") as file:
        rows = [line.split() for line in file][1:]
    addresses = {f"socket:[{row[9]}]": "listening on port " +
                 str(int(row[1].split(":")[1], 16))
                 for row in rows if row[3] == "0A"}
    found = descriptors(pid)
    return [name for name in found if name not in addresses] + \
        sorted({addresses[name] for name in found if name in addresses})


class Server:
    def __init__(self, top, prong, place, kills):
        self.top, self.prong, self.place = top, prong, place
        self.kills = kills
        self.port, self.tls_port, self.second = free_ports(3)
        self.serial = 0
        self.process = None
        self.version = 1
        self.away, self.back = False, 0
        self.has_tls = self.has_h2 = False
        self.modules = os.path.join(os.path.dirname(prong),
                                    "workers/modules/.libs")
        self._make_files()
        self._make_module()
        self._make_certificate()
        self._find_protocols()

    def _write(self, name, content):
        path = os.path.join(self.place, name)
        with open(path + ".new", "wb") as file:
            file.write(content)
        os.rename(path + ".new", path)

    def _make_files(self):
        for name in ("www/many", "moving", "temp"):
            os.makedirs(f"{self.place}/{name}")
        self._write("www/small", SMALL)
        self._write("www/large", LARGE)
        self._write("www/text.txt", TEXT)
        self._write("www/replaced", version(1))
        self._write("moving/file", SMALL)
        for number in range(MANY):
            self._write(f"www/many/{number}", many(number))

    def _make_module(self):
        subprocess.run(
            ["cc", "-shared", "-fPIC", "-I", self.top + "/workers/api",
             "-o", self.place + "/slow.so",
             self.top + "/scripts/chaos.d/slow.c"], check=True)

    def _make_certificate(self):
        try:
            subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                 "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                 "/CN=a", "-addext", "subjectAltName=DNS:a", "-keyout",
                 self.place + "/key", "-out", self.place + "/chain"],
                check=True, capture_output=True)
            self.has_tls = True
        except (OSError, subprocess.CalledProcessError):
            pass

    def _find_protocols(self):
        """What was not built in is not configured."""
        for name in ("has_h2", "has_tls"):
            before = self.has_h2, self.has_tls
            self.has_h2, self.has_tls = name == "has_h2", (
                name == "has_tls" and before[1])
            self.configure()
            works = self._run("check").returncode == 0
            self.has_h2, self.has_tls = before
            setattr(self, name, works and (name == "has_h2" or before[1]))

    def _listen(self, second):
        addresses = [{"address": f"127.0.0.1:{self.port}"}]
        if self.has_h2:
            addresses[0]["protocols"] = ["http/1.1", "h2"]
        if self.has_tls:
            addresses.append({
                "address": f"127.0.0.1:{self.tls_port}",
                "tls": {"certificates": [{"chain": self.place + "/chain",
                                          "key": self.place + "/key"}]}})
        if second:
            addresses.append({"address": f"127.0.0.1:{self.second}"})
        return addresses

    def configure(self, workers=2, second=False, extra=0, disk="auto",
                  cached="256k", access="combined"):
        self.serial += 1
        routes = [{"path": f"/extra{n}/*", "return": 404}
                  for n in range(extra)]
        routes += [
            {"path": "/conf", "return": 200, "text": f"{self.serial}\n"},
            {"path": "/echo", "module": self.modules + "/echo.so"},
            {"path": "/slow", "module": self.place + "/slow.so"},
            {"path": "/live/*", "module": self.modules + "/events.so",
             "config": {"tick": 200}},
            {"path": "/moving/*", "root": self.place + "/moving"},
            {"path": "/*", "root": self.place + "/www"}]
        conf = {
            "workers": workers, "pid_file": self.place + "/pid",
            "control": self.place + "/control",
            "temp_path": self.place + "/temp",
            "listen": self._listen(second),
            "timeouts": {"drain_delay": "0s", "drain": "12s", "idle": "10s",
                         "ready": "40s"},
            "disk": {"mode": disk}, "limits": {"cached_file": cached},
            "log": {"error": {"path": self.place + "/error.log"},
                    "access": {"path": self.place + "/access.log",
                               "format": access}},
            "sites": [{"routes": routes}]}
        if self.kills:  # a crash is no reason to roll back
            conf["timeouts"]["probation"] = "0s"
        if os.geteuid() == 0:  # others may not enter the place
            conf["user"] = "root"
        self._write("prong.json", json.dumps(conf).encode())

    def replace(self):
        self.version += 1
        self._write("www/replaced", version(self.version))

    def was_away(self, began):
        """The moving root, then or in the five seconds before."""
        return self.away or began < self.back + 5

    def _run(self, command, *more):
        return subprocess.run(
            [self.prong, command, "-c", self.place + "/prong.json", *more],
            capture_output=True, text=True, timeout=LIMIT)

    def order(self, command, *more):
        """Returns the reason of a refusal, or None."""
        done = self._run(command, *more)
        return None if done.returncode == 0 else done.stderr.strip()

    def ps(self):
        done = self._run("ps", "-j")
        if done.returncode != 0:
            raise SystemExit(f"chaos: prong ps: {done.returncode}, "
                             f"{done.stderr}")
        return json.loads(done.stdout)

    def start(self):
        self.configure()
        options = "log_path=%s/%s:handle_abort=0"
        environment = dict(
            os.environ,
            ASAN_OPTIONS=options % (self.place, "sanitizer") +
            ":detect_stack_use_after_return=1",
            UBSAN_OPTIONS=options % (self.place, "sanitizer") +
            ":print_stacktrace=1")
        with open(self.place + "/stderr", "wb") as stderr:
            self.process = subprocess.Popen(
                [self.prong, "-c", self.place + "/prong.json"],
                stderr=stderr, env=environment, start_new_session=True)
        self.session = self.process.pid
        if not self.wait(lambda: self.pid() and
                         self.order("ps") is None):
            raise SystemExit("chaos: the server does not start: " +
                             self.errors()[-2000:])

    def wait(self, condition, limit=LIMIT):
        end = time.monotonic() + limit
        while not condition():
            self.process.poll()
            if time.monotonic() > end:
                return False
            time.sleep(0.05)
        return True

    def pid(self):
        try:
            with open(self.place + "/pid") as file:
                return int(file.read())
        except (OSError, ValueError):
            return None

    def errors(self):
        text = ""
        for name in sorted(os.listdir(self.place)):
            if name.startswith(("error.log", "stderr")):
                with open(f"{self.place}/{name}", errors="replace") as file:
                    text += file.read()
        return text

    def processes(self):
        """All that descend from the server."""
        self.process.poll()
        return [int(name) for name in os.listdir("/proc") if name.isdigit()
                and state(name)[1] == self.session and is_alive(name)]

    def is_settled(self):
        """Only one generation, and all of it serves."""
        ps = self.ps()
        return all(worker["state"] == "serving" and
                   worker["generation"] == ps["master"]["generation"]
                   for worker in ps["workers"]) and \
            len(ps["workers"]) == ps["master"]["workers"]

    def census(self):
        """The descriptors of the master, and the most of a worker."""
        return (named_descriptors(self.pid()),
                max((named_descriptors(worker["pid"])
                     for worker in self.ps()["workers"]), key=len))

    def end(self):
        """Kills what is left; for all ways out."""
        if self.process:
            for pid in self.processes():
                os.kill(pid, signal.SIGKILL)
            self.process.wait()
