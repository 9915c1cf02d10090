// The message of a device.
//
// Requests of several threads come in at the same time, so every access is under the lock. The requests are
// served in their callers' contexts at PASSIVE_LEVEL and nothing here is touched by a DPC: a fast mutex is
// enough, and while it is held other code of the processor goes on running, unlike with a spin lock.

#include "driver.h"

void StoreInitialize(struct store *store)
{
    ExInitializeFastMutex(&store->lock);
    store->length = 0;
}

NTSTATUS StoreReplace(struct store *store, const void *bytes, ULONG length)
{
    if (length > sizeof store->bytes)
        return STATUS_INVALID_BUFFER_SIZE;
    ExAcquireFastMutex(&store->lock);
    RtlCopyMemory(store->bytes, bytes, length);
    store->length = length;
    ExReleaseFastMutex(&store->lock);
    return STATUS_SUCCESS;
}

NTSTATUS StorePut(struct store *store, ULONG offset, const void *bytes, ULONG length)
{
    NTSTATUS status = STATUS_SUCCESS;

    ExAcquireFastMutex(&store->lock);
    if (offset > store->length)
        status = STATUS_INVALID_PARAMETER;
    else if (length > sizeof store->bytes - offset) // not offset + length: that could wrap around
        status = STATUS_INVALID_BUFFER_SIZE;
    if (NT_SUCCESS(status)) {
        RtlCopyMemory(store->bytes + offset, bytes, length);
        store->length = max(store->length, offset + length);
    }
    ExReleaseFastMutex(&store->lock);
    return status;
}

NTSTATUS StoreGet(struct store *store, ULONG offset, void *buffer, ULONG size, ULONG *given)
{
    NTSTATUS status = STATUS_SUCCESS;

    *given = 0;
    ExAcquireFastMutex(&store->lock);
    if (offset > store->length) {
        status = STATUS_END_OF_FILE;
    } else {
        ULONG rest = store->length - offset;
        *given = min(rest, size);
        RtlCopyMemory(buffer, store->bytes + offset, *given);
        if (rest > size)
            status = STATUS_BUFFER_OVERFLOW;
    }
    ExReleaseFastMutex(&store->lock);
    return status;
}

NTSTATUS StoreSum(struct store *store, struct modes_range range, struct modes_sum *sum)
{
    NTSTATUS status = STATUS_SUCCESS;

    *sum = (struct modes_sum){.length = range.length};
    ExAcquireFastMutex(&store->lock);
    if (range.offset > store->length || range.length > store->length - range.offset)
        status = STATUS_INVALID_PARAMETER;
    for (ULONG i = 0; NT_SUCCESS(status) && i < range.length; i++)
        sum->sum += store->bytes[range.offset + i];
    ExReleaseFastMutex(&store->lock);
    return status;
}

NTSTATUS StoreFind(struct store *store, const UCHAR *pattern, ULONG length, struct modes_found *found)
{
    *found = (struct modes_found){0};
    ExAcquireFastMutex(&store->lock);
    for (ULONG at = 0; length <= store->length && at <= store->length - length; at++) {
        if (RtlCompareMemory(store->bytes + at, pattern, length) != length)
            continue;
        if (found->count++ == 0)
            found->offset = at;
    }
    ExReleaseFastMutex(&store->lock);
    return found->count ? STATUS_SUCCESS : STATUS_NOT_FOUND;
}
