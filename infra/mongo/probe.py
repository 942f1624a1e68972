"""probe.py set|member|primary ADDRESS,… [CA]: ends with 0 when the replica set of these members has a primary, when the
member has its place in one, or when it is the primary. `set` founds it if need be. With CA, the certificate of an
authority, over TLS.

Speaks the wire protocol (OP_MSG) itself, so that no shell and no driver has to be installed.
"""

import socket
import ssl
import struct
import sys

TIMEOUT_S = 5


def main(wanted, addresses, authority=None):
    tls = authority and ssl.create_default_context(cafile=authority)
    members = addresses.split(",")
    answers = [ask_one(member, tls, {"hello": 1}) for member in members]
    if wanted == "member":
        return any(has(answer, "isWritablePrimary") or has(answer, "secondary") for answer in answers)
    if any(has(answer, "isWritablePrimary") for answer in answers):
        return True
    if wanted == "set" and all(answers):
        # "AlreadyInitialized" is one of the answers, and as good as any: the next probe sees what became of it.
        listed = [{"_id": at, "host": member} for at, member in enumerate(members)]
        ask_one(members[0], tls, {"replSetInitiate": {"_id": "rs0", "members": listed}})
        return has(ask_one(members[0], tls, {"hello": 1}), "isWritablePrimary")
    return False


def has(answer, name):
    return b"\x08" + name.encode() + b"\0\x01" in answer


def ask_one(address, tls, command):
    """Nothing when it does not answer."""
    host, port = address.rsplit(":", 1)
    try:
        with socket.create_connection((host, int(port)), TIMEOUT_S) as server:
            return ask(tls.wrap_socket(server, server_hostname=host) if tls else server, command)
    except (OSError, EOFError):
        return b""


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
    sys.exit(0 if main(*sys.argv[1:]) else 1)
