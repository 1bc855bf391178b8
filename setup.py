"""The top of the repository is the package; modules there that are not part of it (noxfile) stay out of the wheel."""

from __future__ import annotations

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildPackage(build_py):
    """All modules of a package but this file and noxfile.py."""

    def find_package_modules(self, package: str, package_dir: str) -> list[tuple[str, str, str]]:
        found: list[tuple[str, str, str]] = super().find_package_modules(package, package_dir)
        return [module for module in found if module[1] not in ("noxfile", "setup")]


setup(cmdclass={"build_py": BuildPackage})
