#!/usr/bin/env python3
"""Writes the seeds of fuzz_gpt: small disks with a GPT of four entries."""
import os
import struct
import zlib

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus/gpt")
BASIC = bytes.fromhex("a2a0d0ebe5b9334487c068b6b72699c7")


def header(lba, other, table, entries, sectors):
    crc = zlib.crc32(entries)
    h = struct.pack("<8sIIIIQQQQ16sQIII", b"EFI PART", 0x10000, 92, 0, 0,
                    lba, other, 3, sectors - 3, b"\xdd" * 16, table, 4, 128,
                    crc)
    return h[:16] + struct.pack("<I", zlib.crc32(h)) + h[20:] + bytes(420)


def disk(parts, first=0, mbr=0xee, sectors=14):
    entries = b"".join(
        BASIC + bytes([i + 1]) * 16 + struct.pack("<QQQ", a, b, 0) +
        ("part%d" % i).encode("utf-16-le").ljust(72, b"\0")
        if a else bytes(128) for i, (a, b) in enumerate(parts))
    rec = struct.pack("<B3sB3sII", 0, b"", mbr, b"", 1, sectors - 1)
    d = bytearray(sectors * 512)
    d[0x1be:0x1ce] = rec
    d[510:512] = b"\x55\xaa"
    d[0] = first
    d[512:1024] = header(1, sectors - 1, 2, entries, sectors)
    d[1024:1536] = entries
    d[-1024:-512] = entries
    d[-512:] = header(sectors - 1, 1, sectors - 2, entries, sectors)
    return bytes(d)


def put(name, data):
    with open(os.path.join(HERE, name), "wb") as f:
        f.write(data)


put("good", disk([(3, 5), (0, 0), (6, 6), (7, 11)]))
put("good-resealed", disk([(3, 5), (0, 0), (6, 6), (7, 11)], first=1))
put("overlap", disk([(3, 6), (6, 7), (0, 0), (0, 0)], first=1))
put("outside", disk([(3, 60), (0, 0), (0, 0), (0, 0)], first=1))
put("mbr", disk([(3, 5), (0, 0), (0, 0), (0, 0)], mbr=7))
damaged = bytearray(disk([(3, 5), (0, 0), (0, 0), (7, 11)]))
damaged[512 + 0x38] ^= 1
put("primary-damaged", bytes(damaged))
