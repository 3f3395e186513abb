"""What pyproject.toml cannot say: a wheel brings the built styles and scripts of the pages along."""

import subprocess
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent


class BuildPages(build_py):
    """Builds the pages' assets first, where that was not done yet; in its own folder they stay beside it."""

    def run(self) -> None:
        """Build what is missing, then collect what goes into the wheel."""
        built = ROOT / "server/people/static/built/manifest.json"
        if not self.editable_mode and not built.is_file():
            if not (ROOT / "deploy/assets").is_file():
                raise SystemExit(
                    "The styles and scripts of the pages are not built. Type first: deploy/assets"
                )
            subprocess.run([ROOT / "deploy/assets"], check=True)  # noqa: S603 - our own script
        super().run()


setup(cmdclass={"build_py": BuildPages})
