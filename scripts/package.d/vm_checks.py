"""Runs in the machine of scripts/package.d/vm, as a service of its systemd.

SPDX-License-Identifier: MIT
"""
import hashlib
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

from load import Load

HERE = os.path.dirname(os.path.abspath(__file__))
CONFIG = "/etc/prong/prong.json"
LOG = "/var/log/prong/error.log"
PAUSE = 0.05  # s, between the requests of a client: the processor is emulated

# What dpkg, apt and systemd keep of every package.
KEPT = re.compile(r"^/(proc|sys|dev|run|tmp|root|var/(cache|tmp|log/journal)"
                  r"|var/lib/(dpkg|apt|systemd|logrotate)"
                  r"|var/log/(apt|dpkg\.log|alternatives\.log)"
                  r"|etc/(passwd|group|shadow|gshadow|subuid|subgid)-?$)")


def run(*words, is_good=True):
    done = subprocess.run(
        words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=300,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root",
             "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"})
    if (done.returncode == 0) != is_good:
        fail("%s: %d\n%s" % (" ".join(words), done.returncode, done.stdout))
    return done.stdout


def fail(text):
    print("FAILED: " + text.replace("\n", "\n   "))
    for words in (["systemctl", "--no-pager", "-l", "status", "prong"],
                  ["tail", "-n", "20", LOG]):
        said = subprocess.run(words, stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.STDOUT, check=False).stdout
        print("   " + said.replace("\n", "\n   "))
    sys.exit(1)


def check(is_good, text):
    if not is_good:
        fail(text)
    print("ok: " + text, flush=True)


def wait_for(condition, seconds, text):
    began = time.monotonic()
    while not condition():
        if time.monotonic() > began + seconds:
            fail("%s: not within %d s" % (text, seconds))
        time.sleep(0.1)
    print("ok: %s (%.1f s)" % (text, time.monotonic() - began), flush=True)


def get(path="/", port=80, host="127.0.0.1"):
    """Returns the status, 0 where no server answers, and the body."""
    connection = http.client.HTTPConnection(host, port, timeout=60)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read().decode()
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        connection.close()


def show(name, unit="prong"):
    return run("systemctl", "show", "-P", name, unit).strip()


def main_pid():
    return int(show("MainPID"))


def journal(*words):
    return run("journalctl", "--no-pager", "-o", "cat", "-b", *words)


def write(name, text):
    with open(name, "w", encoding="utf-8") as to:
        to.write(text)


def replace(name, old, new):
    with open(name, encoding="utf-8") as file:
        text = file.read()
    if old not in text:
        fail("%s has no %s" % (name, old))
    write(name, text.replace(old, new))


def list_files():
    found = set()
    for folder, folders, files in os.walk("/"):
        folders[:] = [f for f in folders
                      if not KEPT.match(os.path.join(folder, f))]
        found.update(path for path in
                     (os.path.join(folder, f) for f in folders + files)
                     if not KEPT.match(path))
    return found


def install(name="prong.deb"):
    return run("dpkg", "-i", HERE + "/" + name)


# ---- under load -------------------------------------------------------------

def under_load(text, action):
    load = Load(80, "localhost", kept=1, new=1, pause=PAUSE)
    time.sleep(1)
    action()
    time.sleep(1)
    answered, lost = load.stop()
    check(answered > 20 and not lost, "%s: %d requests answered, lost: %s" % (
        text, answered, lost[:5]))


def follows(text, action):
    """systemd knows the master that has taken over."""
    old = main_pid()
    under_load(text, action)
    wait_for(lambda: main_pid() not in (0, old) and not
             os.path.exists("/proc/%d" % old), 60,
             text + ": systemd follows, and the old master has ended")
    check(show("ActiveState") == "active" and show("NRestarts") == "0",
          text + ": the unit stays active")
    run("systemctl", "reload", "prong")


# ---- checks -----------------------------------------------------------------

def starts():
    install()
    check(show("ActiveState") == "active" and get()[0] == 200,
          "dpkg -i: the unit is active, and the default site is served")
    said = run("prong", "ps")
    check("sandbox: capabilities, no_new_privs, landlock, seccomp" in said,
          "the workers enter their whole sandbox inside that of the unit")
    for line in run("systemd-analyze", "security", "prong").splitlines():
        if "exposure" in line:
            print("   " + line)


def reloads():
    run("systemctl", "reload", "prong")
    check("generation 2" in show("StatusText"), "systemctl reload")
    write("/etc/prong/conf.d/wrong.json", '{\n  "wrokers": 3\n}\n')
    run("systemctl", "reload", "prong", is_good=False)
    check(show("ActiveState") == "active" and get()[0] == 200 and
          "reload refused" in show("StatusText"),
          "systemctl reload fails with a wrong file, and the server serves on")
    check("/etc/prong/conf.d/wrong.json:2:3: error" in journal("-u", "prong"),
          "the journal has the place of the mistake")
    os.remove("/etc/prong/conf.d/wrong.json")


def changes_version():
    follows("prong upgrade", lambda: run("prong", "upgrade"))
    follows("dpkg -i of a newer version", lambda: install("newer.deb"))
    follows("dpkg -i of the older one", lambda: install("prong.deb"))


def is_served_anew(old):
    return main_pid() not in (0, old) and get()[0] == 200


def recovers():
    old = main_pid()
    os.kill(old, signal.SIGKILL)
    wait_for(lambda: is_served_anew(old), 60,
             "kill -9 of a master that has taken over: it is restarted")
    restarts = show("NRestarts")
    run("prong", "upgrade")
    old = main_pid()
    time.sleep(40)
    check(main_pid() == old and show("NRestarts") == restarts,
          "a master that has taken over answers the watchdog")
    os.kill(old, signal.SIGSTOP)
    wait_for(lambda: is_served_anew(old), 120,
             "a stopped master: the watchdog has it restarted")
    check("Watchdog timeout" in journal("-u", "prong"), "and says so")


def drains():
    with open("/usr/share/prong/www/big", "wb") as to:
        to.truncate(50 * 1024 * 1024)
    client = subprocess.Popen(
        ["curl", "-s", "--limit-rate", "8M", "-o", "/dev/null", "-w",
         "%{http_code} %{size_download}", "http://127.0.0.1/big"],
        stdout=subprocess.PIPE, text=True)
    time.sleep(2)
    began = time.monotonic()
    run("systemctl", "stop", "prong")
    said = client.communicate()[0]
    check(said == "200 %d" % (50 * 1024 * 1024) and
          show("Result") == "success",
          "systemctl stop waits for a download: %s, %.1f s" % (
              said, time.monotonic() - began))
    os.remove("/usr/share/prong/www/big")
    run("systemctl", "start", "prong")


def rotates():
    run("logrotate", "-f", "/etc/logrotate.d/prong")
    get()
    wait_for(lambda: os.path.getsize("/var/log/prong/access.log") > 0, 20,
             "logrotate: the new log is written")


def logs_to_the_journal():
    replace(CONFIG, '"error": {"path": "/var/log/prong/error.log"}',
            '"error": {"path": "stderr"}')
    run("systemctl", "restart", "prong")
    worker = int(run("pgrep", "-f", "prong: worker 0").split()[0])
    os.kill(worker, signal.SIGSEGV)
    wait_for(lambda: "died of signal 11" in
             journal("-u", "prong", "-p", "err", "_COMM=prong"), 60,
             "the journal has a crash at priority err")
    check("listening on" in journal("-u", "prong", "-p", "notice..notice") and
          "listening on" not in journal("-u", "prong", "-p", "warning"),
          "and a notice at priority notice")


def runs_modules():
    """notes writes a database with its own threads; the unit has directories
    for such data."""
    os.makedirs("/var/lib/prong/notes", exist_ok=True)
    shutil.chown("/var/lib/prong/notes", "prong", "prong")
    write("/etc/prong/sites/notes.json", json.dumps({
        "hosts": ["notes.example"],
        "routes": [{"path": "/*", "module": "notes",
                    "sandbox": {"write": ["/var/lib/prong/notes"]},
                    "config": {"db": "/var/lib/prong/notes/notes.db"}}]}))
    run("systemctl", "reload", "prong")
    said = run("curl", "-s", "-i", "-H", "Host: notes.example", "-d",
               '{"title": "one", "text": "two"}', "-H",
               "Content-Type: application/json", "http://127.0.0.1/notes")
    check(" 201 " in said.splitlines()[0],
          "a module writes a database below StateDirectory=")
    os.remove("/etc/prong/sites/notes.json")
    shutil.rmtree("/var/lib/prong/notes")


def digest(data):
    return hashlib.sha256(data).hexdigest()


def reads_by_io_uring():
    content = os.urandom(5 * 1024 * 1024)
    with open("/usr/share/prong/www/cold", "wb") as to:
        to.write(content)
    os.sync()
    write("/etc/prong/conf.d/disk.json", '{"disk": {"mode": "io_uring"}}\n')
    run("systemctl", "restart", "prong")
    check("disk: io_uring" in journal("-u", "prong"),
          "disk.mode io_uring: a worker uses it")
    write("/proc/sys/vm/drop_caches", "3\n")
    done = subprocess.run(["curl", "-s", "http://127.0.0.1/cold"],
                          stdout=subprocess.PIPE, check=True)
    check(digest(done.stdout) == digest(content),
          "and serves a file that is not in memory")
    os.remove("/usr/share/prong/www/cold")
    os.remove("/etc/prong/conf.d/disk.json")


def limits_memory():
    os.makedirs("/etc/systemd/system/prong.service.d")
    write("/etc/systemd/system/prong.service.d/memory.conf",
          "[Service]\nMemoryMax=64M\n")
    run("systemctl", "daemon-reload")
    run("systemctl", "restart", "prong")
    # A quarter, for two workers.
    check("caches up to 8 MiB of files" in journal("-u", "prong"),
          "MemoryMax=64M: each worker caches up to 8 MiB, and says so")
    run("rm", "-r", "/etc/systemd/system/prong.service.d")
    run("systemctl", "daemon-reload")


def purges(before):
    run("dpkg", "--purge", "prong")
    check(run("sh", "-c", "pgrep -x prong || :") == "", "purge ends the server")
    left = sorted(list_files() - before)
    check(not left, "purge leaves nothing: %s" % left)
    with open("/etc/passwd", encoding="utf-8") as file:
        check("prong" not in file.read(), "the user is gone")


def is_free_of_denials():
    check("type=1326" not in journal("-k"), "no filter has ended a process")
    check(run("systemctl", "--failed", "--no-legend").strip() == "",
          "no unit has failed")


def checks_unit():
    before = list_files()
    starts()
    reloads()
    changes_version()
    recovers()
    drains()
    rotates()
    logs_to_the_journal()
    runs_modules()
    reads_by_io_uring()
    limits_memory()
    is_free_of_denials()
    purges(before)


def checks_socket():
    install()
    run("systemctl", "stop", "prong")
    replace(CONFIG, '"listen": ["*:80"]', '"listen": ["systemd:http"]')
    run("systemctl", "start", "prong.socket")
    check(show("ActiveState") == "inactive", "only the socket unit is active")
    check(get()[0] == 200, "a connection starts the service, and is served")
    check(get(host="::1")[0] == 200, "that of IPv6 as well")
    under_load("systemctl restart with the socket unit",
               lambda: run("systemctl", "restart", "prong"))
    follows("prong upgrade with the socket unit",
            lambda: run("prong", "upgrade"))
    is_free_of_denials()


def checks_ipv4():
    install()
    check(get()[0] == 200, "a kernel without IPv6: the site is served")
    replace(CONFIG, '"listen": ["*:80"]', '"listen": ["*:80", "[::]:80"]')
    run("systemctl", "reload", "prong", is_good=False)
    check("[::]:80" in journal("-u", "prong"),
          "an address of IPv6 is refused by its name")
    check(get()[0] == 200, "and the server serves on")
    replace(CONFIG, '"listen": ["*:80", "[::]:80"]',
            '"listen": ["systemd:http"]')
    run("systemctl", "stop", "prong")
    run("systemctl", "start", "prong.socket")
    check(get()[0] == 200, "the socket unit listens on IPv4 alone")
    is_free_of_denials()


def main():
    with open(HERE + "/name", encoding="utf-8") as file:
        name = file.read().strip()
    print(flush=True)  # behind what the firmware has written
    # A worker of an emulated machine may start slowly.
    os.makedirs("/etc/prong/conf.d")
    write("/etc/prong/conf.d/vm.json", '{"timeouts": {"ready": "2m"}}\n')
    {"unit": checks_unit, "socket": checks_socket, "ipv4": checks_ipv4}[name]()
    print("ok: all of " + name, flush=True)


main()
