#!/usr/bin/env python3
"""Writes the seeds of fuzz_vhd: small fixed VHD images, good and bad."""
import os
import struct

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus/vhd")


def footer(size, cookie=b"conectix", features=2, version=0x10000,
           offset=2 ** 64 - 1, creator=b"win ", chs=(30, 4, 17), kind=2,
           ident=b"\x77" * 16, saved=0, reserved=b""):
    f = cookie + struct.pack(">IIQI", features, version, offset, 0x2a000000)
    f += creator + struct.pack(">I4sQQHBBI", 0xa0000, b"Wi2k", size, size,
                               *chs, kind)
    f += bytes(4) + ident + bytes([saved]) + reserved.ljust(427, b"\0")
    total = ~sum(f) & 0xffffffff
    return f[:64] + struct.pack(">I", total) + f[68:]


def put(name, data):
    with open(os.path.join(HERE, name), "wb") as out:
        out.write(data)


os.makedirs(HERE, exist_ok=True)
DISK = bytes(range(2, 34)) * 64  # 2048 bytes
put("fixed", DISK + footer(2048))
put("largest-geometry", DISK + footer(2048, chs=(65535, 16, 255)))
put("geometry-of-size", DISK + footer(2048, chs=(4, 1, 1)))
put("no-geometry", DISK + footer(2048, chs=(0, 0, 0)))
put("dynamic", footer(2048, offset=512, kind=3) + DISK +
    footer(2048, offset=512, kind=3))
put("differencing", DISK + footer(2048, offset=512, kind=4))
put("only-start", footer(2048, kind=3) + DISK)
put("old-footer", DISK + footer(2048)[:511])
put("version-2", DISK + footer(2048, version=0x20000))
put("size", DISK + footer(4096))
put("size-zero", footer(0))
put("size-odd", DISK[:1000] + footer(1000))
put("offset-32-bits", DISK + footer(2048, offset=2 ** 32 - 1))
put("offset", DISK + footer(2048, offset=512))
put("temporary", DISK + footer(2048, features=3))
put("features", DISK + footer(2048, features=0))
put("saved", DISK + footer(2048, saved=1))
put("no-id", DISK + footer(2048, ident=bytes(16)))
put("reserved", DISK + footer(2048, reserved=b"x"))
put("checksum", b"\1" + DISK[1:] + footer(2048)[:-1] + b"\1")
put("raw", DISK)
