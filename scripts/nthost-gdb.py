# gdb on drivers that nthost runs: their symbols, at the addresses where they are loaded.
#
#     (gdb) source scripts/nthost-gdb.py
#     (gdb) break DispatchRead             a function of a driver that may not be loaded yet
#     (gdb) run                            or: attach to a server, continue
#     (gdb) nthost-drivers                 what is loaded, and where
#
# A driver needs DWARF for lines and variables (clang -gdwarf, lld-link /debug:dwarf); COFF symbols give functions.
# kernel/ldr/announce.c keeps the list that this script reads. docs/debugging.md has an example.
# Frames of drivers are unwound by their .pdata and .xdata, so a backtrace goes on into nthost and the application.
import gdb
import struct
from gdb.unwinder import Unwinder

HEAD, CHANGED = "nthost_images", "nthost_images_changed"
REGISTERS = "rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15".split()
shown = {}  # base: path, of the drivers whose symbols gdb has


def read_number(address):
    memory = gdb.selected_inferior().read_memory(address, 8)
    return int.from_bytes(bytes(memory), "little")


def read_text(address):
    text = b""
    while not text.endswith(b"\0"):
        text += bytes(gdb.selected_inferior().read_memory(address + len(text), 1))
    return text[:-1].decode("utf-8", "surrogateescape")


def loaded_drivers():
    """(base, preferred base, path) of each, as struct announced has them; none before the kernel runs."""
    drivers = []
    try:
        entry = read_number(int(gdb.parse_and_eval("(unsigned long)&" + HEAD)))
        while entry:
            drivers.append((read_number(entry + 8), read_number(entry + 16), read_text(entry + 24)))
            entry = read_number(entry)
    except gdb.error:
        pass
    return drivers


def quoted(path):
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'


def forget(base):
    try:
        gdb.execute("remove-symbol-file -a 0x%x" % (base + 0x1000), to_string=True)
    except gdb.error:
        pass  # a file without symbols was never added
    del shown[base]


def update():
    """Make gdb know the symbols of the drivers that are loaded now, and of no others."""
    drivers = {base: (preferred, path) for base, preferred, path in loaded_drivers()}
    for base in [base for base in shown if base not in drivers]:
        forget(base)
    for base, (preferred, path) in drivers.items():
        if base in shown:
            continue
        try:
            gdb.execute("add-symbol-file %s -o 0x%x" % (quoted(path), (base - preferred) % 2**64), to_string=True)
        except gdb.error as error:
            print("nthost: no symbols of %s: %s" % (path, error))
        shown[base] = path


# ---- frames -------------------------------------------------------------------------------------------------------
# https://learn.microsoft.com/cpp/build/exception-handling-x64


def unpack(form, address):
    memory = gdb.selected_inferior().read_memory(address, struct.calcsize("<" + form))
    return struct.unpack("<" + form, bytes(memory))


def driver_of(pc):
    """(base, RVA and size of the exception directory) of the driver that holds pc, or None."""
    for base in shown:
        header = base + unpack("I", base + 0x3C)[0]
        if base <= pc < base + unpack("I", header + 0x50)[0]:  # SizeOfImage
            return (base,) + unpack("II", header + 0xA0)  # the fourth directory
    return None


def function_of(driver, pc):
    """(begin, end, unwind information), as RVAs; None for a leaf function."""
    base, table, size = driver
    low, high = 0, size // 12
    while low < high:
        middle = (low + high) // 2
        begin, end, info = unpack("III", base + table + middle * 12)
        if pc - base < begin:
            high = middle
        elif pc - base >= end:
            low = middle + 1
        else:
            return begin, end, info
    return None


def undo_prologue(base, info, offset, registers):
    """Take back what the prologue had done at that offset from the function's beginning."""
    version_flags, _, count, frame = unpack("BBBB", base + info)
    codes = base + info + 4
    at = 0
    pushed = registers["rsp"]
    if frame & 15:
        pushed = registers[REGISTERS[frame & 15]] - (frame >> 4) * 16
    while at < count:
        where, operation = unpack("BB", codes + at * 2)
        operation, operand = operation & 15, operation >> 4
        word = unpack("H", codes + at * 2 + 2)[0] if at + 1 < count else 0
        double = unpack("I", codes + at * 2 + 2)[0] if at + 2 < count else 0
        done = offset >= where
        if operation == 0:  # push
            if done:
                registers[REGISTERS[operand]] = read_number(registers["rsp"])
                registers["rsp"] += 8
        elif operation == 1:  # large allocation
            registers["rsp"] += (double if operand else word * 8) if done else 0
        elif operation == 2:  # small allocation
            registers["rsp"] += operand * 8 + 8 if done else 0
        elif operation == 3:  # frame register
            registers["rsp"] = pushed if done else registers["rsp"]
        elif operation in (4, 5) and done:  # a register saved in the frame
            base_of_frame = pushed if frame & 15 else registers["rsp"]
            registers[REGISTERS[operand]] = read_number(base_of_frame + (word * 8 if operation == 4 else double))
        at += {1: 3 if operand else 2, 4: 2, 5: 3, 6: 2, 8: 2, 9: 3}.get(operation, 1)
    if version_flags >> 3 & 4:  # chained
        undo_prologue(base, unpack("III", codes + (count + 1) // 2 * 4)[2], 2**32, registers)


class FrameId:
    def __init__(self, sp, pc):
        self.sp, self.pc = sp, pc


class DriverFrames(Unwinder):
    def __init__(self):
        super().__init__("nthost drivers")

    def __call__(self, frame):
        values = {name: frame.read_register(name) for name in REGISTERS + ["rip"]}
        registers = {name: int(value.cast(values["rax"].type)) % 2**64 for name, value in values.items()}
        pc = registers["rip"]
        driver = driver_of(pc) if shown else None
        if not driver:
            return None
        function = function_of(driver, pc)
        if function:
            undo_prologue(driver[0], function[2], pc - driver[0] - function[0], registers)
        registers["rip"] = read_number(registers["rsp"])
        registers["rsp"] += 8
        begin = driver[0] + function[0] if function else pc
        caller = {name: gdb.Value(registers[name]).cast(value.type) for name, value in values.items()}
        result = frame.create_unwind_info(FrameId(caller["rsp"], gdb.Value(begin).cast(values["rip"].type)))
        for name, value in caller.items():
            result.add_saved_register(name, value)
        return result


# ---- what gdb calls -----------------------------------------------------------------------------------------------


class ImagesChanged(gdb.Breakpoint):
    """Where the loader says that a driver was loaded or unloaded."""

    def __init__(self):
        super().__init__(CHANGED, internal=True)
        self.silent = True

    def stop(self):
        update()
        return False


class Drivers(gdb.Command):
    """Show the drivers that are loaded, and their addresses; load the symbols that are missing."""

    def __init__(self):
        super().__init__("nthost-drivers", gdb.COMMAND_FILES)

    def invoke(self, argument, from_tty):
        update()
        drivers = loaded_drivers()
        for base, _, path in drivers:
            print("0x%x  %s" % (base, path))
        if not drivers:
            print("No driver is loaded.")


gdb.execute("set breakpoint pending on")
# Faults of driver code are looked at by nthost first; those that are nobody's end the process.
gdb.execute("handle SIGSEGV nostop noprint pass", to_string=True)
gdb.unwinder.register_unwinder(None, DriverFrames(), replace=True)
ImagesChanged()
Drivers()
update()
