#!/usr/bin/env python3
"""The application of LySharkDriver, in Python: reads five bytes and writes a text."""
import sys

from nthost import Device, Error

try:
    with Device(r"\\.\LySharkDriver") as device:
        for byte in device.read(5):
            print("读取字节:", chr(byte))
        print("写出字节数:", device.write(b"hello lyshark"))
except Error as error:
    sys.exit(f"lyshark.py: {error}")
