"""The processes of a server as Linux shows them."""

import os
from pathlib import Path

LISTENS = "0A"
"""TCP_LISTEN, as /proc/net/tcp has it."""


def children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


def workers(keeper: int) -> list[int]:
    """List the processes that answer, of all generations."""
    return [worker for generation in children(keeper) for worker in children(generation)]


def family(keeper: int) -> list[int]:
    """List the keeper and all that came of it."""
    return [keeper, *children(keeper), *workers(keeper)]


def lives(pid: int) -> bool:
    """Tell whether a process is there and has not ended; one that nobody took note of yet has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def states(pid: int) -> list[str]:
    """Return the state of each thread of a process, as proc(5) has it."""
    stats = [path.read_text(encoding="ascii") for path in Path(f"/proc/{pid}/task").glob("*/stat")]
    return [stat.rpartition(")")[2].split()[0] for stat in stats]


def memory(pid: int) -> int:
    """Return the memory of a process in kB, a page that it shares with n processes counted as its nth part."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    raise AssertionError(pid)


def resident(pid: int) -> int:
    """Return the memory of a process in kB, shared pages counted whole."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024


def descriptors(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def threads(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def processor(pid: int) -> float:
    """Return the seconds of processor time that a process has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def connections(pid: int, port: int) -> int:
    """Return how many connections to a port of this machine a process holds, those that clients closed as well."""
    lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    ours = {
        f"socket:[{inode}]"
        for _, local, _, state, *_, inode in (line.split()[:10] for line in lines)
        if state != LISTENS and int(local.rpartition(":")[2], 16) == port
    }
    return sum(_target(one) in ours for one in Path(f"/proc/{pid}/fd").iterdir())


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except FileNotFoundError:  # it was closed between the two calls
        return ""
