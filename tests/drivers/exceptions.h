// What test-exceptions.sys can be asked to do; for the driver and for the unit tests that load it.
#pragma once

#define EXCEPTIONS_IOCTL 0x222000 // FILE_DEVICE_UNKNOWN, function 0x800, METHOD_BUFFERED, FILE_ANY_ACCESS
#define EXCEPTIONS_STEPS 24

// Each is a function of exceptions.c. "Caught" ones return the exception code as status.
enum exceptions_case {
    CASE_READ_CAUGHT,          // read address within __try
    CASE_WRITE_CAUGHT,         // write there
    CASE_READ,                 // read address, no __try
    CASE_RAISE_STATUS,         // ExRaiseStatus(argument)
    CASE_RAISE_VIOLATION,      // ExRaiseAccessViolation
    CASE_RAISE_MISALIGNMENT,   // ExRaiseDatatypeMisalignment
    CASE_RAISE_RTL_STATUS,     // RtlRaiseStatus(argument)
    CASE_RAISE_RECORD,         // RtlRaiseException with three parameters
    CASE_RAISE_CONTINUED,      // RtlRaiseException, the filter says "continue"
    CASE_RAISE_NONCONTINUABLE, // ExRaiseStatus, the filter says "continue" to it
    CASE_PROBE_READ,           // ProbeForRead(address, length, argument)
    CASE_PROBE_WRITE,
    CASE_COPY,            // memcpy from address
    CASE_INIT_STRING,     // RtlInitUnicodeString of address
    CASE_PRINT,           // DbgPrint("%s", address)
    CASE_LOCK_PAGES,      // MmProbeAndLockPages(address, length, UserMode, argument)
    CASE_DIVIDE,          // 1 / argument
    CASE_DIVIDE_OVERFLOW, // LONG_MIN / -1
    CASE_ILLEGAL,         // ud2
    CASE_WILD,            // read a non-canonical address
    CASE_CALL_NOWHERE,    // call address
    CASE_ASSERT,          // int 2Ch
    CASE_BREAK_CAUGHT,    // int 3 within __try
    CASE_BREAK,           // int 3, no __try; then DbgBreakPoint
    CASE_NESTED,          // filters, then termination handlers, in order
    CASE_FINALLY,         // __finally without an exception
    CASE_COLLIDED,        // a termination handler raises while it is run by an unwind
    CASE_FILTER_RAISES,   // a filter raises, and catches that itself
    CASE_HANDLER_RAISES,  // an __except block raises; the outer __try takes it
    CASE_CONTINUE,        // the filter repairs a register, the read is done again
    CASE_REGISTERS,       // which nonvolatile registers are wrong after a catch through kernel code
    CASE_THROUGH_CALL,    // IoCallDriver to a device of this driver that raises
    CASE_BACKTRACE,       // RtlCaptureStackBackTrace, RtlWalkFrameChain and the lookups
    CASE_RESTORE,         // RtlCaptureContext, RtlRestoreContext
    CASE_UNWIND,          // RtlUnwind to a frame of its own
    CASE_IRQL,            // raise and lower IRQL by cr8
    CASE_IRQL_READ,       // read address at DISPATCH_LEVEL within __try
    CASE_SHARED_DATA,     // read the clocks at 0xFFFFF78000000000
    CASE_SHARED_COPY,     // memcpy and a string out of it
    CASE_SHARED_WRITE,    // write to it within __try
    CASE_PRIVILEGED,      // cli, sti, rdmsr, in, cr0, ...
    CASE_UNKNOWN_MSR,     // rdmsr of argument within __try
    CASE_FAST_FAIL,       // int 29h within __try
    CASE_OVERFLOW,        // endless recursion
    CASE_SET_EVENT,       // KeSetEvent(address)
    CASE_THREAD,          // a system thread that reads address
    CASE_DPC,             // a DPC that reads address
    CASE_VALID,           // MmIsAddressValid(address)
    CASE_COUNT
};

struct exceptions_request {
    unsigned int what;
    unsigned int length;
    unsigned long long address;
    unsigned long long argument;
};

struct exceptions_reply {
    int status;              // of the case
    unsigned int step_count; // what happened, in order
    unsigned int steps[EXCEPTIONS_STEPS];
    unsigned long long values[8];
    // what the last filter saw
    int code;
    unsigned int flags;
    unsigned int parameters;
    unsigned int in_driver; // the exception's address lies in this driver
    unsigned long long information[3];
};
