// IRPs: allocation, initialisation, reuse. The I/O manager's own are kept in a small cache of the thread.
// wdm/nf-wdm-ioallocateirp, -ioinitializeirp, -ioreuseirp, -iofreeirp.
#include "io/io.h"

enum { CACHED_STACK = 4 }; // requests with up to this many stack locations are cached

static size_t irp_bytes(CCHAR stack_size)
{
    return sizeof(IRP) + (size_t)stack_size * sizeof(IO_STACK_LOCATION);
}

// The memory is zero.
static void set_up(PIRP irp, USHORT packet_size, CCHAR stack_size)
{
    irp->Type = IO_TYPE_IRP;
    irp->Size = packet_size;
    irp->StackCount = stack_size;
    irp->CurrentLocation = (CCHAR)(stack_size + 1);
    InitializeListHead(&irp->ThreadListEntry);
    irp->Tail.Overlay.CurrentStackLocation = (PIO_STACK_LOCATION)(irp + 1) + stack_size;
}

// packet_size as IoSizeOfIrp gives it; the stack pointer stands one above the first location.
void NTAPI IoInitializeIrp(PIRP irp, USHORT packet_size, CCHAR stack_size)
{
    __builtin_memset(irp, 0, packet_size);
    set_up(irp, packet_size, stack_size);
}

// Zeroes in steps of 16 bytes; for these sizes that beats memset and rep stos.
static void zero(void *memory, size_t bytes)
{
    typedef long long pair __attribute__((vector_size(16), aligned(8)));
    for (size_t at = 0; at < bytes; at += sizeof(pair))
        *(pair *)((char *)memory + at) = (pair){0};
}

static void initialize(struct io_request *request, CCHAR stack_size)
{
    CCHAR capacity = request->stack_capacity;
    zero(request, hal_round_up(offsetof(struct io_request, irp) + irp_bytes(stack_size), 16));
    request->stack_capacity = capacity;
    set_up(&request->irp, (USHORT)irp_bytes(stack_size), stack_size);
    request->irp.AllocationFlags = IO_IRP_HAS_REQUEST;
}

static struct io_request *allocate(CCHAR stack_size)
{
    CCHAR capacity = stack_size < CACHED_STACK ? CACHED_STACK : stack_size;
    struct io_request *request = ex_allocate(hal_round_up(offsetof(struct io_request, irp) + irp_bytes(capacity), 16),
                                             EX_TAG('I', 'r', 'p', ' '));
    if (request)
        request->stack_capacity = capacity;
    return request;
}

struct io_request *io_allocate_request(CCHAR stack_size)
{
    struct _ETHREAD *thread = ps_current_thread();
    struct io_request *request = NULL;
    if (stack_size <= CACHED_STACK && ke_irql() < DISPATCH_LEVEL) {
        for (int i = 0; i < PS_IRP_CACHE && !request; i++) {
            request = thread->irp_cache[i];
            thread->irp_cache[i] = NULL;
        }
    }
    if (!request)
        request = allocate(stack_size);
    if (request)
        initialize(request, stack_size);
    return request;
}

void io_free_request(struct io_request *request)
{
    mm_uncharge(&request->charge);
    struct _ETHREAD *thread = ps_current_thread();
    if (request->stack_capacity == CACHED_STACK && !HAL_ASAN && ps_may_cache(thread) && ke_irql() < DISPATCH_LEVEL) {
        for (int i = 0; i < PS_IRP_CACHE; i++) {
            if (thread->irp_cache[i])
                continue;
            thread->irp_cache[i] = request;
            return;
        }
    }
    ex_free(request);
}

void io_thread_free_irp(void *request)
{
    ex_free(request);
}

// NULL on exhaustion. ChargeQuota is accepted and means nothing here.
PIRP NTAPI IoAllocateIrp(CCHAR stack_size, BOOLEAN charge_quota)
{
    (void)charge_quota;
    if (stack_size <= 0)
        return NULL;
    struct io_request *request = allocate(stack_size);
    if (!request)
        return NULL;
    initialize(request, stack_size);
    return &request->irp;
}

PIRP NTAPI IoAllocateIrpEx(PDEVICE_OBJECT device, CCHAR stack_size, BOOLEAN charge_quota)
{
    (void)device;
    return IoAllocateIrp(stack_size, charge_quota);
}

void NTAPI IoFreeIrp(PIRP irp)
{
    if (!(irp->AllocationFlags & IO_IRP_HAS_REQUEST))
        ke_bugcheck(DRIVER_VERIFIER_IOMANAGER_VIOLATION, 0x1, (ULONG_PTR)irp, 0, 0,
                    "IoFreeIrp of an IRP that IoAllocateIrp did not allocate");
    if (!IsListEmpty(&irp->ThreadListEntry))
        ke_bugcheck(DRIVER_VERIFIER_IOMANAGER_VIOLATION, 0x2, (ULONG_PTR)irp, 0, 0,
                    "IoFreeIrp of an IRP that still belongs to a thread");
    irp->Type = 0;
    ex_free(io_request(irp));
}

void NTAPI IoReuseIrp(PIRP irp, NTSTATUS status)
{
    UCHAR flags = irp->AllocationFlags;
    USHORT size = irp->Size;
    IoInitializeIrp(irp, size, irp->StackCount);
    irp->AllocationFlags = flags;
    irp->IoStatus.Status = status;
}

// ---- the thread's requests --------------------------------------------------------------------------------

void io_queue_request(struct io_request *request, struct _ETHREAD *thread)
{
    request->thread = thread;
    request->irp.Tail.Overlay.Thread = thread;
    hal_spin_lock(&thread->irp_lock);
    InsertHeadList(&thread->irps, &request->irp.ThreadListEntry);
    hal_spin_unlock(&thread->irp_lock);
}

bool io_dequeue_request(struct io_request *request)
{
    struct _ETHREAD *thread = request->thread;
    if (!thread)
        return true;
    hal_spin_lock(&thread->irp_lock);
    RemoveEntryList(&request->irp.ThreadListEntry);
    InitializeListHead(&request->irp.ThreadListEntry);
    request->ended = true;
    bool free_now = request->holds == 0;
    hal_spin_unlock(&thread->irp_lock);
    return free_now;
}
