"""The machine: processor time of processes, their memory, load, versions.

SPDX-License-Identifier: MIT
"""
import ctypes
import os
import platform
import re
import subprocess

TICK = 1e6 / os.sysconf("SC_CLK_TCK")  # microseconds
CALM_LOAD = 0.7
CONGESTION = "/proc/sys/net/ipv4/tcp_congestion_control"


def read(path):
    with open(path) as file:
        return file.read()


def family(pid):
    """pid and all its descendants; a process that just ended is left out."""
    pids = [pid]
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            for child in read(f"/proc/{pid}/task/{task}/children").split():
                pids += family(int(child))
    except OSError:
        pass
    return pids


def cpu_time(pids):
    """User and system microseconds of these processes so far: proc(5)."""
    user = system = 0
    for pid in pids:
        fields = read(f"/proc/{pid}/stat").rsplit(") ", 1)[1].split()
        user, system = user + int(fields[11]), system + int(fields[12])
    return user * TICK, system * TICK


def busy_time():
    """Microseconds that all CPUs were not idle, with what was stolen."""
    fields = [int(f) for f in read("/proc/stat").split("\n", 1)[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) * TICK


def memory(pids):
    """Proportional set size in KiB, summed."""
    return sum(int(re.search(r"^Pss:\s+(\d+)", read(
        f"/proc/{pid}/smaps_rollup"), re.M)[1]) for pid in pids)


def socket_memory():
    """KiB of the kernel's slabs, where sockets live."""
    return int(re.search(r"^Slab:\s+(\d+)", read("/proc/meminfo"), re.M)[1])


def first_line(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError:
        return "not here"
    lines = (done.stdout + done.stderr).strip().split("\n")
    found = re.search(r"\d+(\.\d+)+\S*", lines[0])
    return found[0] if found else "?"


def versions(prong):
    return {
        "prong": first_line(prong, "version"),
        "nginx": first_line("nginx", "-v"),
        "h2o": first_line("h2o", "-v"),
        "lighttpd": first_line("lighttpd", "-v"),
        "apache": first_line("apache2", "-v"),
        "caddy": first_line("caddy", "version"),
        "wrk": first_line("wrk", "-v"),
    }


def describe():
    model = re.search(r"^model name\s*: (.*)", read("/proc/cpuinfo"), re.M)
    total = re.search(r"^MemTotal:\s+(\d+)", read("/proc/meminfo"), re.M)
    system = re.search(r'^PRETTY_NAME="(.*)"', read("/etc/os-release"), re.M)
    return {
        "cpu": model[1] if model else platform.processor(),
        "cpus": os.cpu_count(),
        "memory_mib": int(total[1]) // 1024,
        "kernel": f"{platform.system()} {platform.release()}",
        "system": system[1] if system else "",
        "congestion": read(CONGESTION).strip(),
    }


def isolate_network(congestion):
    """Enters a network namespace with this congestion control; prong leaves
    bbr on loopback addresses of its own accord, other servers do not."""
    new_network = 0x40000000  # CLONE_NEWNET
    if ctypes.CDLL(None, use_errno=True).unshare(new_network) != 0:
        raise SystemExit("bench: --congestion: unshare: "
                         + os.strerror(ctypes.get_errno()))
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    try:
        with open(CONGESTION, "w") as file:
            file.write(congestion)
    except OSError as error:
        raise SystemExit(f"bench: --congestion {congestion}: {error}")


def load():
    return [float(f) for f in read("/proc/loadavg").split()[:3]]


def load_warning():
    """A sentence, or None when the machine is calm."""
    now = load()[0]
    if now <= CALM_LOAD:
        return None
    return (f"the load average is {now:.2f}: others work on this machine, "
            "and only ratios within the run may count")
