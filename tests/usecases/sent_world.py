"""A world in which WeCom was given a task."""

from ownerloop.domain.wecom_task import TaskState
from tests.usecases.wecom_world import World, reserved_for


def a_sent_world(*persons: str) -> World:
    world = World(*reserved_for(persons or ("p_1",)))
    world.send(f"c_{persons[0] if persons else 'p_1'}")
    return world


def states(world: World) -> set[TaskState]:
    return {task.state for task in world.tasks.held.values()}
