"""`make bench [ONLY=turns,telegram,planning,status,footprint,province]`"""

import os

from tests.bench import footprint, planning, province, schedulers, status, telegram, turns

PARTS = {
    "turns": turns.run,
    "telegram": telegram.run,
    "planning": planning.run,
    "schedulers": schedulers.run,
    "status": status.run,
    "footprint": footprint.run,
    "province": province.run,
}

if __name__ == "__main__":
    for name in os.environ.get("ONLY", ",".join(PARTS)).split(","):
        PARTS[name]()
