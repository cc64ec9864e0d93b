"""The servers: how each is configured for this work, started and stopped.

Every one is tuned as its users would for many small files: sendfile, open
files cached, no access log, connections kept without a limit, one worker.
A row below is a function that writes the files and returns the command.

SPDX-License-Identifier: MIT
"""
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import time

import machine

PEERS = ("nginx", "h2o", "lighttpd", "apache", "caddy")
SERVERS = ("floor", "prong", "prong-tuned") + PEERS + ("threads",)
TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
SERVER_CPU, CLIENT_CPU = 0, 1
START_LIMIT = STOP_LIMIT = 15  # seconds
FILES_LIMIT = 20000  # open descriptors of a process


class Place:
    """Where a run keeps its files, and what it runs."""

    def __init__(self, work, build, prong):
        self.work, self.build, self.prong = work, build, prong
        self.root = os.path.join(work, "root")
        self.user = "www-data" if os.getuid() == 0 else None
        os.makedirs(self.root)
        os.chmod(work, 0o755)

    def write(self, name, text):
        path = os.path.join(self.work, name)
        with open(path, "w") as file:
            file.write(text)
        return path

    def pair(self):
        """The certificate chain and the key of the rows with TLS."""
        chain, key = (os.path.join(self.work, "site" + end)
                      for end in (".crt", ".key"))
        if not os.path.exists(chain):
            subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                 "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj",
                 "/CN=localhost", "-addext",
                 "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key,
                 "-out", chain], check=True, stderr=subprocess.DEVNULL)
        return chain, key

    def floor_tls(self):
        """Not every build has the libraries, so it is compiled here."""
        program = os.path.join(self.work, "floor_tls")
        if not os.path.exists(program):
            subprocess.run(
                ["cc", "-O2", "-D_GNU_SOURCE", "-o", program,
                 os.path.join(TOP, "tests/bench/floor_tls.c"), "-lssl",
                 "-lcrypto", "-lnghttp2"], check=True)
        return program

    def tool(self, name):
        return os.path.join(self.build, "tests", "bench", name)


def is_tls(protocol):
    return protocol is not None and protocol.endswith("tls")


def prong_listen(place, port, protocol):
    listen = {"address": f"127.0.0.1:{port}"}
    if is_tls(protocol):
        chain, key = place.pair()
        listen["tls"] = {"certificates": [{"chain": chain, "key": key}]}
    elif protocol:
        listen["protocols"] = ["http/1.1", "h2"]
    return listen


def prong_conf(place, port, workers=1, log=None, routes=None, sites=None,
               protocol=None):
    conf = {
        "workers": workers,
        "listen": [prong_listen(place, port, protocol)],
        "timeouts": {"drain_delay": "0s", "drain": "1s"},
        "log": {"error": {"path": os.path.join(place.work, "prong.err"),
                          "level": "warn"}},
        "sites": sites or [{"routes": routes or [
            {"path": "/*", "root": place.root}]}],
    }
    if place.user or os.geteuid() == 0:
        conf["user"] = place.user or "root"
    if log:
        conf["log"]["access"] = {"path": log, "format": "json"}
    return conf


def prong(place, port, workers=1, **more):
    path = place.write(f"prong-{port}.json", json.dumps(
        prong_conf(place, port, workers, **more), indent=2))
    return [place.prong, "-c", path]


def tuned_program(place):
    return os.path.join(os.path.dirname(place.build), "build-tuned/prong")


def prong_tuned(place, port, workers=1):
    """What scripts/tune has built."""
    return [tuned_program(place)] + prong(place, port, workers)[1:]


def prong_log(place, port, workers=1):
    log = os.path.join(place.work, "access.log")
    return prong(place, port, workers, log=log)


def prong_json(place, port, workers=1):
    module = os.path.join(place.build, "workers/modules/.libs/hello.so")
    return prong(place, port, workers,
                 routes=[{"path": "/*", "module": module}])


def floor(place, port, file, closes, protocol=None):
    if protocol:
        size = os.path.getsize(os.path.join(place.root, file))
        return [place.floor_tls(), str(port), str(size),
                *(place.pair() if is_tls(protocol) else ())]
    command = [place.tool("floor_epoll"), str(port),
               os.path.join(place.root, file)]
    return command + (["close"] if closes else [])


def threads(place, port, workers=1):
    return [place.tool("thread_per_connection"), str(port), place.root]


NGINX_CACHE = f"""
    open_file_cache max={FILES_LIMIT // 2} inactive=60s;
    open_file_cache_valid 60s;
    open_file_cache_min_uses 1;"""


def nginx(place, port, workers=1, cache=NGINX_CACHE, protocol=None):
    user = f"user {place.user};" if place.user else ""
    speaks = " http2" if protocol in ("h2c", "h2-tls") else ""
    pair = ""
    if is_tls(protocol):
        speaks += " ssl"
        pair = "ssl_certificate {}; ssl_certificate_key {};".format(
            *place.pair())
    return ["nginx", "-c", place.write(f"nginx-{port}.conf", f"""
{user}
worker_processes {workers};
worker_rlimit_nofile {FILES_LIMIT};
pid {place.work}/nginx-{port}.pid;
daemon off;
error_log {place.work}/nginx.err crit;
events {{ worker_connections 19000; multi_accept on; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    tcp_nodelay on;
    keepalive_timeout 75s;
    keepalive_requests 1000000000;{cache}
    default_type text/plain;
    server {{
        listen 127.0.0.1:{port}{speaks} backlog=4096 reuseport;
        {pair}
        root {place.root};
    }}
}}
""")]


def nginx_plain(place, port, workers=1):
    """It opens each file anew."""
    return nginx(place, port, workers, cache="")


def h2o(place, port, workers=1, protocol=None):
    user = f"user: {place.user}" if place.user else ""
    pair = ""
    if is_tls(protocol):
        pair = "ssl:\n    certificate-file: {}\n    key-file: {}".format(
            *place.pair())
    return ["h2o", "-m", "worker", "-c", place.write(f"h2o-{port}.conf", f"""
{user}
num-threads: {workers}
max-connections: 19000
error-log: {place.work}/h2o.err
listen:
  host: 127.0.0.1
  port: {port}
  {pair}
hosts:
  default:
    paths:
      /:
        file.dir: {place.root}
        file.send-compressed: OFF
""")]


# Its counter of kept requests has 16 bits; more would be none.
def lighttpd(place, port, workers=1):
    user = f'server.username = "{place.user}"' if place.user else ""
    return ["lighttpd", "-D", "-f", place.write("lighttpd.conf", f"""
{user}
server.bind = "127.0.0.1"
server.port = {port}
server.document-root = "{place.root}"
server.max-worker = {workers if workers > 1 else 0}
server.max-fds = {FILES_LIMIT}
server.max-connections = 19000
server.max-keep-alive-requests = 65535
server.max-keep-alive-idle = 75
server.network-backend = "sendfile"
server.stat-cache-engine = "simple"
mimetype.assign = ( "" => "text/plain" )
""")]


APACHE_MODULES = ("mpm_event", "authz_core", "mime")


def apache(place, port, workers=1):
    modules = "\n".join(
        f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so"
        for name in APACHE_MODULES)
    user = f"User {place.user}\nGroup {place.user}" if place.user else ""
    return ["apache2", "-DFOREGROUND", "-f", place.write("apache.conf", f"""
{modules}
{user}
ServerRoot {place.work}
DefaultRuntimeDir {place.work}
PidFile {place.work}/apache.pid
ErrorLog {place.work}/apache.err
LogLevel crit
ServerName localhost
Listen 127.0.0.1:{port}
ListenBacklog 4096
StartServers {workers}
ServerLimit {workers}
ThreadsPerChild 64
ThreadLimit 64
MaxRequestWorkers {64 * workers}
AsyncRequestWorkerFactor 200
MaxConnectionsPerChild 0
KeepAlive On
KeepAliveTimeout 75
MaxKeepAliveRequests 0
EnableSendfile On
TypesConfig /dev/null
ForceType text/plain
DocumentRoot {place.root}
<Directory {place.root}>
    AllowOverride None
    Options FollowSymLinks
    Require all granted
</Directory>
""")]


def caddy(place, port, workers=1):
    path = place.write("Caddyfile", f"""
{{
    admin off
    auto_https off
    log {{
        level ERROR
    }}
}}
:{port} {{
    bind 127.0.0.1
    root * {place.root}
    file_server
}}
""")
    return ["env", f"GOMAXPROCS={workers}", f"XDG_DATA_HOME={place.work}",
            f"XDG_CONFIG_HOME={place.work}", "caddy", "run",
            "--adapter", "caddyfile", "--config", path]


COMMANDS = {
    "prong": prong, "prong-tuned": prong_tuned, "prong-log": prong_log,
    "prong-json": prong_json, "threads": threads, "nginx": nginx,
    "nginx-plain": nginx_plain, "h2o": h2o, "lighttpd": lighttpd,
    "apache": apache, "caddy": caddy, "floor": floor,
}
PROGRAMS = {"apache": "apache2", "nginx-plain": "nginx"}


def is_here(place, name):
    if name == "prong-tuned":
        return os.access(tuned_program(place), os.X_OK)
    if name.startswith("prong"):
        return os.access(place.prong, os.X_OK)
    if name in ("floor", "threads"):
        return True
    return shutil.which(PROGRAMS.get(name, name)) is not None


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def limit_files():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    limit = min(FILES_LIMIT, hard) if hard != -1 else FILES_LIMIT
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))


class Server:
    """One that runs; `pid` is its top process."""

    def __init__(self, place, name, pinned=True, prefix=(), **options):
        self.name, self.port = name, free_port()
        self.scheme = "https" if is_tls(options.get("protocol")) else "http"
        self.log = os.path.join(place.work, f"{name}.out")
        command = COMMANDS[name](place, self.port, **options)
        pin = ["taskset", "-c", str(SERVER_CPU)] if pinned else []
        with open(self.log, "wb") as out:
            self.process = subprocess.Popen(
                pin + list(prefix) + command, stdin=subprocess.DEVNULL,
                stdout=out, stderr=out, preexec_fn=limit_files)
        self.pid = self.process.pid
        self.wait_until_up(START_LIMIT * (10 if prefix else 1))

    def wait_until_up(self, limit):
        end = time.monotonic() + limit
        while time.monotonic() < end and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                time.sleep(0.05)
        self.stop()
        tail = " ".join(machine.read(self.log).split())[-300:]
        raise RuntimeError(f"did not start: {tail}")

    def url(self, path):
        return f"{self.scheme}://127.0.0.1:{self.port}/{path}"

    def pids(self):
        return machine.family(self.pid)

    def stop(self):
        """Ends it and what it forked, by their ids."""
        pids = self.pids()
        self.process.terminate()
        try:
            self.process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            for pid in pids:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            self.process.wait()
