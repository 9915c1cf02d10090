// Tracing requests. While nobody looks, the request path pays one load and a branch that is never taken; while somebody does,
// each call of a device and each step of a completion appends a record to a ring in shared memory (rtl/ring.h): no locks, no
// system calls, viewers only read. What a viewer makes of the records of one request:
//
//     CALL depth 0        a device at the top of a stack was called
//       CALL depth 1      it passed the request down
//       UP depth 1        IoCompleteRequest; names who called it
//     UP depth 0          the request is done
//
// A device that passes a request on without a stack location of its own leaves a second CALL of the same depth. A completion
// routine that stops the walk leaves a gap until IoCompleteRequest is called again.
#include "io/trace.h"
#include "dbg/dbg.h"

#include <unistd.h>

bool io_trace_on;

static struct hal_mutex users_lock;
static unsigned users;
static struct rtl_ring *ring; // who finds io_trace_on set finds it, too
static int ring_fd = -1;

_Static_assert(sizeof(struct io_trace_record) == 232, "a slot of the ring is 256 bytes");

// ---- on and off ---------------------------------------------------------------------------------------------------

// The times are the log's, so that the two can be laid side by side.
static bool make_ring(void)
{
    const struct rtl_ring *log = dbg_ring_current();
    void *memory = hal_map_shared(IO_TRACE_BYTES, "nthost-trace", &ring_fd);
    ring = rtl_ring_format(memory, IO_TRACE_BYTES, IO_TRACE_RING_KIND, sizeof(struct io_trace_record),
                           log ? rtl_ring_start_ns(log) : hal_monotonic_ns());
    return ring != NULL;
}

NTSTATUS io_trace_start(void)
{
    hal_mutex_lock(&users_lock);
    bool there = ring || make_ring();
    if (there && users++ == 0)
        __atomic_store_n(&io_trace_on, true, __ATOMIC_RELEASE);
    hal_mutex_unlock(&users_lock);
    return there ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

void io_trace_stop(void)
{
    hal_mutex_lock(&users_lock);
    if (--users == 0)
        __atomic_store_n(&io_trace_on, false, __ATOMIC_RELEASE);
    hal_mutex_unlock(&users_lock);
}

const struct rtl_ring *io_trace_ring(void)
{
    return ring;
}

int io_trace_fd(void)
{
    return ring_fd;
}

// No request is under way any more.
void io_trace_shutdown(void)
{
    if (!ring)
        return;
    __atomic_store_n(&io_trace_on, false, __ATOMIC_RELEASE);
    users = 0;
    hal_unmap(ring, IO_TRACE_BYTES);
    close(ring_fd);
    ring = NULL;
    ring_fd = -1;
}

// ---- records ------------------------------------------------------------------------------------------------------

static void copy_text(char *to, size_t size, const char *from)
{
    size_t i;
    for (i = 0; from[i] && i + 1 < size; i++)
        to[i] = from[i];
    to[i] = 0;
}

static void set_caller(struct io_trace_record *record)
{
    const struct _ETHREAD *thread = ps_current_thread_or_null();
    if (!thread)
        return;
    record->process = (uint32_t)(ULONG_PTR)thread->Cid.UniqueProcess;
    record->thread = (uint32_t)(ULONG_PTR)thread->Cid.UniqueThread;
    copy_text(record->process_name, sizeof record->process_name, thread->process->name);
}

static void set_file(struct io_trace_record *record, const FILE_OBJECT *file)
{
    ULONG written = 0;
    record->file = (uintptr_t)file;
    if (!file || !file->FileName.Length)
        return;
    RtlUnicodeToUTF8N(record->file_name, sizeof record->file_name - 1, &written, file->FileName.Buffer,
                      file->FileName.Length);
    record->file_name[written] = 0;
}

static void set_device(struct io_trace_record *record, PDEVICE_OBJECT device)
{
    record->device = (uintptr_t)device;
    record->buffering = device->Flags & DO_BUFFERED_IO ? IO_TRACE_BUFFERED
                        : device->Flags & DO_DIRECT_IO ? IO_TRACE_DIRECT
                                                       : IO_TRACE_NEITHER;
    copy_text(record->device_name, sizeof record->device_name, io_device_extension(device)->name);
}

static void set_parameters(struct io_trace_record *record, const IO_STACK_LOCATION *stack)
{
    switch (stack->MajorFunction) {
    case IRP_MJ_CREATE:
        record->code = stack->Parameters.Create.Options;
        break;
    case IRP_MJ_READ:
        record->out_length = stack->Parameters.Read.Length;
        record->offset = (uint64_t)stack->Parameters.Read.ByteOffset.QuadPart;
        break;
    case IRP_MJ_WRITE:
        record->in_length = stack->Parameters.Write.Length;
        record->offset = (uint64_t)stack->Parameters.Write.ByteOffset.QuadPart;
        break;
    case IRP_MJ_DEVICE_CONTROL:
    case IRP_MJ_INTERNAL_DEVICE_CONTROL:
    case IRP_MJ_FILE_SYSTEM_CONTROL:
        record->code = stack->Parameters.DeviceIoControl.IoControlCode;
        record->in_length = stack->Parameters.DeviceIoControl.InputBufferLength;
        record->out_length = stack->Parameters.DeviceIoControl.OutputBufferLength;
        break;
    default:
        break;
    }
}

static uint64_t id_of(PIRP irp)
{
    static _Atomic uint64_t last_id;
    if (!(irp->AllocationFlags & IO_IRP_HAS_REQUEST))
        return (uintptr_t)irp;
    struct io_request *request = io_request(irp);
    if (!request->trace_id)
        request->trace_id = atomic_fetch_add(&last_id, 1) + 1;
    return request->trace_id;
}

static void begin(struct io_trace_record *record, enum io_trace_kind kind, PIRP irp)
{
    __builtin_memset(record, 0, sizeof *record);
    record->kind = (uint8_t)kind;
    record->irp = (uintptr_t)irp;
    record->id = id_of(irp);
    record->depth = (uint8_t)(irp->StackCount - irp->CurrentLocation);
    record->flags = (__atomic_load_n(&irp->Cancel, __ATOMIC_RELAXED) ? IO_TRACE_CANCELLED : 0) |
                    (irp->RequestorMode == KernelMode ? IO_TRACE_KERNEL_MODE : 0) |
                    (irp->Flags & IRP_SYNCHRONOUS_API ? IO_TRACE_SYNCHRONOUS : 0);
    set_caller(record);
}

// The driver whose code an address is in; another's name when it is none's (a kernel routine that completes for a driver).
static const char *driver_at(const void *address, PDEVICE_OBJECT device)
{
    const struct ldr_image *image = ldr_find_image(address);
    const struct io_driver *driver = image ? image->owner : NULL;
    return driver ? driver->name : device ? io_driver_name(device) : "?";
}

__attribute__((cold, noinline)) void NTAPI io_trace_call(PDEVICE_OBJECT device, PIRP irp)
{
    struct io_trace_record record;
    const IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    begin(&record, IO_TRACE_CALL, irp);
    record.major = stack->MajorFunction;
    record.minor = stack->MinorFunction;
    set_device(&record, device);
    set_file(&record, stack->FileObject);
    set_parameters(&record, stack);
    copy_text(record.driver, sizeof record.driver, io_driver_name(device));
    rtl_ring_write(ring, &record.head, sizeof record);
}

// Before the completion routine of the current location is called. completer: the address IoCompleteRequest was called from, NULL
// further up.
__attribute__((cold, noinline)) void NTAPI io_trace_up(PIRP irp, const void *completer)
{
    struct io_trace_record record;
    const IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    begin(&record, IO_TRACE_UP, irp);
    record.major = stack->MajorFunction;
    record.minor = stack->MinorFunction;
    record.device = (uintptr_t)stack->DeviceObject;
    record.status = irp->IoStatus.Status;
    record.information = irp->IoStatus.Information;
    if (stack->Control & SL_PENDING_RETURNED)
        record.flags |= IO_TRACE_PENDED;
    if (completer)
        copy_text(record.driver, sizeof record.driver, driver_at(completer, stack->DeviceObject));
    rtl_ring_write(ring, &record.head, sizeof record);
    if (record.depth == 0 && (irp->AllocationFlags & IO_IRP_HAS_REQUEST))
        io_request(irp)->trace_id = 0; // its next journey is another request
}

__attribute__((cold)) void NTAPI io_trace_abandoned(PDEVICE_OBJECT device, struct io_request *request,
                                                    NTSTATUS returned)
{
    struct io_trace_record record;
    begin(&record, IO_TRACE_ABANDONED, &request->irp);
    set_device(&record, device);
    record.status = returned;
    copy_text(record.driver, sizeof record.driver, io_driver_name(device));
    rtl_ring_write(ring, &record.head, sizeof record);
}

__attribute__((cold)) void io_trace_fast(const struct io_trace_fast *fast)
{
    struct io_trace_record record = {.kind = IO_TRACE_FAST,
                                     .major = IRP_MJ_DEVICE_CONTROL,
                                     .code = fast->code,
                                     .in_length = fast->in_length,
                                     .out_length = fast->out_length,
                                     .status = fast->result->Status,
                                     .information = fast->result->Information,
                                     .offset = hal_monotonic_ns() - fast->begun_ns};
    set_caller(&record);
    set_device(&record, fast->device);
    set_file(&record, fast->file);
    copy_text(record.driver, sizeof record.driver, io_driver_name(fast->device));
    rtl_ring_write(ring, &record.head, sizeof record);
}
