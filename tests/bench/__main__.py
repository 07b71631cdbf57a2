"""`make bench [ONLY=turns,planning,status,footprint]`"""

import os

from tests.bench import footprint, planning, status, turns

PARTS = {"turns": turns.run, "planning": planning.run, "status": status.run, "footprint": footprint.run}

if __name__ == "__main__":
    for name in os.environ.get("ONLY", ",".join(PARTS)).split(","):
        PARTS[name]()
