// The I/O manager: driver, device and file objects, requests.
//
// How a request travels:
//
//     NtReadFile ...      io_begin: handle -> file object, event, synchronous lock
//                         io_allocate_request, buffers by the device's choice (buffer.c)
//     io_dispatch         down to the driver, in the caller's context
//     IofCompleteRequest  back up through completion routines (complete.c)
//     io_finish           bytes, IOSB, event, completion port, APC (finish.c)
#pragma once

#include "ps/ps.h"
#include "ldr/ldr.h"

extern struct _OBJECT_TYPE io_driver_type, io_device_type, io_file_type, io_completion_type;

// ---- drivers -----------------------------------------------------------------------------------------------

// What IoAllocateDriverObjectExtension gave; the driver's memory follows.
struct io_client_extension {
    struct io_client_extension *next;
    PVOID id;
};

struct io_driver {
    DRIVER_OBJECT object;
    DRIVER_EXTENSION extension;
    struct ldr_image *image;                // NULL for a driver without a file (tests)
    KLDR_DATA_TABLE_ENTRY section;          // of the image
    char name[32];                          // UTF-8, for people
    bool unload_pending;                    // DriverUnload runs when the last open goes
    bool unloading;                         // DriverUnload has been called
    bool failed;                            // a bugcheck stopped it
    bool at_shutdown;                       // io_shutdown has been here
    struct io_client_extension *extensions; // under the database lock
    struct io_node *node;                   // its root device; NULL none
};

// The loader's entry of a driver's image, in PsLoadedModuleList (section.c). Drivers that want to know of images are told.
void io_enter_section(struct io_driver *driver, const char *path);
void io_leave_section(struct io_driver *driver); // nothing when it is not in the list
bool io_is_trusted_routine(const void *routine);
// prefix and UTF-8 text into pool, terminated.
NTSTATUS io_wide_copy(const char *prefix, const char *text, UNICODE_STRING *out);

// ---- devices -----------------------------------------------------------------------------------------------

struct io_device_extension {
    DEVOBJ_EXTENSION object;    // what DeviceObjectExtension points to
    PDEVICE_OBJECT attached_to; // the device below
    char name[64];              // the name it was created with, for people; empty without one
};

static inline struct io_device_extension *io_device_extension(PDEVICE_OBJECT device)
{
    return (struct io_device_extension *)device->DeviceObjectExtension;
}

// Protects reference counts of devices, device lists and attachments. Short.
extern struct hal_mutex io_database_lock;

// Whether somebody watches requests: see io/trace.h.
extern bool io_trace_on __attribute__((visibility("hidden")));

static inline bool io_tracing(void)
{
    return hal_unlikely(__atomic_load_n(&io_trace_on, __ATOMIC_ACQUIRE));
}

// ---- requests ----------------------------------------------------------------------------------------------

enum {
    IO_STATE_COMPLETED = 1, // the driver is done with it: the completing side arrived
    IO_STATE_RETURNED = 2,  // the dispatch routine returned: the requesting side arrived
    IO_STATE_ABANDONED = 4, // the requester is gone; only free it
};

// What stands before every IRP that the I/O manager allocates.
struct io_request {
    _Atomic uint32_t state; // futex
    CCHAR stack_capacity;
    bool threaded;     // finished by the I/O manager: a service or IoBuild*Request
    bool synchronous;  // the requester waits and finishes it
    bool pended;       // PendingReturned at the end of completion
    NTSTATUS returned; // by the dispatch routine
    struct _ETHREAD *thread;
    PFILE_OBJECT file;   // the requester's reference while synchronous, the request's own otherwise; NULL none
    PKEVENT event;       // the caller's, referenced; NULL none
    PKEVENT built_event; // of a driver that built the request; not referenced
    void *port;          // completion port, referenced; NULL none
    PVOID port_key;
    struct io_packet *packet; // for the port
    PKAPC user_apc;           // pool; NULL none
    PKNORMAL_ROUTINE apc;
    PVOID apc_context;
    PIO_STATUS_BLOCK user_iosb;
    KPROCESSOR_MODE mode;
    size_t user_length; // bytes the caller's output buffer takes
    unsigned holds;     // by who cancels; under the thread's irp_lock
    unsigned cancel_pass;
    bool ended;              // off the list; the last holder frees it
    uint64_t issued_ns;      // set when it is pended
    struct mm_charge charge; // for its system buffer, and while it is pended
    uint64_t trace_id;       // of this journey, while it is traced
    IRP irp;
    // stack locations follow
};

enum { IO_IRP_HAS_REQUEST = 0x80 }; // in AllocationFlags

static inline struct io_request *io_request(PIRP irp)
{
    return CONTAINING_RECORD(irp, struct io_request, irp);
}

// One service call on its way.
struct io_call {
    UCHAR major;
    KPROCESSOR_MODE mode;
    bool synchronous;
    bool locked; // holds the synchronous lock of the file object
    PFILE_OBJECT file;
    PDEVICE_OBJECT device;
    ACCESS_MASK granted;
    PKEVENT event;
    PKNORMAL_ROUTINE apc;
    PVOID apc_context;
    PIO_STATUS_BLOCK iosb;
    struct io_request *request;
    PIRP irp;
    PIO_STACK_LOCATION stack;
};

struct io_parameters {
    HANDLE file, event;
    PVOID apc;
    PVOID apc_context;
    PIO_STATUS_BLOCK iosb;
};

// Handle -> file object and device, the caller's event, the probed IOSB, the synchronous lock. On failure nothing
// is held. wanted: any one of these rights suffices when any is true, else all of them.
NTSTATUS io_begin(struct io_call *call, UCHAR major, const struct io_parameters *parameters, ACCESS_MASK wanted,
                  bool any);
// The IRP and its first stack location.
NTSTATUS io_prepare(struct io_call *call);
// Undo io_begin (and io_prepare); returns the status given.
NTSTATUS io_abandon(struct io_call *call, NTSTATUS status);
// Send it, wait for it if synchronous, finish it. call holds nothing afterwards.
NTSTATUS io_dispatch(struct io_call *call);

// Buffers of a read or write (length bytes at the caller's address), by the device's flags.
NTSTATUS io_attach_buffer(struct io_call *call, PVOID buffer, ULONG length, bool is_read);
// Lock the caller's pages and describe them in irp->MdlAddress.
// For a system buffer of that size; STATUS_QUOTA_EXCEEDED.
NTSTATUS io_charge_buffer(struct io_call *call, ULONG length);
NTSTATUS io_lock_buffer(struct io_call *call, PVOID buffer, ULONG length, LOCK_OPERATION operation);
// Frees SystemBuffer and MDLs of an IRP.
void io_release_buffers(PIRP irp);

// An IRP for the I/O manager's own calls; NULL on exhaustion.
struct io_request *io_allocate_request(CCHAR stack_size);
// For what a driver must hear of, the end of a file or a device: a shortage of memory is waited out, for about a second.
struct io_request *io_allocate_patiently(CCHAR stack_size);
void io_free_request(struct io_request *request);
void io_thread_free_irp(void *request);
// The thread's list of requests in flight.
void io_queue_request(struct io_request *request, struct _ETHREAD *thread);
// Off the list; false when a canceller holds it, who frees it then.
bool io_dequeue_request(struct io_request *request);
// Second stage: results to the requester. Frees the request.
void io_finish(struct io_request *request);
// Send an IRP of the I/O manager's (create, cleanup, close, FSD) and wait; frees it. Not finished through user IOSB.
NTSTATUS io_send_and_wait(PDEVICE_OBJECT device, struct io_request *request, PIO_STATUS_BLOCK iosb);
// Calls the driver under a recovery point: a bugcheck in it returns STATUS_DRIVER_INTERNAL_ERROR.
NTSTATUS io_call_driver_guarded(PDEVICE_OBJECT device, PIRP irp, bool *failed);
void io_cancel_thread_requests(struct _ETHREAD *thread);
// The current thread, which must go, gives up a synchronous request that its driver does not let go of.
void io_leave_behind(struct io_request *request);

// ---- completion ports ------------------------------------------------------------------------------------------

struct io_packet {
    LIST_ENTRY link;
    FILE_IO_COMPLETION_INFORMATION information;
    struct mm_charge charge; // of NtSetIoCompletion; a request's packet is part of the request
};

struct io_packet *io_allocate_packet(void); // NULL on exhaustion
void io_post_packet(void *port, struct io_packet *packet);

// ---- opening and closing -------------------------------------------------------------------------------------

struct io_file {
    FILE_OBJECT object;
    ACCESS_MASK granted; // to the opener
};

struct io_open {
    ACCESS_MASK access;
    ULONG file_attributes, share, disposition, options;
    PVOID ea_buffer;
    ULONG ea_length;
    PFILE_OBJECT related;
    ULONG_PTR information; // result of the create
};

NTSTATUS io_open_device(PDEVICE_OBJECT device, struct ob_lookup *lookup, const UNICODE_STRING *rest, void **file);
void io_close_handle(void *file, const struct ob_close *close);
void io_destroy_file(void *file);
NTSTATUS io_lock_file(PFILE_OBJECT file, KPROCESSOR_MODE mode);
void io_unlock_file(PFILE_OBJECT file);
PDEVICE_OBJECT io_related_device(PFILE_OBJECT file);

// The descriptor that a named device has from its beginning, by type and characteristics.
NTSTATUS io_protect_device(PDEVICE_OBJECT device);
// Count an open file on the device; STATUS_NO_SUCH_DEVICE, STATUS_ACCESS_DENIED (exclusive).
NTSTATUS io_reference_device(PDEVICE_OBJECT device, bool related);
// One open less; goes on with a deletion or an unload that waited for it.
void io_dereference_device(PDEVICE_OBJECT device);

// ---- drivers: load and unload --------------------------------------------------------------------------------

struct io_load {
    const char *path;                    // Linux path of the image
    const char *name;                    // service name
    const UNICODE_STRING *registry_path; // NULL: made from the name
    unsigned flags;                      // LDR_STRICT_IMPORTS
    struct ldr_report *report;           // NULL: nobody reads it
};

extern bool io_strict_imports; // for services: refuse drivers with missing imports

NTSTATUS io_load_driver(const struct io_load *load);
NTSTATUS io_unload_driver(struct io_driver *driver);
// The end of its root device, DriverUnload and its own end, in the calling system thread. The driver goes on when it refuses
// to give up the device: what it answered.
NTSTATUS io_finish_unload(struct io_driver *driver);
// Referenced. STATUS_OBJECT_NAME_NOT_FOUND, STATUS_INSUFFICIENT_RESOURCES.
NTSTATUS io_find_driver(const char *name, struct io_driver **driver);
// directory: "\\Driver\\", "\\FileSystem\\".
NTSTATUS io_create_driver_object(const char *directory, const char *name, struct io_driver **driver);
void io_mark_failed(struct io_driver *driver);
NTSTATUS NTAPI io_invalid_device_request(PDEVICE_OBJECT device, PIRP irp);

// ---- plug and play: see io/pnp.h ------------------------------------------------------------------------------

void io_pnp_init(void);
// Root devices that are left, without a word to their drivers.
void io_pnp_shutdown(void);
// Makes and starts the root device of a driver that has an AddDevice. A failure is in the log; the driver stays.
void io_add_root_device(struct io_driver *driver);
// Asks the driver, and removes its root device. STATUS_SUCCESS without one; else what the driver refused with.
NTSTATUS io_remove_root_device(struct io_driver *driver);
// With the database lock: whether a device of the driver is open or has another on top of it.
bool io_driver_in_use(const struct io_driver *driver);
// With the database lock: the driver's root device; NULL without one.
PDEVICE_OBJECT io_root_device(const struct io_driver *driver);
// With the database lock: whose unload an open of this device holds up.
struct io_driver *io_answerable_driver(PDEVICE_OBJECT device);

void io_free_extensions(struct io_driver *driver);
void io_delete_timer(PDEVICE_OBJECT device);
void io_notify_shutdown(void);

NTSTATUS io_init(void);
void io_shutdown(void);
// Names for people.
const char *io_major_name(UCHAR major);
// DriverName of the device's driver, UTF-8; never NULL.
const char *io_driver_name(PDEVICE_OBJECT device);
