"""What test-mount.sh does with the files of a mount: use-mount.py FOLDER EXAMPLES."""
import errno
import fcntl
import os
import struct
import sys
import threading
import time

folder, examples = sys.argv[1:]
sys.path.insert(0, examples)
from nthost_ioctl import control

SUM, PUT, GET, FIND = 0x226000, 0x22A005, 0x22600A, 0x22600F
STATE = 0x222004
failures = 0


def check(fact, good, *more):
    global failures
    if not good:
        failures += 1
        print("FAILED:", fact, *more)


def fails(call):
    try:
        call()
    except OSError as error:
        return error
    return OSError(0, "it works")


def device(name, mode="r+b"):
    return open(os.path.join(folder, name), mode, buffering=0)


with device("LySharkDriver", "rb") as file:
    check("open() and read()", file.read(5) == b"hello")
    check("isatty sends no request", not os.isatty(file.fileno()))
    other = fails(lambda: device("LySharkDriver", "rb"))
    check("an exclusive device opens once", other.errno == errno.EACCES, other)

for name in "ModesBuffered", "ModesDirect", "ModesNeither":
    with device(name) as file:
        check(name + ": write and read", file.write(b"the quick brown fox") == 19 and file.read(100) == b"the quick brown fox")
        check(name + ": METHOD_BUFFERED", control(file, SUM, struct.pack("<II", 0, 3), 8) == struct.pack("<II", 3, sum(b"the")))
        check(name + ": METHOD_IN_DIRECT", control(file, PUT, struct.pack("<I", 4), b"slow!")[:0] == b"")
        check(name + ": METHOD_OUT_DIRECT", control(file, GET, struct.pack("<I", 0), 100) == b"the slow! brown fox")
        check(name + ": METHOD_NEITHER", control(file, FIND, b"o", 8) == struct.pack("<II", 6, 3))
        large = fails(lambda: control(file, GET, bytes(4), 16000))
        check(name + ": 16,000 bytes of room", large.errno == 0, large)
        error = fails(lambda: control(file, FIND, b"cat", 8))
        check(name + ": an error is an errno and a status", (error.errno, getattr(error, "status", 0)) == (errno.ENODATA, 0xC0000225), error)
        error = fails(lambda: control(file, 0x22999C))
        check(name + ": a code the driver does not know", error.errno == errno.EOPNOTSUPP, error)
        error = fails(lambda: fcntl.ioctl(file, 0x22999C, 0))
        check(name + ": a plain code reaches the driver", error.errno == errno.EOPNOTSUPP, error)
        error = fails(lambda: fcntl.ioctl(file, 0xC0184E54, bytearray(struct.pack("=IIIIQ", SUM, 1 << 31, 1 << 31, 0, 0))))
        check(name + ": lengths that lie", error.errno == errno.EINVAL, error)
        error = fails(lambda: fcntl.ioctl(file, 0xC0044E54, bytearray(4)))
        check(name + ": a request that is too short", error.errno == errno.EINVAL, error)
        error = fails(lambda: fcntl.ioctl(file, 0x80044E01, bytearray(4)))
        check(name + ": somebody else's ioctl", error.errno == errno.ENOTTY, error)
        check(name + ": fsync of a driver that knows none", fails(lambda: os.fsync(file.fileno())).errno == 0)

with device("ModesBuffered", "rb") as file:
    error = fails(lambda: os.write(file.fileno(), b"x"))
    check("a file opened for reading is not written", error.errno == errno.EBADF, error)
    error = fails(lambda: control(file, PUT, bytes(4), b"x"))
    check("nor may its control codes write", error.errno == errno.EACCES, error)

# Several opens of one device, each with a read that pends; every letter arrives once.
letters, opened = [], [device("Mailbox") for _ in range(12)]
readers = [threading.Thread(target=lambda f: letters.append(f.read(112)), args=(file,)) for file in opened]
for reader in readers:
    reader.start()
with device("Mailbox") as file:
    while struct.unpack("<QQQII", control(file, STATE, b"", 32))[3] < len(readers):
        time.sleep(0.01)
    for number in range(len(readers)):
        file.write(b"%d" % number)
for reader in readers:
    reader.join()
texts = sorted(int(letter[16 : 16 + struct.unpack_from("<I", letter, 12)[0]]) for letter in letters)
check("twelve reads pend at once, each gets a letter", texts == list(range(12)), texts)
for file in opened:
    file.close()

print(failures, "failed")
sys.exit(failures != 0)
