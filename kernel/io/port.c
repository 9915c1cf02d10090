// Completion ports: queues of packets that say which request ended how.
//
//      NtSetIoCompletion, or a request of a file that has a port --packet--> queue --NtRemoveIoCompletion--> thread
//
// The packet of a request is allocated before the request is sent, so that no completion can get lost.
// Facts: semantics 12, 16, 17.
#include "io/io.h"

static DISPATCHER_HEADER *waitable(void *object)
{
    return &((PKQUEUE)object)->Header;
}

static void free_packet(struct io_packet *packet)
{
    mm_uncharge(&packet->charge);
    ex_free(packet);
}

static void destroy(void *object)
{
    LIST_ENTRY *first = KeRundownQueue(object), *entry = first;
    while (entry) {
        struct io_packet *packet = CONTAINING_RECORD(entry, struct io_packet, link);
        entry = entry->Flink == first ? NULL : entry->Flink;
        free_packet(packet);
    }
}

struct _OBJECT_TYPE io_completion_type = {
    .name = L"IoCompletion",
    .tag = EX_TAG('I', 'o', 'C', 'o'),
    .mapping = {.GenericRead = STANDARD_RIGHTS_READ | IO_COMPLETION_QUERY_STATE,
                .GenericWrite = STANDARD_RIGHTS_WRITE | IO_COMPLETION_MODIFY_STATE,
                .GenericExecute = STANDARD_RIGHTS_EXECUTE | SYNCHRONIZE,
                .GenericAll = IO_COMPLETION_ALL_ACCESS},
    .waitable = waitable,
    .destroy = destroy,
};

struct io_packet *io_allocate_packet(void)
{
    return ex_allocate_zeroed(sizeof(struct io_packet), EX_TAG('I', 'o', 'C', 'p'));
}

void io_post_packet(void *port, struct io_packet *packet)
{
    KeInsertQueue(port, &packet->link);
}

NTSTATUS NTAPI NtCreateIoCompletion(PHANDLE handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes,
                                    ULONG concurrency)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    struct ob_attributes captured;
    void *port;
    NTSTATUS status = ob_capture_attributes(attributes, mode, &captured);
    if (!NT_SUCCESS(status))
        return status;
    status = ob_create(&io_completion_type, sizeof(KQUEUE), &port);
    if (NT_SUCCESS(status)) {
        KeInitializeQueue(port, concurrency);
        status = ob_finish_create(port, &captured, access, mode, handle);
    }
    ob_release_attributes(&captured);
    return status;
}

NTSTATUS NTAPI NtOpenIoCompletion(PHANDLE handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes)
{
    return ob_open(attributes, &io_completion_type, access, handle);
}

NTSTATUS NTAPI NtSetIoCompletion(HANDLE handle, PVOID key, PVOID context, NTSTATUS result, ULONG_PTR information)
{
    void *port;
    NTSTATUS status = ob_reference_by_handle(handle, IO_COMPLETION_MODIFY_STATE, &io_completion_type,
                                             ExGetPreviousMode(), &port, NULL);
    if (!NT_SUCCESS(status))
        return status;
    struct mm_charge charge = {0};
    struct io_packet *packet = NULL;
    status = mm_charge(&charge, sizeof *packet);
    if (NT_SUCCESS(status) && (packet = io_allocate_packet()) != NULL) {
        packet->charge = charge;
        packet->information = (FILE_IO_COMPLETION_INFORMATION){
            .KeyContext = key, .ApcContext = context, .IoStatusBlock = {.Status = result, .Information = information}};
        io_post_packet(port, packet);
    } else if (NT_SUCCESS(status)) {
        mm_uncharge(&charge);
        status = STATUS_INSUFFICIENT_RESOURCES;
    }
    ob_dereference(port);
    return status;
}

enum { MOST_PACKETS = 256 }; // a call takes at most so many; more stay for the next

static NTSTATUS remove_packets(HANDLE handle, FILE_IO_COMPLETION_INFORMATION *out, ULONG count,
                               PLARGE_INTEGER user_timeout, BOOLEAN alertable, ULONG *removed)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    PLIST_ENTRY entries[MOST_PACKETS];
    LARGE_INTEGER timeout;
    void *port;
    NTSTATUS status = user_timeout ? mm_copy_in(&timeout, user_timeout, sizeof timeout, mode) : STATUS_SUCCESS;
    if (NT_SUCCESS(status))
        status = ob_reference_by_handle(handle, IO_COMPLETION_MODIFY_STATE, &io_completion_type, mode, &port, NULL);
    if (!NT_SUCCESS(status))
        return status;
    status = ke_remove_queue(port, mode, alertable, user_timeout ? &timeout : NULL, entries,
                             count < MOST_PACKETS ? count : MOST_PACKETS, removed);
    for (ULONG i = 0; i < *removed; i++) {
        struct io_packet *packet = CONTAINING_RECORD(entries[i], struct io_packet, link);
        out[i] = packet->information;
        free_packet(packet);
    }
    ob_dereference(port);
    return status;
}

NTSTATUS NTAPI NtRemoveIoCompletion(HANDLE handle, PVOID *key, PVOID *context, PIO_STATUS_BLOCK iosb,
                                    PLARGE_INTEGER timeout)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    FILE_IO_COMPLETION_INFORMATION packet;
    ULONG removed;
    NTSTATUS status = mm_probe_write(key, sizeof *key, mode);
    if (NT_SUCCESS(status))
        status = mm_probe_write(context, sizeof *context, mode);
    if (NT_SUCCESS(status))
        status = mm_probe_write(iosb, sizeof *iosb, mode);
    if (NT_SUCCESS(status))
        status = remove_packets(handle, &packet, 1, timeout, FALSE, &removed);
    if (status != STATUS_SUCCESS)
        return status;
    mm_copy_out(key, &packet.KeyContext, sizeof packet.KeyContext, mode);
    mm_copy_out(context, &packet.ApcContext, sizeof packet.ApcContext, mode);
    return mm_copy_out(iosb, &packet.IoStatusBlock, sizeof packet.IoStatusBlock, mode);
}

NTSTATUS NTAPI NtRemoveIoCompletionEx(HANDLE handle, PFILE_IO_COMPLETION_INFORMATION entries, ULONG count,
                                      PULONG user_removed, PLARGE_INTEGER timeout, BOOLEAN alertable)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    FILE_IO_COMPLETION_INFORMATION packets[MOST_PACKETS];
    ULONG removed = 0;
    if (count == 0)
        return STATUS_INVALID_PARAMETER;
    if (count > MOST_PACKETS)
        count = MOST_PACKETS;
    NTSTATUS status = mm_probe_write(entries, count * sizeof *entries, mode);
    if (NT_SUCCESS(status))
        status = mm_probe_write(user_removed, sizeof *user_removed, mode);
    if (NT_SUCCESS(status))
        status = remove_packets(handle, packets, count, timeout, alertable, &removed);
    if (!NT_SUCCESS(status))
        return status;
    mm_copy_out(entries, packets, removed * sizeof *entries, mode);
    mm_copy_out(user_removed, &removed, sizeof removed, mode);
    return status;
}

NTSTATUS NTAPI NtQueryIoCompletion(HANDLE handle, IO_COMPLETION_INFORMATION_CLASS information_class, PVOID buffer,
                                   ULONG length, PULONG returned)
{
    void *port;
    if (information_class != IoCompletionBasicInformation)
        return STATUS_INVALID_INFO_CLASS;
    NTSTATUS status = ob_reference_by_handle(handle, IO_COMPLETION_QUERY_STATE, &io_completion_type,
                                             ExGetPreviousMode(), &port, NULL);
    if (!NT_SUCCESS(status))
        return status;
    IO_COMPLETION_BASIC_INFORMATION answer = {.Depth = KeReadStateQueue(port)};
    ob_dereference(port);
    return ob_deliver(&answer, sizeof answer, buffer, length, returned);
}
