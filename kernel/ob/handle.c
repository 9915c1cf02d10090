// Handles: small numbers, a multiple of four, that stand for an object and the access granted to it in one
// process. Free entries are used first in, first out, so a stale handle stays wrong for long.
//
//      free --insert--> open --close--> free
#include "ob/namespace.h"

enum { FIRST_CAPACITY = 64 };

#define KERNEL_HANDLE_BIT 0xffffffff80000000ull

static struct ob_handle_table *system_handles;
static void *(*pseudo_handle)(HANDLE handle, struct _OBJECT_TYPE **type);

void ob_set_system_handles(struct ob_handle_table *table, void *(*pseudo)(HANDLE handle, struct _OBJECT_TYPE **type))
{
    system_handles = table;
    pseudo_handle = pseudo;
}

static bool is_kernel_handle(HANDLE handle)
{
    return ((ULONG_PTR)handle & KERNEL_HANDLE_BIT) == KERNEL_HANDLE_BIT;
}

static struct ob_handle_table *table_of(HANDLE *handle, KPROCESSOR_MODE mode)
{
    if (!is_kernel_handle(*handle))
        return ke_current_thread()->Process->handles;
    if (mode != KernelMode)
        return NULL;
    *handle = (HANDLE)((ULONG_PTR)*handle & ~KERNEL_HANDLE_BIT);
    return system_handles;
}

// With the table's lock; NULL for what is not an open handle. The two low bits are the caller's to use.
static struct ob_handle_entry *entry_of(struct ob_handle_table *table, HANDLE handle)
{
    ULONG_PTR value = (ULONG_PTR)handle;
    ULONG_PTR index = value / 4 - 1;
    if (index >= table->capacity || !table->entries[index].object)
        return NULL;
    return &table->entries[index];
}

// With the table's lock.
static bool grow(struct ob_handle_table *table)
{
    ULONG capacity = table->capacity ? table->capacity * 2 : FIRST_CAPACITY;
    struct ob_handle_entry *entries;
    if (capacity > OB_MAX_HANDLES || !(entries = hal_alloc(capacity * sizeof *entries)))
        return false;
    if (table->capacity)
        __builtin_memcpy(entries, table->entries, table->capacity * sizeof *entries);
    for (ULONG i = table->capacity; i < capacity; i++) {
        if (table->last_free)
            entries[table->last_free - 1].next_free = i + 1;
        else
            table->first_free = i + 1;
        table->last_free = i + 1;
    }
    hal_free(table->entries);
    table->entries = entries;
    table->capacity = capacity;
    return true;
}

static NTSTATUS insert(struct ob_handle_table *table, void *object, ACCESS_MASK granted, ULONG attributes,
                       HANDLE *handle)
{
    hal_spin_lock(&table->lock);
    if (!table->first_free && !grow(table)) {
        hal_spin_unlock(&table->lock);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    ULONG number = table->first_free;
    struct ob_handle_entry *entry = &table->entries[number - 1];
    table->first_free = entry->next_free;
    if (!table->first_free)
        table->last_free = 0;
    *entry = (struct ob_handle_entry){.object = object, .granted = granted, .attributes = attributes};
    table->count++;
    hal_spin_unlock(&table->lock);
    *handle = (HANDLE)(ULONG_PTR)(number * 4);
    return STATUS_SUCCESS;
}

// With the table's lock.
static void release_entry(struct ob_handle_table *table, struct ob_handle_entry *entry)
{
    ULONG number = (ULONG)(entry - table->entries) + 1;
    *entry = (struct ob_handle_entry){0};
    if (table->last_free)
        table->entries[table->last_free - 1].next_free = number;
    else
        table->first_free = number;
    table->last_free = number;
    table->count--;
}

NTSTATUS ob_put_handle(void *object, ACCESS_MASK granted, ULONG attributes, HANDLE *handle)
{
    bool kernel = attributes & OBJ_KERNEL_HANDLE;
    struct ob_handle_table *table = kernel ? system_handles : ke_current_thread()->Process->handles;
    ob_reference(object);
    NTSTATUS status = insert(table, object, granted, attributes, handle);
    if (!NT_SUCCESS(status)) {
        ob_uncount_handle(object);
        ob_dereference(object);
        return status;
    }
    if (kernel)
        *handle = (HANDLE)((ULONG_PTR)*handle | KERNEL_HANDLE_BIT);
    return status;
}

NTSTATUS ob_insert_counted_handle(void *object, ACCESS_MASK granted, ULONG attributes, HANDLE *handle)
{
    if (hal_unlikely(ob_type(object)->filtered))
        return ob_insert_filtered(OB_OPERATION_HANDLE_CREATE, object, granted, attributes, handle);
    return ob_put_handle(object, granted, attributes, handle);
}

NTSTATUS ob_insert_duplicate(void *object, ACCESS_MASK granted, ULONG attributes, HANDLE *handle)
{
    ob_count_handle(object);
    if (hal_unlikely(ob_type(object)->filtered))
        return ob_insert_filtered(OB_OPERATION_HANDLE_DUPLICATE, object, granted, attributes, handle);
    return ob_put_handle(object, granted, attributes, handle);
}

NTSTATUS ob_insert_handle(void *object, ACCESS_MASK granted, ULONG attributes, HANDLE *handle)
{
    ob_count_handle(object);
    return ob_insert_counted_handle(object, granted, attributes, handle);
}

static NTSTATUS reference_pseudo(HANDLE handle, struct _OBJECT_TYPE *type, void **object, ACCESS_MASK *granted)
{
    struct _OBJECT_TYPE *pseudo_type;
    void *pseudo = pseudo_handle(handle, &pseudo_type);
    if (!pseudo)
        return STATUS_INVALID_HANDLE;
    if (type && type != pseudo_type)
        return STATUS_OBJECT_TYPE_MISMATCH;
    ob_reference(pseudo);
    *object = pseudo;
    if (granted)
        *granted = STANDARD_RIGHTS_REQUIRED | SYNCHRONIZE | 0xffff;
    return STATUS_SUCCESS;
}

NTSTATUS ob_reference_by_handle(HANDLE handle, ACCESS_MASK wanted, struct _OBJECT_TYPE *type, KPROCESSOR_MODE mode,
                                void **object, ACCESS_MASK *granted)
{
    if (hal_unlikely((LONG_PTR)handle < 0 && (LONG_PTR)handle >= -2))
        return reference_pseudo(handle, type, object, granted);
    struct ob_handle_table *table = table_of(&handle, mode);
    NTSTATUS status = STATUS_SUCCESS;
    if (!table)
        return STATUS_INVALID_HANDLE;
    hal_spin_lock(&table->lock);
    struct ob_handle_entry *entry = entry_of(table, handle);
    if (!entry) {
        status = STATUS_INVALID_HANDLE;
    } else if (type && ob_type(entry->object) != type) {
        status = STATUS_OBJECT_TYPE_MISMATCH;
    } else if (mode == UserMode && (wanted & ~entry->granted)) {
        status = STATUS_ACCESS_DENIED;
    } else {
        ob_reference(entry->object);
        *object = entry->object;
        if (granted)
            *granted = entry->granted;
    }
    hal_spin_unlock(&table->lock);
    return status;
}

bool ob_next_handle(struct ob_handle_table *table, struct ob_open_handle *open)
{
    bool found = false;
    hal_spin_lock(&table->lock);
    for (ULONG_PTR index = (ULONG_PTR)open->handle / 4; !found && index < table->capacity; index++) {
        const struct ob_handle_entry *entry = &table->entries[index];
        if (!entry->object)
            continue;
        ob_reference(entry->object);
        *open = (struct ob_open_handle){(HANDLE)((index + 1) * 4), entry->object, entry->granted};
        found = true;
    }
    hal_spin_unlock(&table->lock);
    return found;
}

// The handle is out of the table; tell the type, drop the name of a temporary object, drop the reference. Of several
// threads that close handles of the object at the same time exactly one closes the last.
static void after_close(void *object, ACCESS_MASK granted)
{
    struct ob_header *header = ob_header(object);
    LONG before = atomic_fetch_sub(&header->handles, 1);
    atomic_fetch_sub(&ob_handles, 1);
    if (header->type->close) {
        struct ob_close close = {.process = ke_current_thread()->Process,
                                 .granted = granted,
                                 .process_handles = 1,
                                 .system_handles = before};
        header->type->close(object, &close);
    }
    if (before == 1)
        ob_remove_unused_name(object);
    ob_dereference(object);
}

NTSTATUS ob_close_handle(HANDLE handle, KPROCESSOR_MODE mode)
{
    if ((LONG_PTR)handle < 0 && (LONG_PTR)handle >= -2)
        return STATUS_SUCCESS; // the pseudo handles of the current process and thread
    struct ob_handle_table *table = table_of(&handle, mode);
    if (!table)
        return STATUS_INVALID_HANDLE;
    hal_spin_lock(&table->lock);
    struct ob_handle_entry *entry = entry_of(table, handle);
    if (!entry || ((entry->attributes & OB_PROTECT_FROM_CLOSE) && mode == UserMode)) {
        hal_spin_unlock(&table->lock);
        return entry ? STATUS_HANDLE_NOT_CLOSABLE : STATUS_INVALID_HANDLE;
    }
    void *object = entry->object;
    ACCESS_MASK granted = entry->granted;
    release_entry(table, entry);
    hal_spin_unlock(&table->lock);
    after_close(object, granted);
    return STATUS_SUCCESS;
}

// The open handle with the lowest index from *index on is out of the table; NULL when there is none.
static void *take_open_handle(struct ob_handle_table *table, ULONG *index, ACCESS_MASK *granted)
{
    void *object = NULL;
    hal_spin_lock(&table->lock);
    for (; !object && *index < table->capacity; ++*index) {
        struct ob_handle_entry *entry = &table->entries[*index];
        object = entry->object;
        *granted = entry->granted;
        if (object)
            release_entry(table, entry);
    }
    hal_spin_unlock(&table->lock);
    return object;
}

// A driver that is told of the end of a file may open another one meanwhile; it goes as well, if that has an end.
void ob_close_all_handles(struct ob_handle_table *table)
{
    enum { MOST_ROUNDS = 100 };
    for (int round = 0; round < MOST_ROUNDS; round++) {
        ACCESS_MASK granted;
        void *object;
        ULONG index = 0, closed = 0;
        for (; (object = take_open_handle(table, &index, &granted)); closed++)
            after_close(object, granted);
        if (!closed)
            break;
    }
    hal_spin_lock(&table->lock);
    struct ob_handle_entry *entries = table->entries;
    table->entries = NULL;
    table->capacity = table->count = table->first_free = table->last_free = 0;
    hal_spin_unlock(&table->lock);
    hal_free(entries);
}

// Changes OBJ_INHERIT / OB_PROTECT_FROM_CLOSE of a handle; reads them with set == clear == 0.
NTSTATUS ob_handle_attributes(HANDLE handle, KPROCESSOR_MODE mode, ULONG set, ULONG clear, ULONG *attributes)
{
    struct ob_handle_table *table = table_of(&handle, mode);
    if (!table)
        return STATUS_INVALID_HANDLE;
    hal_spin_lock(&table->lock);
    struct ob_handle_entry *entry = entry_of(table, handle);
    if (entry) {
        entry->attributes = (entry->attributes & ~clear) | set;
        *attributes = entry->attributes;
    }
    hal_spin_unlock(&table->lock);
    return entry ? STATUS_SUCCESS : STATUS_INVALID_HANDLE;
}

// ---- what drivers call --------------------------------------------------------------------------------------

NTSTATUS NTAPI ObReferenceObjectByHandle(HANDLE handle, ACCESS_MASK access, POBJECT_TYPE type, KPROCESSOR_MODE mode,
                                         PVOID *object, POBJECT_HANDLE_INFORMATION information)
{
    ACCESS_MASK granted = 0;
    *object = NULL;
    NTSTATUS status = ob_reference_by_handle(handle, access, type, mode, object, &granted);
    if (NT_SUCCESS(status) && information)
        *information = (OBJECT_HANDLE_INFORMATION){.GrantedAccess = granted};
    return status;
}

NTSTATUS NTAPI ObReferenceObjectByHandleWithTag(HANDLE handle, ACCESS_MASK access, POBJECT_TYPE type,
                                                KPROCESSOR_MODE mode, ULONG tag, PVOID *object,
                                                POBJECT_HANDLE_INFORMATION information)
{
    (void)tag;
    return ObReferenceObjectByHandle(handle, access, type, mode, object, information);
}
