// What the files of the Modes driver share.
#pragma once

#include <wdm.h>
#include <ddkcompat.h>
#include "modes.h"

// The message of a device. Every function takes addresses that may be touched without a fault: kernel memory,
// or user memory that is locked and mapped. IRQL: at most APC_LEVEL, because the lock is a fast mutex.
struct store {
    FAST_MUTEX lock; // protects the rest
    ULONG length;    // bytes of the message
    UCHAR bytes[MODES_CAPACITY];
};

void StoreInitialize(struct store *store);
NTSTATUS StoreReplace(struct store *store, const void *bytes, ULONG length);
NTSTATUS StorePut(struct store *store, ULONG offset, const void *bytes, ULONG length);
// From that offset on, at most `size` bytes. STATUS_BUFFER_OVERFLOW, a warning: there is more.
NTSTATUS StoreGet(struct store *store, ULONG offset, void *buffer, ULONG size, ULONG *given);
NTSTATUS StoreSum(struct store *store, struct modes_range range, struct modes_sum *sum);
NTSTATUS StoreFind(struct store *store, const UCHAR *pattern, ULONG length, struct modes_found *found);

// One way to transfer data. Each function answers with a status and the count of bytes for
// IoStatus.Information; none completes the request, which happens in one place, in driver.c.
typedef NTSTATUS TRANSFER(struct store *store, IRP *irp, ULONG length, ULONG_PTR *information);
TRANSFER BufferedRead, BufferedWrite, DirectRead, DirectWrite, NeitherRead, NeitherWrite;

typedef NTSTATUS CONTROL(struct store *store, IRP *irp, IO_STACK_LOCATION *stack, ULONG_PTR *information);
CONTROL BufferedSum, DirectPut, DirectGet, NeitherFind;
