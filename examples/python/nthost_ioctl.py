"""Control codes for devices that "nthost mount" shows as files: include/nthost_ioctl.h in Python.

    with open("/tmp/devices/ModesBuffered", "r+b", buffering=0) as device:
        answer = control(device, 0x226000, struct.pack("<II", 0, 5), 8)
"""
import errno
import fcntl
import os
import struct

_REQUEST = struct.Struct("=IIIIQ")  # code, input length, output length, status, information
_LARGEST = 16383


def _number(size):
    """NTHOST_IOCTL(size)"""
    read_write = 3
    return read_write << 30 | size << 16 | ord("N") << 8 | 0x54


def control(file, code, input=b"", output=0):
    """Sends a control code; gives the bytes of the answer.

    output is how many bytes there is room for, or the bytes themselves, for METHOD_IN_DIRECT, whose driver reads them.
    A request that fails is an OSError; its attribute `status` is the NTSTATUS, `output` what the driver has given all
    the same (with a warning such as STATUS_BUFFER_OVERFLOW).
    """
    room = bytes(output) if isinstance(output, int) else output
    padding = bytes(-len(input) % 8)
    request = bytearray(_REQUEST.pack(code, len(input), len(room), 0, 0) + input + padding + room)
    if len(request) > _LARGEST:
        raise OSError(errno.E2BIG, os.strerror(errno.E2BIG))
    try:
        fcntl.ioctl(file, _number(len(request)), request)
    except OSError as error:
        error.status = _REQUEST.unpack_from(request)[3]
        error.output = _answer(request, len(input + padding))
        raise
    return _answer(request, len(input + padding))


def _answer(request, input_room):
    information = _REQUEST.unpack_from(request)[4]
    begin = _REQUEST.size + input_room
    return bytes(request[begin : begin + information])
