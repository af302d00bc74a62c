"""Where the servers' programs and data lie, and whose they are.

PostgreSQL refuses to run as root. So when we are root the servers run as
`nobody`, whom the checkout may be closed to (a home directory usually is):
their programs are copied, once a version, to a folder which only root writes
and everyone reads. For any other user they run from where pip put them.
"""

import fcntl
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from embedded.errors import ServiceError

# Only root uses it. EMBEDDED_DIR names another.
ROOTS_FOLDER = Path(os.environ.get("EMBEDDED_DIR") or "/var/lib/icp-crm")
PREFIX = "icp-crm-"
NOT_COPIED = shutil.ignore_patterns("include", "*.a", "*.py*")
SOCKET_PATH_LIMIT = 100  # the systems allow 103 to 107 bytes
LONGEST_SOCKET = len("icp-crm-12345678/socket/.s.PGSQL.5432")


@cache
def account() -> pwd.struct_passwd | None:
    """The account that servers run as: `nobody` when we are root, else None for our own."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        raise ServiceError(
            "There is no account `nobody` for the servers to run as. Run this as another user than "
            "root, or add the account."
        ) from None


def program(distribution: str, package: str, pattern: str) -> Path:
    """The path of a server's program out of the Python package that brings it, ready to run.

    `pattern` finds the program inside the package, as in `pginstall/bin/postgres`.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ServiceError(
            f"The package {distribution} is not installed. Run `make setup`, or name a server of "
            "your own in the environment."
        )
    installed = Path(spec.submodule_search_locations[0])
    found = next(installed.glob(pattern), None)
    if found is None:
        raise ServiceError(
            f"The package {distribution} in {installed} has no {pattern}: it does not know this "
            "kind of machine. Name a server of your own in the environment."
        )
    if account() is None:
        return found
    version = importlib.metadata.version(distribution)
    return _copied(installed, f"{distribution}-{version}") / found.relative_to(installed.parent)


def data_folder(wanted: Path) -> Path:
    """Where data for keeping goes: `wanted`, or root's folder when `nobody` cannot get there."""
    if account() is None or _open_to_all(wanted.parent):
        return wanted
    return _roots_folder() / str(wanted).strip("/").replace("/", "-")


def hand_over(folder: Path) -> Path:
    """The folder, made when missing, that now belongs to the servers' account and to it alone."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    owner = account()
    if owner is not None:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    return folder


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder that is there until we end; what killed processes left behind goes as well."""
    base = _temporary()
    _sweep(base)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base))
    folder.chmod(0o755)
    new = folder / "lock.new"
    with new.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        new.rename(folder / "lock")
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _sweep(base: Path) -> None:
    """Remove the scratch folders whose process is gone: nobody holds their lock."""
    for path in base.glob(f"{PREFIX}*/lock"):
        try:
            with path.open("r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path.parent, ignore_errors=True)
        except OSError:
            continue  # in use, or another user's


def _temporary() -> Path:
    """A folder for temporary files that the servers reach and a socket's path fits into."""
    for base in (Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")):  # noqa: S108
        short = len(os.fsencode(base)) + 1 + LONGEST_SOCKET <= SOCKET_PATH_LIMIT
        if base.is_dir() and short and (account() is None or _open_to_all(base)):
            return base
    raise ServiceError(
        f"{tempfile.gettempdir()} will not do for sockets: its path is too long, or closed to "
        "`nobody`. Set TMPDIR to a folder with a short path that everyone may enter."
    )


def _open_to_all(folder: Path) -> bool:
    """Whether everyone may enter the folder, as far as it and its parents exist."""
    resolved = folder.resolve()
    return all(path.stat().st_mode & 0o001 for path in (resolved, *resolved.parents) if path.exists())


def _roots_folder() -> Path:
    """Root's folder, sure to be writable by root alone: programs run from it."""
    try:
        ROOTS_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
    except OSError as error:
        raise ServiceError(
            f"{ROOTS_FOLDER}: cannot be made ({error.strerror}). Set EMBEDDED_DIR to a folder "
            "that everyone may enter, or run this as another user than root."
        ) from error
    status = ROOTS_FOLDER.stat()
    if status.st_uid != 0 or status.st_mode & 0o022 or not _open_to_all(ROOTS_FOLDER):
        raise ServiceError(
            f"{ROOTS_FOLDER}: must belong to root, be writable by nobody else, and let everyone "
            "in. Mend that, or set EMBEDDED_DIR to another folder."
        )
    return ROOTS_FOLDER


def _copied(installed: Path, name: str) -> Path:
    """A folder with a copy of the package for everyone to read, made once a version."""
    copy = _roots_folder() / name
    if copy.exists():
        return copy
    new = Path(tempfile.mkdtemp(prefix=f"{name}.", dir=copy.parent))
    # Wheels for Linux keep the libraries that they bring beside the package.
    for part in (installed, installed.with_name(f"{installed.name}.libs")):
        if part.is_dir():
            shutil.copytree(part, new / part.name, ignore=NOT_COPIED)
    for path in (new, *new.rglob("*")):
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    try:
        new.rename(copy)
    except OSError:  # another process was first
        shutil.rmtree(new)
    return copy
