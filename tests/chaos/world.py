"""A sales team large enough for thousands of bookings: many hosts, round the clock, in small pools and on links."""

from bookit_async.sandbox.world import (
    Condition,
    Host,
    Input,
    Link,
    MeetingType,
    Member,
    Pool,
    Rule,
    Schedule,
    TriggerNode,
    World,
)

NODE = "Chaos"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOSTS_PER_POOL = 4
MEETING = MeetingType(name="Quick Call", minutes=15, slot_step=15, days_ahead=2)


def desks_for(bookings: int) -> int:
    """Return the number of desks: a desk is a single host and a pool, and a link to each."""
    return max(2, bookings // 120)


def world(bookings: int) -> World:
    """Return a world with about three slots for each booking, and a single-use link, `once0` and so on, for each."""
    desks = desks_for(bookings)
    hosts: list[Host] = []
    pools: list[Pool] = []
    rules: list[Rule] = []
    links: list[Link] = []
    for desk in range(desks):
        single, *members = (_host(desk, place) for place in range(1 + HOSTS_PER_POOL))
        hosts += [single, *members]
        pool = Pool(
            pool_id=f"pool{desk}", name=f"Pool {desk}", members=tuple(Member(user_id=one.user_id) for one in members)
        )
        pools.append(pool)
        alone = Schedule(meeting_type=MEETING.name, host=single.user_id)
        shared = Schedule(meeting_type=MEETING.name, pool=pool.pool_id)
        for kind, schedule in (("single", alone), ("pool", shared)):
            rules.append(Rule(when=(Condition(input="Desk", test="is", value=f"{kind}{desk}"),), then=schedule))
        links += [Link(link_id=f"single{desk}", schedule=alone), Link(link_id=f"pool{desk}", schedule=shared)]
    for number in range(bookings):
        shown = links[number * 7 % (2 * desks)]  # every second one is to a pool
        links.append(Link(link_id=f"once{number}", schedule=shown.schedule, single_use=True))
    node = TriggerNode(
        name=NODE,
        inputs=(Input(name="Desk"), Input(name="FirstName"), Input(name="LastName"), Input(name="Email")),
        rules=tuple(rules),
        prefill={"First Name": "FirstName", "Last Name": "LastName", "Email": "Email"},
    )
    return World(hosts=tuple(hosts), meeting_types=(MEETING,), pools=tuple(pools), nodes=(node,), links=tuple(links))


def _host(desk: int, place: int) -> Host:
    name = f"host{desk}x{place}"
    return Host(
        user_id=f"005{name}",
        first_name=name,
        last_name="Chaos",
        email=f"{name}@chaos.example",
        timezone="UTC",
        hours=dict.fromkeys(DAYS, "00:00-24:00"),
    )
