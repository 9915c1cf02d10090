// How the caller's buffer reaches the driver: through SystemBuffer, an MDL, or as it is.
//
// Facts: semantics 1-3, 7, 37.
#include "io/io.h"

enum { CACHED_BYTES = 256 }; // small buffers have this size, so that the thread can keep one for its next request

// length bytes of pool, not cleared (semantics 3); NULL on exhaustion.
static void *allocate_system_buffer(ULONG length)
{
    struct _ETHREAD *thread = ps_current_thread();
    void *cached = thread->system_buffer;
    if (HAL_ASAN || length > CACHED_BYTES) // AddressSanitizer is to see the exact size
        return ex_allocate(length, EX_TAG('I', 'o', 'S', 'B'));
    thread->system_buffer = NULL;
    return cached ? cached : ex_allocate(CACHED_BYTES, EX_TAG('I', 'o', 'S', 'B'));
}

static void free_system_buffer(void *buffer)
{
    struct _ETHREAD *thread = ps_current_thread();
    if (!HAL_ASAN && !thread->system_buffer && ps_may_cache(thread) && ke_irql() < DISPATCH_LEVEL &&
        ex_pool_size(buffer) == CACHED_BYTES)
        thread->system_buffer = buffer;
    else
        ex_free(buffer);
}

NTSTATUS io_charge_buffer(struct io_call *call, ULONG length)
{
    if (hal_likely(length <= CACHED_BYTES) || call->mode == KernelMode)
        return STATUS_SUCCESS;
    return mm_charge(&call->request->charge, length);
}

static NTSTATUS attach_system_buffer(struct io_call *call, PVOID buffer, ULONG length, bool is_read)
{
    PIRP irp = call->irp;
    irp->Flags |= IRP_BUFFERED_IO | (is_read ? IRP_INPUT_OPERATION : 0);
    irp->UserBuffer = is_read ? buffer : NULL;
    if (length == 0)
        return STATUS_SUCCESS;
    NTSTATUS status = io_charge_buffer(call, length);
    if (!NT_SUCCESS(status))
        return status;
    void *system = allocate_system_buffer(length);
    if (!system)
        return STATUS_INSUFFICIENT_RESOURCES;
    irp->AssociatedIrp.SystemBuffer = system;
    irp->Flags |= IRP_DEALLOCATE_BUFFER;
    return is_read ? STATUS_SUCCESS : mm_copy_in(system, buffer, length, call->mode);
}

NTSTATUS io_lock_buffer(struct io_call *call, PVOID buffer, ULONG length, LOCK_OPERATION operation)
{
    if (length == 0)
        return STATUS_SUCCESS;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, call->irp);
    if (!mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    return mm_lock_pages(mdl, call->mode, operation);
}

NTSTATUS io_attach_buffer(struct io_call *call, PVOID buffer, ULONG length, bool is_read)
{
    ULONG flags = call->device->Flags;
    call->request->user_length = length;
    NTSTATUS status = is_read ? mm_probe_write(buffer, length, call->mode) : mm_probe_read(buffer, length, call->mode);
    if (!NT_SUCCESS(status))
        return status;
    if (flags & DO_BUFFERED_IO)
        return attach_system_buffer(call, buffer, length, is_read);
    if (flags & DO_DIRECT_IO)
        return io_lock_buffer(call, buffer, length, is_read ? IoWriteAccess : IoReadAccess);
    call->irp->UserBuffer = buffer;
    return STATUS_SUCCESS;
}

void io_release_buffers(PIRP irp)
{
    if ((irp->Flags & IRP_DEALLOCATE_BUFFER) && irp->AssociatedIrp.SystemBuffer) {
        free_system_buffer(irp->AssociatedIrp.SystemBuffer);
        irp->AssociatedIrp.SystemBuffer = NULL;
        irp->Flags &= ~(ULONG)IRP_DEALLOCATE_BUFFER;
    }
    while (irp->MdlAddress) {
        PMDL mdl = irp->MdlAddress;
        irp->MdlAddress = mdl->Next;
        if (mdl->MdlFlags & MDL_PAGES_LOCKED)
            MmUnlockPages(mdl);
        IoFreeMdl(mdl);
    }
}
