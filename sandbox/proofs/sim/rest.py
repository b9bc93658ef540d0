"""How a service stands when all is quiet: what runs, what is set, and what a person is told of it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sandbox.proofs.sim import in_place
from sandbox.proofs.sim.course import Course
from sandbox.proofs.sim.play import Told
from sandbox.proofs.sim.truth import Rollout

FAILED = ("RolledBack", "RolloutFailed", "Quarantined")
ROLLING = ("RolloutInProgress", "DeadlineExceeded")
WELL = ("Synced",)
DRIFT = ("DriftDetected", "DriftFight")


@dataclass(frozen=True)
class End:
    """One service at the end. ours: the deployments that count as the controller's.

    other, other_told: the service that it waits for.
    """

    course: Course
    told: Told
    ours: Sequence[Rollout]
    other: Course | None
    other_told: Told | None

    def wrong(self) -> Iterator[str]:
        """ECS is what Git says, or what last succeeded, or a hold says why not; nothing is left to do."""
        if any(action.held is None for action in self.told.actions):
            yield f"there is still something to do: {self.told.actions}"
        if self.course.is_broken:
            if self.reason != "InvalidManifest" and self.reason not in FAILED:
                yield f"the manifest is broken, and the status is {self.reason}: {self.message}"
            return  # behind what nobody can read stands whichever one was read last
        if not self.told.live:
            if self._excuse() is None:
                yield f"there is no service ({self.reason}: {self.message})"
            return
        yield from self._revision()
        yield from self._fields()

    @property
    def reason(self) -> str:
        """What a person is told in one word."""
        status = self.told.record.status
        return status.reason.value if status else ""

    @property
    def message(self) -> str:
        status = self.told.record.status
        return status.message if status else ""

    @property
    def runs(self) -> str:
        """What ECS is set to run."""
        return self.course.images[self.told.live["taskDefinition"]]

    def _revision(self) -> Iterator[str]:
        """Git's newest that did not fail, else the last that ECS completed, never an older one."""
        stated, failed = self.course.newest, self._failed()
        known = failed.get(stated.image)
        if known is not None and self.course.may_be_lifted(known):
            return
        is_newest = known is None
        wanted = stated.image if is_newest else self._last_completed(failed)
        if wanted is None:
            return
        if self.runs != wanted:
            if self._excuse() is None:
                says = "Git says" if is_newest else "ECS last completed"
                yield f"ECS runs {self.runs}, and {says} {wanted} ({self.reason}: {self.message})"
            return
        yield from self._told_well(is_newest=is_newest)
        live = self.told.live
        if not self._is_at_rest and self._comes_to_rest():
            yield f"ECS does not rest: {live['runningCount']} of {live['desiredCount']} tasks run"

    def _told_well(self, *, is_newest: bool) -> Iterator[str]:
        """What a person is told fits what is so."""
        last = self.ours[-1]
        if last.stopped_at is not None:
            return  # what a person stopped and ECS could not bring back is both stopped and failed
        if not is_newest and self.reason not in FAILED:
            yield f"what Git says failed, and the status is {self.reason}: {self.message}"
        if is_newest and self._is_at_rest and not self.told.actions and self.reason not in WELL:
            yield f"all is as Git says, and the status is {self.reason}: {self.message}"

    @property
    def _is_at_rest(self) -> bool:
        live = self.told.live
        is_done = len(live["deployments"]) == 1 and live["deployments"][0]["rolloutState"] == "COMPLETED"
        return is_done and live["runningCount"] == live["desiredCount"]

    def _comes_to_rest(self) -> bool:
        """Not what a person cut short, nor what no breaker ends."""
        last = self.course.rollouts[-1]
        return last.stopped_at is None and not last.failed and self.course.service.breaker

    def _fields(self) -> Iterator[str]:
        """Every field in place is as Git says, but for what a hold, a scaler or the revision says."""
        unlike = in_place.unlike(self.course.newest, self.told.live, self.course.ever_stated)
        for name, sentence in unlike.items():
            if name == "desiredCount" and self.course.is_scaled:
                continue
            if name in self._held_as_drift() and not self.course.service.heals:
                continue
            if name == "enableExecuteCommand" and name in self.message and self.runs != self._newest_image:
                continue  # rests on the role of tasks, which the newest revision changes
            yield f"{sentence} ({self.reason}: {self.message})"

    @property
    def _newest_image(self) -> str:
        return self.course.newest.image

    def _held_as_drift(self) -> set[str]:
        held = [each for each in self.told.actions if each.held and each.held.reason.value in DRIFT]
        paths = [change.path for each in held for change in getattr(each, "changes", ())]
        return {path.split(".")[1].partition("[")[0] for path in paths if path.startswith("service.")}

    def _failed(self) -> dict[str, Rollout]:
        """What failed, and nobody asked to try it again since."""
        failed = {self.course.content(each): each for each in self.ours if each.failed}
        return {content: each for content, each in failed.items() if not self.course.is_lifted(each)}

    def _last_completed(self, failed: Mapping[str, Rollout]) -> str | None:
        """What never succeeded has nothing to go back to; nor has what went back and failed there, too."""
        good = [
            self.course.content(each) for each in self.course.rollouts if each.outcomes() == {"Succeeded"}
        ]
        return good[-1] if good and good[-1] not in failed else None

    def _excuse(self) -> str | None:
        """The hold that says why the newest does not run, if it is a true one."""
        image = self._newest_image
        last = self.ours[-1] if self.ours else None
        is_stopped = last is not None and last.stopped_at is not None and self.course.content(last) == image
        true = {
            "StoppedByHand": is_stopped,
            "RolloutFailed": is_stopped,  # and there was nothing to go back to
            "WaitingFor": self._waits(),
            "DriftDetected": not self.course.service.heals
            and any("taskDefinition" in call.params for call in self.course.by_hand),
        }
        if self.reason in ROLLING and "Waits until" in self.message:
            return self.reason if true["WaitingFor"] else None
        return self.reason if true.get(self.reason) else None

    def _waits(self) -> bool:
        """What was read at once changed another service too, and that one is not done.

        Nor is what mends that one later, while it is waited for.
        """
        if self.other is None or self.other_told is None:
            return False
        since = self.course.since.at
        together = [
            each
            for each in self.other.said
            if not any(each.at <= read < since for read in self.course.reads)
        ]
        if not together:
            return False
        if self.other.is_broken or not self.other_told.live:
            return True
        runs = self.other.images[self.other_told.live["taskDefinition"]]
        last = self.other.rollouts[-1]
        return runs != self.other.newest.image or last.outcomes() != {"Succeeded"}
