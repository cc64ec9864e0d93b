"""What was asked, and what became of it.

SPDX-License-Identifier: MIT
"""
import collections
import threading
import time

SHOWN = 40  # losses and faults that are printed in full


class Tally:
    def __init__(self):
        self.lock = threading.Lock()
        self.began = time.monotonic()
        self.requests = collections.Counter()  # by kind of client
        self.counts = collections.Counter()
        self.acts = collections.Counter()
        self.killed = {}  # a client's port: when its worker was killed
        self.cut = 0  # connections of workers that were killed
        self.shown = 0

    def answered(self, kind, count=1):
        with self.lock:
            self.requests[kind] += count

    def count(self, what):
        with self.lock:
            self.counts[what] += 1

    def log(self, text):
        print(f"{time.monotonic() - self.began:7.2f} {text}", flush=True)

    def fault(self, what, text):
        """Counts, and says it."""
        with self.lock:
            self.counts[what] += 1
            self.shown += 1
        if self.shown <= SHOWN:
            self.log(f"{what.upper()}: {text}")

    def kill(self, ports):
        """The worker that holds these connections is about to die."""
        now = time.monotonic()
        with self.lock:
            self.cut += len(ports)
            for port in ports:
                self.killed[port] = now

    def lost(self, kind, connection, began, error):
        """A request that began then was not answered."""
        port = connection.port if connection else None
        at = self.killed.get(port)
        if at and connection.born < at:
            self.count("lost at a kill" if began < at
                       else "closed idle at a kill")
            return
        now = time.monotonic()
        self.fault("lost", f"{kind}: {error}; port {port}, connection of "
                           f"{now - connection.born if connection else 0:.2f}"
                           f" s, request of {now - began:.2f} s")
