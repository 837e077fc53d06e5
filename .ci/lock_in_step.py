"""Checks, without any network, that the lock files still say what pyproject.toml asks for."""

from __future__ import annotations

import re
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent


@dataclass
class Pin:
    """One version of one package, as a lock file holds it."""

    requirement: Requirement
    hashed: bool = False
    asked_for_by_us: bool = False

    @property
    def version(self) -> str:
        """The version it is pinned to."""
        return next(iter(self.requirement.specifier)).version


@dataclass
class Lock:
    """A lock file, by package: several pins where the version depends on the machine."""

    name: str
    pins: dict[str, list[Pin]] = field(default_factory=dict)

    @classmethod
    def read(cls, name: str) -> Lock:
        """The lock of that file name."""
        lock, last = cls(name), None
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
            if line and line[0] not in " #":
                last = Pin(Requirement(line.rstrip(" \\")))
                lock.pins.setdefault(canonicalize_name(last.requirement.name), []).append(last)
            elif last and "--hash=" in line:
                last.hashed = True
            elif last and "dudao (pyproject.toml" in line:
                last.asked_for_by_us = True
        return lock


def problems(wanted: list[Requirement], lock: Lock) -> list[str]:
    """What is out of step between the requirements and their lock."""
    found = []
    for requirement in wanted:
        pins = lock.pins.get(canonicalize_name(requirement.name), [])
        if not any(pin.asked_for_by_us for pin in pins):
            found.append(f"{requirement} is not locked")
        found += [
            f"{requirement} is locked to {pin.version}"
            for pin in pins
            if not requirement.specifier.contains(pin.version)
        ]
    names = {canonicalize_name(requirement.name) for requirement in wanted}
    for name, pins in lock.pins.items():
        if name not in names and any(pin.asked_for_by_us for pin in pins):
            found.append(f"{name} is locked but no longer asked for")
        if not all(pin.hashed for pin in pins):
            found.append(f"{name} has no hash")
    text = (ROOT / lock.name).read_text(encoding="utf-8")
    found += [
        f"an address or a path of one machine: {match}" for match in re.findall(r"\S*(?:://| /)\S+|^--.*", text, re.M)
    ]
    return [f"{lock.name}: {problem}" for problem in found]


def main() -> None:
    """Exit with the list of what is out of step."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    runtime = [Requirement(line) for line in project["project"]["dependencies"]]
    groups = [Requirement(line) for group in project["dependency-groups"].values() for line in group]
    small, large = Lock.read("requirements.txt"), Lock.read("requirements-dev.txt")
    found = problems(runtime, small) + problems(runtime + groups, large)
    for name, pins in small.pins.items():
        if [str(pin.requirement) for pin in pins] != [str(pin.requirement) for pin in large.pins.get(name, [])]:
            found.append(f"{name} differs between the two lock files")
    if found:
        sys.exit("\n".join([*found, "Run: make lock"]))
    print(f"lock files in step: {len(small.pins)} packages to run, {len(large.pins)} to develop")  # noqa: T201


if __name__ == "__main__":
    main()
