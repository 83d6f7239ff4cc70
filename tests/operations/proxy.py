"""A proxy on this machine: passes each connection to the first server that says it is ready."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator, Sequence

LOOK_SECONDS = 0.1


class Proxy:
    """Passes bytes on without reading them, as a balancer of connections does.

    ``servers`` are ports, which may change; each is asked for its readiness every tenth of a second.
    """

    def __init__(self, servers: Sequence[int]) -> None:
        self.servers = list(servers)
        self._ready: list[int] = []
        self.port = 0

    async def serve(self, started: threading.Event) -> None:
        looking = asyncio.create_task(self._look())
        server = await asyncio.start_server(self._pass, "127.0.0.1", 0, backlog=1024)
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        try:
            await server.serve_forever()
        finally:
            looking.cancel()

    async def _look(self) -> None:
        while True:
            self._ready = [port for port in list(self.servers) if await _is_ready(port)]
            await asyncio.sleep(LOOK_SECONDS)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for port in [*self._ready, *self.servers]:
            try:
                there = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                continue  # nothing was sent yet, so another may have it
            await asyncio.gather(_pump(reader, there[1]), _pump(there[0], writer))
            return
        writer.close()


async def _is_ready(port: int) -> bool:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /health/ready HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        line = await reader.readline()
        writer.close()
    except OSError:
        return False
    return b" 200 " in line


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await reader.read(65_536):
            writer.write(piece)
            await writer.drain()
    with contextlib.suppress(OSError, RuntimeError):
        writer.close()


@contextlib.contextmanager
def proxy(servers: Sequence[int]) -> Iterator[Proxy]:
    """Give a proxy that runs in a thread of its own as long as the block."""
    made, started, loop = Proxy(servers), threading.Event(), asyncio.new_event_loop()
    task = loop.create_task(made.serve(started))

    def run() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            loop.run_until_complete(task)

    thread = threading.Thread(target=run)
    thread.start()
    started.wait()
    try:
        yield made
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join()
