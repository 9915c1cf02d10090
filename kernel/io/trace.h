// What happens to requests, as records in memory that viewers map: see trace.c.
#pragma once

#include "io/io.h"
#include "rtl/ring.h"

enum io_trace_kind {
    IO_TRACE_CALL = 1,  // a device was called with the request
    IO_TRACE_UP,        // completion left that device's stack location; at depth 0 the request is done
    IO_TRACE_ABANDONED, // its driver answered without completing it, or was stopped by a bugcheck
    IO_TRACE_FAST,      // a fast I/O routine did the work without a request
};

enum { IO_TRACE_PENDED = 1, IO_TRACE_CANCELLED = 2, IO_TRACE_KERNEL_MODE = 4, IO_TRACE_SYNCHRONOUS = 8 };
enum { IO_TRACE_BUFFERED = 1, IO_TRACE_DIRECT, IO_TRACE_NEITHER };

// Plain data of a fixed layout: other processes read it too. Texts are terminated, and cut when they are too long.
struct io_trace_record {
    struct rtl_ring_head head; // time since the kernel's boot
    uint64_t id;               // of the request, while the kernel runs; for a driver's own memory its address
    uint64_t irp, device, file;
    uint64_t offset;      // read, write: ByteOffset; IO_TRACE_FAST: nanoseconds it took
    uint64_t information; // IoStatus, of IO_TRACE_UP
    int32_t status;
    uint32_t code; // control: IoControlCode; create: Options
    uint32_t in_length, out_length;
    uint32_t process, thread;   // who does what is recorded
    uint8_t kind, major, minor; // enum io_trace_kind, IRP_MJ, IRP_MN
    uint8_t depth;              // stack location, 0 is the top
    uint8_t buffering, flags;
    uint8_t reserved[2];
    char driver[24];       // CALL: the device's; UP: who called IoCompleteRequest, empty at the locations above
    char process_name[16]; // its name
    char device_name[48];  // empty: it has none
    char file_name[48];    // what was opened below the device
};

enum { IO_TRACE_RECORDS = 1 << 17, IO_TRACE_RING_KIND = 0x70726974 }; // "trip"

#define IO_TRACE_BYTES RTL_RING_BYTES(IO_TRACE_RECORDS, sizeof(struct io_trace_record))

// Tracing is on while somebody asked for it: as many stops as starts. STATUS_INSUFFICIENT_RESOURCES. The first start makes the
// ring, which stays until the kernel shuts down.
NTSTATUS io_trace_start(void);
void io_trace_stop(void);
// After a start: the ring, and its memory file, which stays the kernel's.
const struct rtl_ring *io_trace_ring(void);
int io_trace_fd(void);
void io_trace_shutdown(void);

// What the request path calls when io_trace_on says so. Any IRQL. NTAPI as their callers, see complete.c.
void NTAPI io_trace_call(PDEVICE_OBJECT device, PIRP irp);
void NTAPI io_trace_up(PIRP irp, const void *completer);
void NTAPI io_trace_abandoned(PDEVICE_OBJECT device, struct io_request *request, NTSTATUS returned);
// A fast I/O routine's device control, begun at that monotonic time.
struct io_trace_fast {
    PDEVICE_OBJECT device;
    PFILE_OBJECT file;
    ULONG code, in_length, out_length;
    const IO_STATUS_BLOCK *result;
    uint64_t begun_ns;
};
void io_trace_fast(const struct io_trace_fast *fast);
