"""probe.py HOST PORT: ends with 0 when the MongoDB server there is the primary of its replica set, which is founded if need be.

Speaks the wire protocol (OP_MSG) itself, so that no shell and no driver has to be installed.
"""

import socket
import struct
import sys

TIMEOUT_S = 5


def main(host, port):
    with socket.create_connection((host, port), TIMEOUT_S) as server:
        if is_primary(server):
            return True
        # "AlreadyInitialized" is one of the answers, and as good as any: the next probe sees what became of it.
        member = {"_id": 0, "host": f"{host}:{port}"}
        ask(server, {"replSetInitiate": {"_id": "rs0", "members": [member]}})
        return is_primary(server)


def is_primary(server):
    return b"\x08isWritablePrimary\0\x01" in ask(server, {"hello": 1})


def ask(server, command):
    sections = struct.pack("<IB", 0, 0) + document({**command, "$db": "admin"})
    server.sendall(struct.pack("<iiii", 16 + len(sections), 1, 0, 2013) + sections)
    (length,) = struct.unpack("<i", exactly(server, 4))
    return exactly(server, length - 4)


def exactly(server, count):
    received = b""
    while len(received) < count:
        part = server.recv(count - len(received))
        if not part:
            raise EOFError("the server hung up")
        received += part
    return received


def document(fields):
    body = b"".join(field(name.encode() + b"\0", value) for name, value in fields.items())
    return struct.pack("<i", len(body) + 5) + body + b"\0"


def field(name, value):
    if isinstance(value, int):
        return b"\x10" + name + struct.pack("<i", value)
    if isinstance(value, str):
        text = value.encode() + b"\0"
        return b"\x02" + name + struct.pack("<i", len(text)) + text
    if isinstance(value, list):
        return b"\x04" + name + document({str(at): item for at, item in enumerate(value)})
    return b"\x03" + name + document(value)


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1], int(sys.argv[2])) else 1)
