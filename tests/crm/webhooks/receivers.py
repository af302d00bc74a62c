"""Receivers of every temper, on this machine."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Serve = Callable[[socket.socket, bytes], None]


def whole_request(connection: socket.socket) -> bytes:
    """Everything that was sent: the head, and a body as long as the head says."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65_536)
        if not more:
            return data
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    while len(body) < length:
        more = connection.recv(65_536)
        if not more:
            break
        data, body = data + more, body + more
    return data


@contextmanager
def receiver(serve: Serve) -> Iterator[tuple[str, list[bytes]]]:
    """The address of a receiver that does `serve` with each connection, and what it was sent."""
    got: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        over = threading.Event()

        def listen() -> None:
            while not over.is_set():
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    continue
                with connection:
                    connection.settimeout(30)
                    with suppress(OSError):
                        data = whole_request(connection)
                        got.append(data)
                        serve(connection, data)

        thread = threading.Thread(target=listen)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}/hook", got
        finally:
            over.set()
            thread.join()


def says(status: str, *more: str, body: bytes = b"") -> Serve:
    def serve(connection: socket.socket, data: bytes) -> None:
        head = "\r\n".join([f"HTTP/1.1 {status}", *more, f"Content-Length: {len(body)}", "", ""])
        connection.sendall(head.encode() + body)

    return serve


def drips(connection: socket.socket, data: bytes) -> None:
    """Sends a byte now and then, until nobody listens."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(600):
        connection.sendall(b".")
        time.sleep(0.1)


def keeps_silent(connection: socket.socket, data: bytes) -> None:
    """Says nothing until nobody waits for it."""
    connection.recv(1)


def floods(connection: socket.socket, data: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n")
    for _ in range(200):
        connection.sendall(b"x" * 10_000)


def hangs_up(connection: socket.socket, data: bytes) -> None:
    connection.close()
