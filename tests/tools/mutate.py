#!/usr/bin/env python3
"""Sends mutated copies of one good pkiMessage to a running server.

mutate.py PORT CA MESSAGE PID COUNT [SEED]

Every answer has to be a documented one: a CertRep that is no PENDING, or an HTTP refusal. What is not signed, such as
the text of a signer's certificate of its own making, may change without harm: such a message is the first one again, and
whoever calls this has to see that no other certificate was issued. Resident memory of PID must not grow after the first
tenth of them. Prints what was answered, and ends with status 1 at the first surprise.
"""
import collections
import http.client
import random
import ssl
import sys

REFUSALS = {400, 408, 411, 413, 414, 429, 431}
STATUS_OID = bytes.fromhex("060a6086480186f845010903")  # pkiStatus, 2.16.840.1.113733.1.9.3


def header_end(message, at):
    """The offset of the contents of the value at `at`; nested values are found by walking these."""
    first = message[at + 1]
    return at + 2 + (first & 0x7F if first & 0x80 else 0)


def length_of(message, at):
    first = message[at + 1]
    if not first & 0x80:
        return first
    return int.from_bytes(message[at + 2:header_end(message, at)], "big")


def headers(message):
    """Offsets of every value down the constructed ones."""
    out, todo = [], [(0, len(message))]
    while todo:
        at, end = todo.pop()
        while at < end:
            out.append(at)
            begin = header_end(message, at)
            if message[at] & 0x20:
                todo.append((begin, begin + length_of(message, at)))
            at = begin + length_of(message, at)
    return out


def truncate(message, _, rng):
    return message[:rng.randrange(1, len(message))]


def flip(message, _, rng):
    out = bytearray(message)
    for _ in range(rng.choice((1, 1, 1, 2, 8))):
        out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
    return bytes(out)


def bend_length(message, places, rng):
    out = bytearray(message)
    out[rng.choice(places) + 1] = rng.choice((0x00, 0x7F, 0x80, 0x84, 0xFF))
    return bytes(out)


def huge_length(message, places, rng):
    at = rng.choice(places)
    size = rng.choice((b"\x84\xff\xff\xff\xff", b"\x88\x7f" + b"\xff" * 7, b"\x84\x10\x00\x00\x00"))
    return message[:at + 1] + size + message[header_end(message, at):]


def append(message, _, rng):
    return message + rng.choice((b"\x00", b"\x00" * 16, message, rng.randbytes(rng.randrange(1, 64))))


def nest(message, places, rng):
    depth = rng.randrange(30, 2000)
    at = rng.choice(places)
    wrapped = message[at:]
    return message[:at] + b"\x30\x80" * depth + wrapped + b"\x00\x00" * depth


def splice(message, places, rng):
    one, other = rng.choice(places), rng.choice(places)
    return message[:one] + message[other:]


def swap_block(message, _, rng):
    out = bytearray(message)
    size = rng.choice((8, 16, 32))
    one, other = (rng.randrange(len(out) - size) for _ in range(2))
    out[one:one + size], out[other:other + size] = out[other:other + size], out[one:one + size]
    return bytes(out)


MUTATIONS = (truncate, flip, flip, bend_length, huge_length, append, nest, splice, swap_block)


def resident(pid):
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def status_of(body):
    at = body.find(STATUS_OID)
    return None if at < 0 else body[at + len(STATUS_OID) + 4:at + len(STATUS_OID) + 5]


def main():
    port, ca, path, pid, count = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4], int(sys.argv[5])
    rng = random.Random(int(sys.argv[6]) if len(sys.argv) > 6 else 8894)
    message = open(path, "rb").read()
    places = headers(message)
    context = ssl.create_default_context(cafile=ca)
    answers, connection, settled = collections.Counter(), None, None
    for number in range(count):
        mutation = rng.choice(MUTATIONS)
        mutant = mutation(message, places, rng)
        if connection is None:
            connection = http.client.HTTPSConnection("localhost", int(port), context=context, timeout=60)
        connection.request("POST", "/scep?operation=PKIOperation", mutant)
        reply = connection.getresponse()
        body = reply.read()
        if reply.getheader("Connection") == "close" or reply.will_close:
            connection.close()
            connection = None
        what = str(reply.status) if reply.status != 200 else "pkiStatus " + (status_of(body) or b"?").decode()
        answers[what] += 1
        if reply.status not in REFUSALS and what not in ("pkiStatus 2", "pkiStatus 0"):
            sys.exit(f"mutation {number} ({mutation.__name__}): {what}")
        if what == "pkiStatus 0" and mutation in (truncate, append):
            sys.exit(f"mutation {number} ({mutation.__name__}) was accepted")
        if number == count // 10:
            settled = resident(pid)
    grown = resident(pid) - settled
    print(", ".join(f"{what}: {times}" for what, times in sorted(answers.items())), f"; {grown} KiB more resident")
    # Sanitizers keep what was freed for a while.
    if grown > 8192:
        sys.exit(f"the server grew by {grown} KiB")


main()
