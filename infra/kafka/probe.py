"""probe.py HOST:PORT…: ends with 0 when these Kafka brokers know of as many, at least, and their coordinators answer.

Asking for the coordinators creates the internal topics, which the first consumer or transaction would otherwise wait for.
Speaks the protocol itself, so that neither a second JVM nor a client library is needed.
"""

import socket
import struct
import sys

TIMEOUT_S = 5
METADATA, FIND_COORDINATOR = 3, 10
GROUP, TRANSACTION = 0, 1


def main(addresses):
    return all(is_ready(address, len(addresses)) for address in addresses)


def is_ready(address, count):
    host, port = address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), TIMEOUT_S) as broker:
        return brokers(broker) >= count and all(coordinates(broker, kind) for kind in (GROUP, TRANSACTION))


def brokers(broker):
    no_topics = struct.pack(">i", 0)
    (count,) = struct.unpack_from(">i", ask(broker, METADATA, no_topics))
    return count


def coordinates(broker, kind):
    key = b"probe"
    answer = ask(broker, FIND_COORDINATOR, struct.pack(">h", len(key)) + key + bytes([kind]))
    _throttle_ms, error = struct.unpack_from(">ih", answer)
    return error == 0


def ask(broker, what, body):
    """The answer, in version 1 of both requests, without its length and correlation id."""
    client = b"probe"
    request = struct.pack(">hhih", what, 1, 5, len(client)) + client + body
    broker.sendall(struct.pack(">i", len(request)) + request)
    (length,) = struct.unpack(">i", exactly(broker, 4))
    return exactly(broker, length)[4:]


def exactly(broker, count):
    received = b""
    while len(received) < count:
        part = broker.recv(count - len(received))
        if not part:
            raise EOFError("the broker hung up")
        received += part
    return received


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1:]) else 1)
