"""Win32 calls for Python on Linux: the devices of Windows drivers in an nthost server.

    from nthost import Device
    with Device(r"\\\\.\\LySharkDriver") as device:
        print(device.read(5))

The calls are those of libnthost-client.so, which has no kernel in it and asks the server that NTHOST_SERVER names, or the
default one. They use Linux's calling convention (WINAPI says nothing in nthost's headers), so ctypes.CDLL is right. Texts
are UTF-8: the calls with an A. NTHOST_CLIENT_LIBRARY names another file than libnthost-client.so.1.
"""
import ctypes
import os
from ctypes import byref, c_char_p, c_int, c_uint32, c_void_p

GENERIC_READ = 0x80000000
GENERIC_WRITE = 0x40000000
FILE_SHARE_READ = 1
FILE_SHARE_WRITE = 2
OPEN_EXISTING = 3
INVALID_HANDLE_VALUE = c_void_p(-1).value
ERROR_MORE_DATA = 234
METHOD_BUFFERED, METHOD_IN_DIRECT, METHOD_OUT_DIRECT, METHOD_NEITHER = range(4)
FILE_DEVICE_UNKNOWN = 0x22
FILE_ANY_ACCESS, FILE_READ_ACCESS, FILE_WRITE_ACCESS = range(3)
_FORMAT_FROM_SYSTEM = 0x1200  # without inserts

library = ctypes.CDLL(os.environ.get("NTHOST_CLIENT_LIBRARY", "libnthost-client.so.1"))


def _declare(name, result, *arguments):
    function = getattr(library, name)
    function.restype = result
    function.argtypes = arguments
    return function


_dword = ctypes.POINTER(c_uint32)
_CreateFile = _declare("CreateFileA", c_void_p, c_char_p, c_uint32, c_uint32, c_void_p, c_uint32, c_uint32, c_void_p)
_ReadFile = _declare("ReadFile", c_int, c_void_p, c_void_p, c_uint32, _dword, c_void_p)
_WriteFile = _declare("WriteFile", c_int, c_void_p, c_void_p, c_uint32, _dword, c_void_p)
_DeviceIoControl = _declare(
    "DeviceIoControl", c_int, c_void_p, c_uint32, c_void_p, c_uint32, c_void_p, c_uint32, _dword, c_void_p
)
_CloseHandle = _declare("CloseHandle", c_int, c_void_p)
_FormatMessage = _declare(
    "FormatMessageA", c_uint32, c_uint32, c_void_p, c_uint32, c_uint32, c_void_p, c_uint32, c_void_p
)
GetLastError = _declare("GetLastError", c_uint32)


class Error(Exception):
    """A call that failed: `number` is Windows's error, `data` what it has given all the same (ERROR_MORE_DATA)."""

    def __init__(self, call, number, data=b""):
        text = ctypes.create_string_buffer(512)
        _FormatMessage(_FORMAT_FROM_SYSTEM, None, number, 0, text, len(text), None)
        super().__init__(f"{call}: {text.value.decode().strip() or 'unknown error'} ({number})")
        self.number = number
        self.data = data


def CTL_CODE(device_type, function, method, access):
    return device_type << 16 | access << 14 | function << 2 | method


def CreateFile(name, access=GENERIC_READ | GENERIC_WRITE, share=0, disposition=OPEN_EXISTING, flags=0):
    handle = _CreateFile(name.encode(), access, share, None, disposition, flags, None)
    if handle == INVALID_HANDLE_VALUE:
        raise Error(f"CreateFile {name}", GetLastError())
    return handle


def _finish(call, done, buffer, count):
    data = buffer.raw[: count.value]
    if not done:
        raise Error(call, GetLastError(), data)
    return data


def ReadFile(handle, length):
    buffer, count = ctypes.create_string_buffer(max(length, 1)), c_uint32()
    return _finish("ReadFile", _ReadFile(handle, buffer, length, byref(count), None), buffer, count)


def WriteFile(handle, data):
    count = c_uint32()
    if not _WriteFile(handle, data, len(data), byref(count), None):
        raise Error("WriteFile", GetLastError())
    return count.value


def DeviceIoControl(handle, code, input=b"", output=0):
    """Gives the bytes of the answer. output: how many there is room for, or a buffer for METHOD_IN_DIRECT, whose
    driver reads it."""
    buffer = ctypes.create_string_buffer(output) if isinstance(output, int) and output else None
    if not isinstance(output, int):
        buffer = ctypes.create_string_buffer(output, len(output))
    count = c_uint32()
    done = _DeviceIoControl(
        handle, code, input or None, len(input), buffer, len(buffer) if buffer else 0, byref(count), None
    )
    return _finish("DeviceIoControl", done, buffer or ctypes.create_string_buffer(1), count)


def CloseHandle(handle):
    if not _CloseHandle(handle):
        raise Error("CloseHandle", GetLastError())


class Device:
    """An open device; closed at the end of "with"."""

    def __init__(self, name, access=GENERIC_READ | GENERIC_WRITE, share=0):
        self.handle = CreateFile(name, access, share)

    def read(self, length):
        return ReadFile(self.handle, length)

    def write(self, data):
        return WriteFile(self.handle, data)

    def control(self, code, input=b"", output=0):
        return DeviceIoControl(self.handle, code, input, output)

    def close(self):
        handle, self.handle = self.handle, None
        if handle is not None:
            CloseHandle(handle)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()
