// The object manager: objects with types and reference counts, the namespace, handles.
//
// An object is a header and a body; drivers see bodies. Two counts keep it alive:
//
//     PointerCount   every reference, and one for all handles together, and one for a name in the namespace
//     HandleCount    handles in all processes; when it falls to 0 a name that is not permanent goes
//
//     created (1) --name, handles, references--> ... --last reference--> type's delete routine --> freed
#pragma once

#include "mm/mm.h"

struct ob_directory;
struct ob_lookup;
struct ob_close {
    struct _KPROCESS *process;
    ACCESS_MASK granted;
    LONG process_handles; // before this close
    LONG system_handles;  // before this close
};

struct _OBJECT_TYPE {
    const WCHAR *name;
    ULONG tag; // of the object's pool
    GENERIC_MAPPING mapping;
    // Before a handle goes; in the closing process.
    void (*close)(void *object, const struct ob_close *close);
    // The last reference went; PASSIVE_LEVEL. The body is freed afterwards.
    void (*destroy)(void *object);
    // The rest of a name, from its backslash on (empty: the object itself), is the type's business. On success
    // *found is referenced.
    NTSTATUS (*parse)(void *object, struct ob_lookup *lookup, const UNICODE_STRING *rest, void **found);
    // The object whose security descriptor counts for this one (a file's device; NULL: none). Without it: the object.
    void *(*secured_by)(void *object);
    // The whole name into pool (ex_free) where it is more than the name in the namespace: a file's, a key's.
    NTSTATUS (*full_name)(void *object, UNICODE_STRING *name);
    size_t least_body; // what ObCreateObject makes at least
    bool filtered;     // drivers may filter handles to it (ObRegisterCallbacks)
    bool fixed_access; // a duplicate of a handle may not have more access than its source
    // What a wait on the object waits for; NULL for types one cannot wait for.
    DISPATCHER_HEADER *(*waitable)(void *object);
    _Atomic unsigned objects; // alive
};

struct ob_header {
    _Atomic LONG64 pointers;
    _Atomic LONG handles;
    bool permanent;
    bool kernel_only; // user-mode handles may not be made
    struct _OBJECT_TYPE *type;
    struct ob_directory *directory; // where its name stands, NULL none; under the namespace lock
    struct ob_header *next;         // in the directory's bucket
    UNICODE_STRING name;            // last component; pool
    struct ob_header *next_deferred;
    void *creation;            // ObCreateObject's, until ObInsertObject
    void *security_descriptor; // se's, self-relative, pool; NULL none
};

#define OB_HEADER_BYTES hal_round_up(sizeof(struct ob_header), 16)

static inline struct ob_header *ob_header(const void *object)
{
    return (struct ob_header *)((uintptr_t)object - OB_HEADER_BYTES);
}

static inline void *ob_body(struct ob_header *header)
{
    return (char *)header + OB_HEADER_BYTES;
}

NTSTATUS ob_init(void);
// \Callback's system objects. After ob_init, in a thread of the system process.
NTSTATUS ob_create_system_callbacks(void);
void ob_shutdown(void);

// ---- objects ------------------------------------------------------------------------------------------------

// A zeroed body with one reference, which is the caller's.
NTSTATUS ob_create(struct _OBJECT_TYPE *type, size_t body_bytes, void **object);
static inline void ob_reference(void *object)
{
    atomic_fetch_add_explicit(&ob_header(object)->pointers, 1, memory_order_relaxed);
}
// What is alive, of all types; atomics.
extern _Atomic unsigned ob_objects, ob_handles;
void ob_dereference(void *object);
// An object of ObCreateObject that was never inserted goes.
void ob_forget_creation(void *object);
// As ob_dereference, but if it is the last a worker does what follows: for callers in the middle of a driver's code.
void ob_dereference_deferred(void *object);
static inline struct _OBJECT_TYPE *ob_type(const void *object)
{
    return ob_header(object)->type;
}

// ---- namespace ------------------------------------------------------------------------------------------------

// What is looked for, and what came of it.
struct ob_lookup {
    const UNICODE_STRING *path;
    void *root;       // directory or object the path is relative to; NULL: absolute
    ULONG attributes; // OBJ_*
    KPROCESSOR_MODE mode;
    ACCESS_MASK access;        // wanted
    void *context;             // the opener's, for the type's parse routine (io: the create parameters)
    struct _OBJECT_TYPE *type; // what the caller expects; NULL any
};

// The object of that name, referenced. STATUS_OBJECT_NAME_NOT_FOUND, _PATH_NOT_FOUND, _PATH_SYNTAX_BAD,
// _NAME_INVALID, _TYPE_MISMATCH, or what a parse routine says.
NTSTATUS ob_lookup_name(struct ob_lookup *lookup, void **object);
// Give the object a name. With OBJ_OPENIF an existing object of the same type is returned referenced in *existing
// (STATUS_OBJECT_NAME_EXISTS); otherwise STATUS_OBJECT_NAME_COLLISION.
NTSTATUS ob_insert_name(void *object, const UNICODE_STRING *path, void *root, ULONG attributes, void **existing);
void ob_remove_name(void *object);
// Only when no handle is left and it is not permanent.
void ob_remove_unused_name(void *object);
void ob_make_temporary(void *object);
// Full path, into a pool buffer the caller frees with ex_free.
NTSTATUS ob_full_name(void *object, UNICODE_STRING *name);

struct ob_directory *ob_root_directory(void);
NTSTATUS ob_create_directory(const WCHAR *path, void **directory);
NTSTATUS ob_create_symbolic_link(const UNICODE_STRING *path, const UNICODE_STRING *target, ULONG attributes,
                                 void **link);
// Takes the names of the links in \GLOBAL?? that stand for `target` away.
void ob_remove_links_to(const UNICODE_STRING *target);
extern struct _OBJECT_TYPE ob_directory_type, ob_symbolic_link_type;
extern struct _OBJECT_TYPE ob_event_type, ob_mutant_type, ob_semaphore_type, ob_timer_type, ob_callback_type;
// The target of a symbolic link object; valid while it is referenced.
const UNICODE_STRING *ob_symbolic_link_target(void *link);
// Visits entries in a stable order; the visitor returns false to stop. The namespace is locked meanwhile.
void ob_walk_directory(struct ob_directory *directory, bool (*visit)(void *object, void *context), void *context);

// ---- handles ---------------------------------------------------------------------------------------------------

struct ob_handle_entry {
    void *object; // NULL: free
    ACCESS_MASK granted;
    ULONG attributes;
    ULONG next_free;
};

struct ob_handle_table {
    struct hal_spin lock;
    struct ob_handle_entry *entries;
    ULONG capacity, count;
    ULONG first_free, last_free; // index + 1; first in, first out
};

enum { OB_MAX_HANDLES = 1 << 20, OB_PROTECT_FROM_CLOSE = 1 };

// A handle is counted before it is in a table. An object that was found by its name may have lost it since, with its
// last handle: false, and the name must be looked up again. Uncounting the last drops a name that is not permanent.
void ob_count_handle(void *object);
bool ob_count_named_handle(void *object);
void ob_uncount_handle(void *object);
// As ob_insert_handle for a handle that is counted already; on failure it is uncounted.
NTSTATUS ob_insert_counted_handle(void *object, ACCESS_MASK granted, ULONG attributes, HANDLE *handle);
// Takes over no reference: the table gets its own. Attributes: OBJ_KERNEL_HANDLE puts it into the system process.
NTSTATUS ob_insert_handle(void *object, ACCESS_MASK granted, ULONG attributes, HANDLE *handle);
// The same, and filters are told that it is a duplicate.
NTSTATUS ob_insert_duplicate(void *object, ACCESS_MASK granted, ULONG attributes, HANDLE *handle);
NTSTATUS ob_reference_by_handle(HANDLE handle, ACCESS_MASK wanted, struct _OBJECT_TYPE *type, KPROCESSOR_MODE mode,
                                void **object, ACCESS_MASK *granted);
NTSTATUS ob_close_handle(HANDLE handle, KPROCESSOR_MODE mode);
// Closes every handle of a table, in the context of the calling thread.
void ob_close_all_handles(struct ob_handle_table *table);
// Walks the open handles of a table: the next one after open->handle (begin with zeroes), its object referenced. False at
// the end.
struct ob_open_handle {
    HANDLE handle;
    void *object;
    ACCESS_MASK granted;
};
bool ob_next_handle(struct ob_handle_table *table, struct ob_open_handle *open);
// Kernel handles live in the system process; the pseudo handles NtCurrentProcess/Thread are ps's: NULL for others.
void ob_set_system_handles(struct ob_handle_table *table, void *(*pseudo)(HANDLE handle, struct _OBJECT_TYPE **type));

// ---- security --------------------------------------------------------------------------------------------------

// What the security monitor does for the object manager. Before it is there everything is allowed.
struct ob_security {
    // May the current thread have that access? *granted is mapped, MAXIMUM_ALLOWED resolved; KernelMode: always.
    NTSTATUS (*check)(void *object, ACCESS_MASK wanted, KPROCESSOR_MODE mode, ACCESS_MASK *granted);
    // A new object's descriptor: the captured one, NULL for the default of the calling process.
    NTSTATUS (*assign)(void *object, const void *descriptor);
    // A caller's SECURITY_DESCRIPTOR into pool.
    NTSTATUS (*capture)(const void *descriptor, KPROCESSOR_MODE mode, void **captured);
};

void ob_set_security(const struct ob_security *security); // NULL: gone again
NTSTATUS ob_check_access(void *object, ACCESS_MASK wanted, KPROCESSOR_MODE mode, ACCESS_MASK *granted);
// Whether names may be made below the directory that the path's last name will stand in.
NTSTATUS ob_check_parent(const UNICODE_STRING *path, void *root, ACCESS_MASK wanted, KPROCESSOR_MODE mode);

// ---- services' helpers -----------------------------------------------------------------------------------------

// OBJECT_ATTRIBUTES copied out of the caller's memory.
struct ob_attributes {
    UNICODE_STRING name; // pool; Buffer NULL without a name
    void *root;          // referenced; NULL none
    void *descriptor;    // security descriptor, pool; NULL none
    ULONG attributes;
    bool present;
};

// A caller's UNICODE_STRING into pool, terminated; the caller frees name->Buffer with ex_free.
NTSTATUS ob_capture_name(const UNICODE_STRING *from, KPROCESSOR_MODE mode, UNICODE_STRING *name);
NTSTATUS ob_capture_attributes(const OBJECT_ATTRIBUTES *attributes, KPROCESSOR_MODE mode, struct ob_attributes *out);
void ob_release_attributes(struct ob_attributes *attributes);
// Create-or-open tail of every NtCreateXxx: names the new object, makes the handle, and drops the caller's
// reference to it in any case.
NTSTATUS ob_finish_create(void *object, struct ob_attributes *attributes, ACCESS_MASK access, KPROCESSOR_MODE mode,
                          HANDLE *handle);
// The whole of every NtOpenXxx.
NTSTATUS ob_open(const OBJECT_ATTRIBUTES *attributes, struct _OBJECT_TYPE *type, ACCESS_MASK access, HANDLE *handle);
// The end of a query of fixed size: length must be exactly bytes (STATUS_INFO_LENGTH_MISMATCH).
NTSTATUS ob_deliver(const void *answer, ULONG bytes, PVOID buffer, ULONG length, PULONG returned);
ACCESS_MASK ob_map_access(ACCESS_MASK access, const struct _OBJECT_TYPE *type);
