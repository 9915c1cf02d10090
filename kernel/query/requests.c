// The section "requests": those that a thread has sent and that are not finished.
//
// A thread's list is locked for as long as the facts of its requests are copied. What a request points to may go when
// the lock does, so devices are only named when they are among those that exist.
#include "query/parts.h"

#include <stdlib.h>

struct request_facts {
    const void *irp, *device, *file;
    uint64_t issued_ns; // 0: its dispatch routine has not returned
    int64_t offset;     // of a read or write
    uint32_t code, in_length, out_length;
    uint8_t major, minor, location, locations;
    bool synchronous, cancelable, cancelled;
};

struct request_list {
    struct request_facts *items;
    size_t count, capacity;
};

QUERY_LOOKS_ON static void copy_lengths(struct request_facts *facts, const IO_STACK_LOCATION *stack)
{
    switch (stack->MajorFunction) {
    case IRP_MJ_READ:
        facts->out_length = stack->Parameters.Read.Length;
        facts->offset = stack->Parameters.Read.ByteOffset.QuadPart;
        break;
    case IRP_MJ_WRITE:
        facts->in_length = stack->Parameters.Write.Length;
        facts->offset = stack->Parameters.Write.ByteOffset.QuadPart;
        break;
    case IRP_MJ_DEVICE_CONTROL:
    case IRP_MJ_INTERNAL_DEVICE_CONTROL:
    case IRP_MJ_FILE_SYSTEM_CONTROL:
        facts->code = stack->Parameters.DeviceIoControl.IoControlCode;
        facts->in_length = stack->Parameters.DeviceIoControl.InputBufferLength;
        facts->out_length = stack->Parameters.DeviceIoControl.OutputBufferLength;
        break;
    default:
        break;
    }
}

// With the list's lock, which keeps the memory; its contents move on meanwhile.
QUERY_LOOKS_ON static struct request_facts look_at(const struct io_request *request)
{
    const IRP *irp = &request->irp;
    CCHAR location = *(const volatile CCHAR *)&irp->CurrentLocation; // once
    struct request_facts facts = {.irp = irp,
                                  .file = request->file,
                                  .issued_ns = request->issued_ns,
                                  .location = (uint8_t)location,
                                  .locations = (uint8_t)irp->StackCount,
                                  .synchronous = request->synchronous,
                                  .cancelable = irp->CancelRoutine != NULL,
                                  .cancelled = irp->Cancel};
    if (location < 1 || location > irp->StackCount)
        return facts;
    const IO_STACK_LOCATION *stack = (const IO_STACK_LOCATION *)(irp + 1) + location - 1;
    facts.device = stack->DeviceObject;
    facts.major = stack->MajorFunction;
    facts.minor = stack->MinorFunction;
    copy_lengths(&facts, stack);
    return facts;
}

// How many requests the thread has; as many as fit are copied.
static size_t copy_requests(struct _ETHREAD *thread, struct request_list *list)
{
    size_t count = 0;
    list->count = 0;
    hal_spin_lock(&thread->irp_lock);
    for (LIST_ENTRY *entry = thread->irps.Flink; entry != &thread->irps; entry = entry->Flink) {
        if (++count > list->capacity)
            continue;
        list->items[list->count++] = look_at(io_request(CONTAINING_RECORD(entry, IRP, ThreadListEntry)));
    }
    hal_spin_unlock(&thread->irp_lock);
    return count;
}

static void collect(struct _ETHREAD *thread, struct request_list *list)
{
    size_t wanted;
    while ((wanted = copy_requests(thread, list)) > list->capacity) {
        struct request_facts *items = realloc(list->items, 2 * wanted * sizeof *items);
        if (!items)
            return;
        list->items = items;
        list->capacity = 2 * wanted;
    }
}

static void write_device(struct rtl_json *json, const struct query_list *devices, const struct request_facts *facts)
{
    bool exists = facts->device && query_has(devices, facts->device);
    query_address(json, "device", facts->device);
    if (exists)
        query_name(json, "device_name", (void *)facts->device);
    else
        rtl_json_string(json, "device_name", NULL);
    rtl_json_string(json, "driver", exists ? io_driver_name((PDEVICE_OBJECT)facts->device) : NULL);
}

static void write_request(struct rtl_json *json, struct _ETHREAD *thread, const struct query_list *devices,
                          const struct request_facts *facts)
{
    rtl_json_begin(json, NULL, '{');
    query_address(json, "irp", facts->irp);
    rtl_json_string(json, "major", io_major_name(facts->major));
    rtl_json_number(json, "minor", facts->minor);
    write_device(json, devices, facts);
    query_address(json, "file", facts->file);
    rtl_json_number(json, "process", (ULONG_PTR)thread->Cid.UniqueProcess);
    rtl_json_string(json, "process_name", thread->process->name);
    rtl_json_number(json, "thread", (ULONG_PTR)thread->Cid.UniqueThread);
    rtl_json_string(json, "state", facts->issued_ns ? "pending" : "in the dispatch routine");
    if (facts->issued_ns)
        rtl_json_number(json, "age_ns", hal_monotonic_ns() - facts->issued_ns);
    rtl_json_number(json, "offset", (uint64_t)facts->offset);
    rtl_json_number(json, "code", facts->code);
    rtl_json_number(json, "in_length", facts->in_length);
    rtl_json_number(json, "out_length", facts->out_length);
    rtl_json_number(json, "location", facts->location);
    rtl_json_number(json, "locations", facts->locations);
    rtl_json_bool(json, "synchronous", facts->synchronous);
    rtl_json_bool(json, "cancelable", facts->cancelable);
    rtl_json_bool(json, "cancelled", facts->cancelled);
    rtl_json_end(json, '}');
}

void query_requests(struct rtl_json *json)
{
    struct query_list devices = {0}, processes = {0};
    struct request_list requests = {0};
    query_collect_devices(&devices);
    query_collect_processes(&processes);
    for (size_t i = 0; i < processes.count; i++) {
        struct _ETHREAD *thread = NULL;
        while ((thread = ps_next_thread(processes.objects[i], thread))) {
            collect(thread, &requests);
            for (size_t n = 0; n < requests.count; n++)
                write_request(json, thread, &devices, &requests.items[n]);
        }
    }
    free(requests.items);
    query_release(&processes);
    query_release(&devices);
}
