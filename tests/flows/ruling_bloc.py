"""Who takes part where the head rules: an agency's focal point, the head, a deputy, the head's desk."""

from dataclasses import dataclass

from tests.flows.people import Person
from tests.flows.world import World

SAMPLE = "noi-chinh-bac-kan-2024"
LETTER = "đã gửi công văn 145/BC ngày 10/6"


@dataclass
class Bloc:
    agency: Person
    head: Person
    deputy: Person
    desk: Person


async def begin(world: World) -> Bloc:
    await world.load(SAMPLE)
    places = (("STP", "focal"), ("CA", "leader"), ("QLTT", "leader"), ("CA", "desk"))
    return Bloc(*[await world.link(short, role) for short, role in places])
