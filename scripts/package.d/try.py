"""Tries the package and the container files; see scripts/package.d/try.

Runs in namespaces of its own: mounts, network, processes.
SPDX-License-Identifier: MIT
"""
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

import yaml

from load import Load

TOP, OUT, BASE = sys.argv[1:4]
WORK = OUT + "/try"
ROOT = WORK + "/root"
CONTROL = ROOT + "/run/prong/control.sock"

# What dpkg, apt and systemd keep of every package.
KEPT = re.compile(r"^/(proc|dev|run|tmp|root|var/(lib/(dpkg|apt|systemd)|cache"
                  r"|log/(apt|dpkg\.log|alternatives\.log)|lib/logrotate)"
                  r"|etc/(passwd|group|shadow|gshadow)-?$)")


def fail(text):
    print("FAILED: " + text)
    sys.exit(1)


def check(is_good, text):
    if not is_good:
        fail(text)
    print("ok: " + text, flush=True)


def mount(*words):
    subprocess.run(["mount", *words], check=True)


def run(*words, is_good=True, env=None):
    """Runs a command in the chroot and returns what it writes."""
    done = subprocess.run(
        ["chroot", ROOT, *words], stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env=dict({"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root",
                  "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"},
                 **(env or {})), timeout=300)
    if (done.returncode == 0) != is_good:
        fail("%s: %d\n%s" % (" ".join(words), done.returncode, done.stdout))
    return done.stdout


def get(path, port=80, host="localhost"):
    """Returns status and body; 0 where no server answers."""
    request = urllib.request.Request(
        "http://127.0.0.1:%d%s" % (port, path), headers={"Host": host})
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def wait_for(condition, seconds, text):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            fail("%s: not within %d s" % (text, seconds))
        time.sleep(0.05)
    print("ok: " + text, flush=True)


def write(name, text):
    with open(ROOT + name, "w", encoding="utf-8") as to:
        to.write(text)


def make_chroot():
    shutil.rmtree(WORK, ignore_errors=True)
    os.makedirs(WORK)
    mount("-t", "tmpfs", "-o", "mode=0755", "tmpfs", WORK)
    for name in ("root", "upper", "work"):
        os.makedirs(WORK + "/" + name)
    mount("-t", "overlay", "overlay", "-o",
          "lowerdir=%s,upperdir=%s/upper,workdir=%s/work" % (BASE, WORK, WORK),
          ROOT)
    mount("-t", "proc", "proc", ROOT + "/proc")
    mount("-t", "tmpfs", "-o", "mode=0755", "tmpfs", ROOT + "/dev")
    for name in ("null", "zero", "random", "urandom"):
        open(ROOT + "/dev/" + name, "w", encoding="utf-8").close()
        mount("--bind", "/dev/" + name, ROOT + "/dev/" + name)
    os.makedirs(ROOT + "/dev/pts")
    mount("-t", "devpts", "devpts", ROOT + "/dev/pts")
    os.symlink("pts/ptmx", ROOT + "/dev/ptmx")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def list_files():
    found = {}
    for folder, folders, files in os.walk(ROOT):
        inside = folder[len(ROOT):] or "/"
        folders[:] = [f for f in folders
                      if not KEPT.match(os.path.join(inside, f))]
        for name in folders + files:
            path = os.path.join(inside, name)
            if not KEPT.match(path):
                status = os.lstat(ROOT + path)
                found[path] = (status.st_mode, status.st_uid, status.st_gid)
    return found


def find_package():
    return max(glob.glob(OUT + "/prong_*.deb"), key=os.path.getmtime)


def make_newer(package):
    """The same content with a higher version."""
    folder = WORK + "/newer"
    subprocess.run(["dpkg-deb", "-R", package, folder], check=True)
    control = folder + "/DEBIAN/control"
    with open(control, encoding="utf-8") as file:
        text = re.sub(r"(?m)^Version: (.*)$", r"Version: \1+1", file.read())
    with open(control, "w", encoding="utf-8") as file:
        file.write(text)
    subprocess.run(["dpkg-deb", "--root-owner-group", "-b", folder,
                    ROOT + "/root/newer.deb"], check=True,
                   stdout=subprocess.DEVNULL)
    shutil.copy(package, ROOT + "/root/prong.deb")


def apt(*words):
    return run("apt-get", "-q", "-y", "--no-install-recommends",
               "--allow-downgrades", *words)


def master():
    with open(ROOT + "/run/prong/prong.pid", encoding="utf-8") as file:
        return int(file.read())


def has_ended(pid):
    """True for a zombie, too: this is process 1, and reaps no daemon."""
    try:
        with open("/proc/%d/stat" % pid, encoding="utf-8") as file:
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def installs():
    apt("install", "/root/prong.deb")
    check(run("getent", "passwd", "prong").startswith("prong:"),
          "apt install makes the user")
    # What RuntimeDirectory= of the unit does.
    os.makedirs(ROOT + "/run/prong", exist_ok=True)
    said = run("prong", "check")
    check(said == "/etc/prong/prong.json: ok\n",
          "the configuration is good: " + said.strip())
    run("prong", "-d")
    status, body = get("/")
    check(status == 200 and "prong serves" in body, "the default site is there")
    check(get("/readyz", 9180)[0] == 200, "the admin address answers")
    users = {line.split()[0] for line in
             run("ps", "-eo", "user:20,args").splitlines() if "worker" in line}
    check(users == {"prong"}, "the workers are the user's")


def verify_unit():
    unit = ROOT + "/lib/systemd/system/prong.service"
    done = subprocess.run(["systemd-analyze", "verify", "--man=no",
                           "--root=" + ROOT, "prong.service", "prong.socket"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True)
    # The chroot has no other units.
    mine = [line for line in done.stdout.splitlines()
            if re.search(r"prong\.(service|socket):\d+:", line)]
    check(not mine, "systemd-analyze has nothing to say %s" % mine)
    with open(unit, encoding="utf-8") as file:
        text = file.read()
    check("\nType=notify\n" in text and
          "\nExecReload=/usr/bin/prong reload -c /etc/prong/prong.json\n" in text,
          "the unit is of type notify, and reloads with a verdict")


def reloads():
    os.makedirs(ROOT + "/srv/site")
    write("/srv/site/index.html", "one\n")
    write("/etc/prong/sites/site.json",
          '{"hosts": ["site.example"],'
          ' "routes": [{"path": "/*", "root": "/srv/site"}]}\n')
    check("reloaded: " in run("prong", "reload"), "prong reload says yes")
    wait_for(lambda: get("/", host="site.example")[1] == "one\n", 10,
             "a file in sites/ is a site")
    write("/etc/prong/conf.d/wrong.json", '{\n  "wrokers": 3\n}\n')
    check("/etc/prong/conf.d/wrong.json:2:3: error: wrokers: unknown key" in
          run("prong", "reload", is_good=False),
          "a mistake in conf.d/ is refused with its place")
    os.remove(ROOT + "/etc/prong/conf.d/wrong.json")


def changes_version(name, text):
    load = Load(80, "site.example")
    old = master()
    time.sleep(1)
    apt("install", name)
    wait_for(lambda: master() != old and has_ended(old), 60,
             text + ": another master serves, the old one has ended")
    time.sleep(1)
    answered, lost = load.stop()
    check(answered > 100 and not lost,
          "%s under load: %d answered, lost: %s" % (text, answered, lost[:5]))


def rotates():
    run("logrotate", "-f", "/etc/logrotate.d/prong")
    get("/", host="site.example")
    wait_for(lambda: os.path.getsize(ROOT + "/var/log/prong/access.log") > 0,
             10, "logrotate: the new log is written")


def purges(before):
    old = master()
    apt("purge", "prong")
    check(has_ended(old), "apt purge ends the server")
    shutil.rmtree(ROOT + "/srv/site")
    after = list_files()
    left = sorted(set(after) - set(before))
    check(not left, "apt purge leaves nothing: %s" % left)
    check(all(after.get(path) == before[path] for path in before),
          "and nothing has another owner or mode")
    with open(ROOT + "/etc/passwd", encoding="utf-8") as file:
        check("prong" not in file.read(), "the user is gone")


# ---- the container --------------------------------------------------------

def read_containerfile():
    """The instructions of the last stage: {"ENV": [...], ...}."""
    with open(TOP + "/conf/container/Containerfile", encoding="utf-8") as file:
        text = re.sub(r"(?m)^#.*\n", "", file.read()).replace("\\\n", " ")
    stage = {}
    for line in text[text.rindex("\nFROM "):].strip().splitlines():
        word, _, rest = line.partition(" ")
        stage.setdefault(word, []).append(rest.strip())
    return stage


def read_pod():
    with open(TOP + "/conf/container/kubernetes.yaml", encoding="utf-8") as file:
        documents = list(yaml.safe_load_all(file))
    kinds = {d["kind"]: d for d in documents}
    return kinds["Deployment"]["spec"]["template"]["spec"], kinds["ConfigMap"]


def fill_image(stage, config_map):
    apt("install", "/root/prong.deb")
    for line in stage["COPY"]:
        if not line.startswith("--from"):
            source, target = line.split()
            shutil.copy(os.path.join(TOP, source), ROOT + target)
    shutil.rmtree(ROOT + "/etc/prong/sites")
    os.makedirs(ROOT + "/etc/prong/sites")
    for name, text in config_map["data"].items():
        write("/etc/prong/sites/" + name, text)


def mount_volumes(pod):
    """The root is read-only, and empty directories are anybody's."""
    empty = {v["name"] for v in pod["volumes"] if "emptyDir" in v}
    paths = [ROOT + at["mountPath"] for at in
             pod["containers"][0]["volumeMounts"] if at["name"] in empty]
    for path in paths:
        os.makedirs(path, exist_ok=True)
    mount("-o", "remount,ro", ROOT)
    for path in paths:
        mount("-t", "tmpfs", "-o", "mode=0777", "tmpfs", path)


def start_container(stage, environment):
    """As process 1, of a user that no file knows, without capabilities."""
    return subprocess.Popen(
        ["unshare", "--pid", "--fork", "--kill-child", "chroot", ROOT,
         "setpriv", "--reuid=1234567", "--regid=0", "--clear-groups",
         "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs",
         *json.loads(stage["ENTRYPOINT"][0])],
        env=dict({"PATH": "/usr/sbin:/usr/bin:/bin"}, **environment),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True)


def seconds(text):
    return float(text.rstrip("s"))


def child_of(process):
    path = "/proc/%d/task/%d/children" % (process.pid, process.pid)
    with open(path, encoding="utf-8") as file:
        return int(file.read().split()[0])


def check_grace(pod, environment):
    readiness = pod["containers"][0]["readinessProbe"]
    noticed = readiness["periodSeconds"] * readiness["failureThreshold"]
    delay = seconds(environment["DRAIN_DELAY"])
    drain = seconds(environment["DRAIN"])
    check(pod["terminationGracePeriodSeconds"] == delay + drain + 5,
          "the grace period is drain_delay + drain + 5 s")
    check(delay > noticed, "drain_delay is longer than period x failures")
    return delay


def container():
    stage = read_containerfile()
    pod, config_map = read_pod()
    spec = pod["containers"][0]
    environment = dict(word.split("=") for word in stage["ENV"][0].split())
    environment.update({e["name"]: str(e["value"]) for e in spec["env"]})
    ports = {p["name"]: p["containerPort"] for p in spec["ports"]}
    ready = spec["readinessProbe"]["httpGet"]
    live = spec["livenessProbe"]["httpGet"]
    delay = check_grace(pod, environment)

    fill_image(stage, config_map)
    mount_volumes(pod)
    process = start_container(stage, environment)
    wait_for(lambda: process.poll() is not None or
             get(ready["path"], ports[ready["port"]])[0] == 200, 20,
             "the container starts")
    if process.poll() is not None:
        fail("it ended: " + process.stdout.read())
    check(get(ready["path"], ports[ready["port"]])[0] == 200,
          "the readiness probe passes")
    check(get(live["path"], ports[live["port"]])[0] == 200,
          "the liveness probe passes")
    check(get("/", ports["http"])[0] == 200, "the site is served")
    run("setpriv", "--reuid=1234567", "--regid=0", "--clear-groups",
        *json.loads(stage["HEALTHCHECK"][0].split("CMD ")[1]))
    print("ok: the health check of the image passes")

    load = Load(ports["http"], "site.example", kept=0, new=2)
    os.kill(child_of(process), getattr(signal, stage["STOPSIGNAL"][0]))
    began = time.monotonic()
    wait_for(lambda: get(ready["path"], ports[ready["port"]])[0] == 503, 2,
             "TERM: the readiness probe fails at once")
    time.sleep(max(0, delay - 1 - (time.monotonic() - began)))
    answered, lost = load.stop()
    check(answered > 100 and not lost,
          "and %d requests are answered meanwhile, lost: %s" % (
              answered, lost[:5]))
    status = process.wait(timeout=pod["terminationGracePeriodSeconds"])
    lines = process.stdout.read().splitlines()
    check(status == 0, "it exits with 0 after %.1f s" % (
        time.monotonic() - began))
    access = [line for line in lines if line.startswith("{")]
    check(access and all(json.loads(line) for line in access),
          "the access log is JSON on standard output")


def main():
    make_chroot()
    before = list_files()
    make_newer(find_package())
    installs()
    verify_unit()
    reloads()
    changes_version("/root/newer.deb", "upgrade")
    changes_version("/root/prong.deb", "downgrade")
    rotates()
    purges(before)
    container()
    print("the packages are good")


main()
