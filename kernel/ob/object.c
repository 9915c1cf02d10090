// Objects: creation, references, the end. A last reference that goes above PASSIVE_LEVEL is settled by a worker,
// because delete routines may wait.
#include "ob/ob.h"

static struct hal_mutex deferred_lock;
static struct ob_header *deferred;
static WORK_QUEUE_ITEM deferred_work;

_Atomic unsigned ob_objects, ob_handles;

static void destroy(struct ob_header *header)
{
    struct _OBJECT_TYPE *type = header->type;
    KE_ASSERT(!header->directory, "an object that still has a name lost its last reference");
    ob_forget_creation(ob_body(header));
    if (type->destroy)
        type->destroy(ob_body(header));
    if (header->name.Buffer)
        ex_free(header->name.Buffer);
    if (header->security_descriptor)
        ex_free(header->security_descriptor);
    atomic_fetch_sub(&type->objects, 1);
    atomic_fetch_sub(&ob_objects, 1);
    ex_free(header);
}

static void NTAPI destroy_deferred(PVOID context)
{
    (void)context;
    hal_mutex_lock(&deferred_lock);
    struct ob_header *list = deferred;
    deferred = NULL;
    hal_mutex_unlock(&deferred_lock);
    while (list) {
        struct ob_header *header = list;
        list = header->next_deferred;
        destroy(header);
    }
}

static void defer(struct ob_header *header)
{
    hal_mutex_lock(&deferred_lock);
    bool first = !deferred;
    header->next_deferred = deferred;
    deferred = header;
    hal_mutex_unlock(&deferred_lock);
    if (!first)
        return;
    ExInitializeWorkItem(&deferred_work, destroy_deferred, NULL);
    ExQueueWorkItem(&deferred_work, DelayedWorkQueue);
}

NTSTATUS ob_create(struct _OBJECT_TYPE *type, size_t body_bytes, void **object)
{
    struct ob_header *header = ex_allocate_zeroed(OB_HEADER_BYTES + body_bytes, type->tag);
    if (!header)
        return STATUS_INSUFFICIENT_RESOURCES;
    header->type = type;
    atomic_store_explicit(&header->pointers, 1, memory_order_relaxed);
    atomic_fetch_add(&type->objects, 1);
    atomic_fetch_add(&ob_objects, 1);
    *object = ob_body(header);
    return STATUS_SUCCESS;
}

// True when that was the last reference.
static bool drop(struct ob_header *header)
{
    LONG64 before = atomic_fetch_sub_explicit(&header->pointers, 1, memory_order_acq_rel);
    if (before < 1)
        ke_bugcheck(REFERENCE_BY_POINTER, (ULONG_PTR)header->type, (ULONG_PTR)ob_body(header), 0, 0,
                    "an object was dereferenced more often than referenced");
    return before == 1;
}

void ob_dereference(void *object)
{
    struct ob_header *header = ob_header(object);
    if (hal_likely(!drop(header)))
        return;
    if (ke_irql() > PASSIVE_LEVEL)
        defer(header);
    else
        destroy(header);
}

void ob_dereference_deferred(void *object)
{
    struct ob_header *header = ob_header(object);
    if (drop(header))
        defer(header);
}

// ---- what drivers call --------------------------------------------------------------------------------------

LONG_PTR NTAPI ObfReferenceObject(PVOID object)
{
    return atomic_fetch_add(&ob_header(object)->pointers, 1) + 1;
}

LONG_PTR NTAPI ObfDereferenceObject(PVOID object)
{
    LONG_PTR left = atomic_load(&ob_header(object)->pointers) - 1;
    ob_dereference(object);
    return left;
}

// Tags are for a debugger that traces references.
LONG_PTR NTAPI ObfReferenceObjectWithTag(PVOID object, ULONG tag)
{
    (void)tag;
    return ObfReferenceObject(object);
}

LONG_PTR NTAPI ObfDereferenceObjectWithTag(PVOID object, ULONG tag)
{
    (void)tag;
    return ObfDereferenceObject(object);
}

// If that was the last, a worker does what follows: for callers that hold locks.
void NTAPI ObDereferenceObjectDeferDelete(PVOID object)
{
    ob_dereference_deferred(object);
}

NTSTATUS NTAPI ObReferenceObjectByPointer(PVOID object, ACCESS_MASK access, POBJECT_TYPE type, KPROCESSOR_MODE mode)
{
    (void)access;
    if (ob_type(object) != type && (mode != KernelMode || type == &ob_symbolic_link_type))
        return STATUS_OBJECT_TYPE_MISMATCH;
    ob_reference(object);
    return STATUS_SUCCESS;
}
