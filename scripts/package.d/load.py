"""Requests all the time, on kept and on new connections, and counts.

SPDX-License-Identifier: MIT
"""
import http.client
import threading


class Load:
    """Clients that ask until stop(), each in a thread of its own."""

    def __init__(self, port, host, kept=2, new=2, pause=0.005):
        self.port, self.host, self.pause = port, host, pause
        self.answered, self.lost = 0, []
        self.lock = threading.Lock()
        self.ended = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(i < kept,),
                                         daemon=True)
                        for i in range(kept + new)]
        for thread in self.threads:
            thread.start()

    def ask(self, connection):
        connection.request("GET", "/", headers={"Host": self.host})
        response = connection.getresponse()
        response.read()
        if response.status != 200:
            raise OSError("status %d" % response.status)
        return response.will_close

    def run(self, is_kept):
        connection = None
        while not self.ended.is_set():
            try:
                if connection is None:
                    connection = http.client.HTTPConnection(
                        "127.0.0.1", self.port, timeout=20)
                if self.ask(connection) or not is_kept:
                    connection.close()
                    connection = None
                with self.lock:
                    self.answered += 1
            except (OSError, http.client.HTTPException) as error:
                with self.lock:
                    self.lost.append(repr(error))
                connection = None
            self.ended.wait(self.pause)
        if connection is not None:
            connection.close()

    def stop(self):
        self.ended.set()
        for thread in self.threads:
            thread.join()
        return self.answered, self.lost
