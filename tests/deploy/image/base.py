"""Debian's slim image, made by debootstrap where no image can be downloaded."""

import re
import shutil
import subprocess
from pathlib import Path

from tests.deploy.image.engine import Engine

_LEFT_OUT = ("doc", "info", "linda", "lintian/overrides", "locale", "man")
"""Folders below /usr/share that the slim images of Debian leave out."""
_CLEAN = (
    'DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb || true"; };\n'
    'Dir::Cache::pkgcache ""; Dir::Cache::srcpkgcache "";\n'
)
"""As in Debian's images: packages are not kept after their installation."""
_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


def base_images(dockerfile: str) -> set[str]:
    """Return the images of others that a Dockerfile begins with."""
    stages = re.findall(r"^FROM (\S+)(?: AS (\S+))?$", dockerfile, re.MULTILINE)
    return {image for image, _ in stages} - {name for _, name in stages}


def make_base(engine: Engine, image: str, folder: Path) -> None:
    """Make an image such as `debian:trixie-slim`, with the certificates that this machine's own programs accept."""
    suite = re.fullmatch(r"debian:([a-z]+)-slim", image)
    assert suite is not None, f"{image}: only slim images of Debian can be made here"
    root = folder / "root"
    shutil.rmtree(root, ignore_errors=True)
    subprocess.run(
        ["debootstrap", "--variant=minbase", suite[1], str(root)], check=True, capture_output=True, timeout=600
    )
    for name in _LEFT_OUT:
        shutil.rmtree(root / "usr/share" / name, ignore_errors=True)
    rules = "".join(f"path-exclude /usr/share/{name}/*\n" for name in _LEFT_OUT)
    (root / "etc/dpkg/dpkg.cfg.d/docker").write_text(rules)
    (root / "etc/apt/apt.conf.d/docker-clean").write_text(_CLEAN)
    for kept in (*root.glob("var/cache/apt/archives/*.deb"), *root.glob("var/lib/apt/lists/*_*")):
        kept.unlink()
    _trust_as_here(root)
    archive = folder / "root.tar"
    subprocess.run(["tar", "--create", f"--file={archive}", f"--directory={root}", "."], check=True, timeout=300)
    engine.run("import", str(archive), image, timeout_s=300)
    archive.unlink()
    shutil.rmtree(root)


def _trust_as_here(root: Path) -> None:
    """Have pip and npm accept the certificates that they accept on this machine, as behind a company's proxy."""
    shutil.copy(_CERTIFICATES, root / "etc/certificates-of-the-host.crt")
    (root / "etc/pip.conf").write_text("[global]\ncert = /etc/certificates-of-the-host.crt\n")
    (root / "root/.npmrc").write_text("cafile=/etc/certificates-of-the-host.crt\n")
