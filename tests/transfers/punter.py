"""A Punter C1 peer on stdin and stdout, written from the description of the protocol for the tests; it shares nothing with petterm.

    punter.py send FILE [TYPE]      punter.py recv FILE

Plain where the protocol leaves a choice: full blocks of 255 bytes, numbers as the C64 counts them, no GOO of the
sender's own, an answer as soon as there is one.
"""

import os
import select
import sys
import time

GOO, BAD, ACK, SB, SYN = b"GOO", b"BAD", b"ACK", b"S/B", b"SYN"


def read(count, timeout):
    """At most count bytes; b"" when none came in time. The end of the line ends the program."""
    if not select.select([0], [], [], timeout)[0]:
        return b""
    data = os.read(0, count)
    if not data:
        sys.exit(3)
    return data


def say(data):
    while data:
        data = data[os.write(1, data):]


def wait(allowed, timeout):
    """The first allowed code at any place, or None after timeout seconds."""
    window, until = b"", time.monotonic() + timeout
    while True:
        left = until - time.monotonic()
        byte = read(1, left) if left > 0 else b""
        if not byte:
            return None
        window = (window + byte)[-3:]
        if window in allowed:
            return window


def sums(data):
    add = cyclic = 0
    for byte in data:
        add = (add + byte) & 0xFFFF
        cyclic ^= byte
        cyclic = ((cyclic << 1) | (cyclic >> 15)) & 0xFFFF
    return add.to_bytes(2, "little") + cyclic.to_bytes(2, "little")


def block(following, number, payload):
    body = bytes([following]) + number.to_bytes(2, "little") + payload
    return sums(body) + body


def data_blocks(data):
    parts = [data[at:at + 248] for at in range(0, len(data), 248)] or [b""]
    sizes = [7] + [len(part) + 7 for part in parts] + [0]
    blocks = [block(sizes[1], 0, b"")]
    for index, part in enumerate(parts, 1):
        number = 0xFF00 | (index & 0xFF) if index == len(parts) else index
        blocks.append(block(sizes[index + 1], number, part))
    return blocks


def send_phase(blocks):
    index, tries = -1, 0
    while True:
        code = wait({GOO, BAD, SB}, 60)
        if code is None:
            sys.exit("nobody said GOO")
        if code == GOO:
            index += 1
        elif index < 0:
            continue
        tries = 0 if code == GOO else tries + 1
        if tries > 30:
            sys.exit("too many bad blocks")
        say(ACK)
        for _ in range(40):
            code = wait({GOO, SB}, 1.5)
            if code == SB:
                break
            say(ACK)
        else:
            sys.exit("nobody said S/B")
        if index < len(blocks):
            say(blocks[index])
            continue
        for _ in range(10):
            say(SYN)
            if wait({SYN}, 1.5):
                break
        say(SB)
        return


def send(path, kind):
    with open(path, "rb") as file:
        data = file.read()
    send_phase([block(4, 0xFFFF, bytes([kind]))])
    send_phase(data_blocks(data))
    # What is on its way may still get there.
    time.sleep(0.5)


def answered(code):
    for _ in range(30):
        say(code)
        if wait({ACK}, 2.5):
            return
    sys.exit("nobody said ACK")


def receive_phase(size):
    payload, code, bad = b"", GOO, 0
    while True:
        answered(code)
        data = b""
        for _ in range(20):
            say(SB)
            while len(data) < size:
                more = read(size - len(data), 1.0)
                if not more:
                    break
                data += more
            if data and data != ACK:
                break
            data = b""
        if len(data) == size and sums(data[4:]) == data[:4] and (data[6] == 0xFF or data[4] >= 7):
            payload, code, size = payload + data[7:], GOO, data[4]
            if data[6] == 0xFF:
                break
        else:
            code, bad = BAD, bad + 1
            if bad > 30:
                sys.exit("too many bad blocks")
    answered(GOO)
    for _ in range(10):
        say(SB)
        if wait({SYN}, 1.5):
            break
    for _ in range(10):
        say(SYN)
        if wait({SB}, 1.5):
            break
    return payload


def receive(path):
    kind = receive_phase(8)
    data = receive_phase(7)
    with open(path + ".new", "wb") as file:
        file.write(data)
    with open(path + ".type", "wb") as file:
        file.write(kind)
    os.rename(path + ".new", path)


if sys.argv[1] == "send":
    send(sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 1)
else:
    receive(sys.argv[2])
