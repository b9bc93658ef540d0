"""The ECS API of a world: moto's response class with our operations in place of its own."""

from __future__ import annotations

from moto.core.responses import ActionResult
from moto.ecs.responses import EC2ContainerServiceResponse

from sandbox.services.ecs.api.definitions import Definitions
from sandbox.services.ecs.api.deployments import Deployments
from sandbox.services.ecs.api.services import Services
from sandbox.services.ecs.api.tasks import Tasks
from sandbox.services.ecs.effects import Ecs
from sandbox.services.ecs.state import TaskStatus


def responses(ecs: Ecs) -> type[EC2ContainerServiceResponse]:
    """What to route ECS's requests to: `url_paths["{0}/$"] = responses(ecs).dispatch`."""
    return type("SandboxEcsResponse", (Response,), {"ecs": ecs})


class Response(Services, Deployments, Tasks, Definitions, EC2ContainerServiceResponse):
    """ECS's operations in use; clusters and capacity providers stay moto's."""

    def describe_clusters(self) -> ActionResult:
        """moto's answer, with the counts of what lives in each cluster."""
        for cluster in self.ecs_backend.clusters.values():
            services = [
                service for service in self.ecs.services.values() if service.cluster == cluster.name
            ]
            tasks = [task for service in services for task in service.present()]
            waiting = sum(task.status in (TaskStatus.PROVISIONING, TaskStatus.PENDING) for task in tasks)
            cluster.active_services_count = sum(service.status == "ACTIVE" for service in services)
            cluster.pending_tasks_count = waiting
            cluster.running_tasks_count = len(tasks) - waiting
            cluster.registered_container_instances_count = len(self.ecs.world.instances(cluster.name))
        return super().describe_clusters()

    def delete_cluster(self) -> ActionResult:
        """Refused while services or tasks are left, as ECS does."""
        cluster = self.cluster(self._get_param("cluster"))
        for service in self.ecs.services.values():
            if service.cluster != cluster.name:
                continue
            if service.status == "ACTIVE":
                raise self.refused("ecs-cluster-services")
            if service.present():
                raise self.refused("ecs-cluster-tasks")
        return super().delete_cluster()
