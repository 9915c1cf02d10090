#!/usr/bin/env python3
"""The Modes driver, in Python: a message written and read back, and the four methods of control codes.

drivers/modes/modes.h says what the driver offers.
"""
import struct
import sys

from nthost import CTL_CODE, ERROR_MORE_DATA, FILE_DEVICE_UNKNOWN, FILE_READ_ACCESS, FILE_WRITE_ACCESS
from nthost import METHOD_BUFFERED, METHOD_IN_DIRECT, METHOD_NEITHER, METHOD_OUT_DIRECT, Device, Error

SUM = CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_READ_ACCESS)
PUT = CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_IN_DIRECT, FILE_WRITE_ACCESS)
GET = CTL_CODE(FILE_DEVICE_UNKNOWN, 0x802, METHOD_OUT_DIRECT, FILE_READ_ACCESS)
FIND = CTL_CODE(FILE_DEVICE_UNKNOWN, 0x803, METHOD_NEITHER, FILE_READ_ACCESS)


def show(name):
    with Device(rf"\\.\{name}") as device:
        device.write(b"the quick brown fox")
        print(f"{name}: {device.read(100).decode()}")
        try:
            device.read(9)
        except Error as error:
            if error.number != ERROR_MORE_DATA:
                raise
            print(f"  a smaller buffer: {error.data.decode()}, and there is more")
        length, total = struct.unpack("<II", device.control(SUM, struct.pack("<II", 0, 3), 8))
        print(f"  buffered: the sum of {length} bytes is {total}")
        device.control(PUT, struct.pack("<I", 4), b"slow!")
        print("  in and out direct:", device.control(GET, struct.pack("<I", 0), 100).decode())
        offset, count = struct.unpack("<II", device.control(FIND, b"o", 8))
        print(f"  neither: {count} times o, the first at {offset}")


try:
    for name in "ModesBuffered", "ModesDirect", "ModesNeither":
        show(name)
except Error as error:
    sys.exit(f"modes.py: {error}")
