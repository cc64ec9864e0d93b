"""What a deploy costs; see scripts/deploy.

SPDX-License-Identifier: MIT
"""
import argparse
import os
import shutil
import sys
import tempfile

import haproxy
import network

PLACES = {"haproxy": haproxy.run, "httpclose": haproxy.run_httpclose,
          "network": network.run}


def parse():
    top = os.path.dirname(os.path.dirname(os.path.dirname(
        os.path.abspath(__file__))))
    p = argparse.ArgumentParser(prog="scripts/deploy")
    p.add_argument("place", nargs="*", help="; ".join(PLACES))
    p.add_argument("--prong", default=top + "/build/prong", metavar="FILE")
    p.add_argument("--rounds", type=int, default=5, metavar="N",
                   help="haproxy: restarts of each instance (5)")
    p.add_argument("--rate", type=int, default=500, metavar="N",
                   help="haproxy: requests a second (500)")
    p.add_argument("--count", type=int, default=20, metavar="N",
                   help="network: times that each thing is done (20)")
    p.add_argument("--delay", type=int, default=50, metavar="MS",
                   help="network: of a packet, each way (50)")
    options = p.parse_args()
    for place in options.place:
        if place not in PLACES:
            p.error(f"no place '{place}'; there are: {', '.join(PLACES)}")
    options.prong = os.path.abspath(options.prong)
    return options


def main():
    options = parse()
    failed = False
    for place in options.place or PLACES:
        work = tempfile.mkdtemp(prefix="prong-deploy-")
        os.chmod(work, 0o755)
        try:
            failed |= PLACES[place](options, work) is False
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
