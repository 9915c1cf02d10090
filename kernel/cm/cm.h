// The configuration manager: the registry that drivers and the service control manager see.
//
// The registry is a tree of nodes in memory. What others hold are Key objects (a handle's object): one for
// each open, all those of a key pointing to its node.
//
//     in the tree --NtDeleteKey--> deleted --last Key object goes--> freed
//
// The name of a deleted key is free again; its Key objects answer STATUS_KEY_DELETED.
//
//     node.c      nodes and their values        create.c  NtCreateKey, NtOpenKey, NtDeleteKey
//     walk.c      from a path to a node, links  query.c   NtQueryKey, NtEnumerateKey
//     key.c       Key objects, boot             value.c   NtSetValueKey, NtQueryValueKey, ...
//     reg_read.c, reg_write.c  .reg files       rtl_write.c, rtl_query.c  Rtl*Registry*
//     store.c     the file it lives in        service.c  service keys
//     access.c    who may do what
#pragma once

#include "mm/mm.h"
#include "ob/ob.h"

enum {
    CM_MAX_KEY_NAME = 255,        // characters of one name
    CM_MAX_VALUE_NAME = 16383,    // characters
    CM_MAX_DEPTH = 512,           // keys in a path
    CM_QUOTA = 256 * 1024 * 1024, // bytes of the whole registry; beyond: STATUS_REGISTRY_QUOTA_LIMIT
};

struct cm_value {
    UNICODE_STRING name;
    ULONG type;
    ULONG length; // bytes of data
    unsigned char *data;
};

struct cm_node {
    struct cm_node *parent;    // NULL: the root, or deleted
    struct cm_node **children; // sorted by name, case ignored
    struct cm_value *values;   // in the order they were made
    ULONG child_count, child_capacity, value_count, value_capacity;
    UNICODE_STRING name, class_name;
    LARGE_INTEGER written; // system time of the last change
    ULONG references;      // the tree's and one for each holder
    USHORT depth;
    bool is_volatile;
    bool is_link; // its value SymbolicLinkValue says where lookups go on
    bool fixed;   // made at boot, may not be deleted
    bool deleted;
};

// Protects all of it. Held shortly; nothing that touches a caller's memory happens under it.
extern struct hal_mutex cm_lock;
extern struct _OBJECT_TYPE cm_key_type;
extern struct cm_node *cm_root; // \REGISTRY

// ---- boot ---------------------------------------------------------------------------------------

// \REGISTRY with MACHINE, USER and the keys below them that exist on every system. After ob_init.
NTSTATUS cm_init(void);
// Keys that are still open keep their nodes until they are closed.
void cm_shutdown(void);
// Bytes the registry takes; 0 when everything was given back.
size_t cm_bytes(void);

// ---- nodes; all with cm_lock (node.c) -----------------------------------------------------------

// Child of that name, or NULL.
struct cm_node *cm_find_child(const struct cm_node *node, const UNICODE_STRING *name);
struct cm_value *cm_find_value(const struct cm_node *node, const UNICODE_STRING *name);
// STATUS_CHILD_MUST_BE_VOLATILE, _INVALID_PARAMETER (name or depth), _REGISTRY_QUOTA_LIMIT,
// _INSUFFICIENT_RESOURCES. parent NULL makes a root. The node is not referenced for the caller.
NTSTATUS cm_add_child(struct cm_node *parent, const UNICODE_STRING *name, const UNICODE_STRING *class_name,
                      ULONG options, struct cm_node **node);
// STATUS_CANNOT_DELETE with subkeys or at a key of boot.
NTSTATUS cm_delete_node(struct cm_node *node);
void cm_delete_tree(struct cm_node *node);
NTSTATUS cm_set_value(struct cm_node *node, const UNICODE_STRING *name, ULONG type, const void *data, ULONG length);
NTSTATUS cm_delete_value(struct cm_node *node, const UNICODE_STRING *name);
static inline void cm_reference(struct cm_node *node)
{
    node->references++;
}
void cm_dereference(struct cm_node *node);
// \REGISTRY\...; hal memory of the caller, Buffer NULL on exhaustion.
UNICODE_STRING cm_full_name(const struct cm_node *node);

// ---- from a path to a node (walk.c) -------------------------------------------------------------

struct cm_walk {
    bool create;               // make the last key when it is missing
    bool create_all;           // and those before it
    bool open_link;            // a link at the end is opened itself
    ULONG options;             // REG_OPTION_* of a new key
    UNICODE_STRING class_name; // of a new key
    bool created;              // result
};

// With cm_lock. Path components below `from`; the result is not referenced.
NTSTATUS cm_walk(struct cm_node *from, const UNICODE_STRING *path, struct cm_walk *walk, struct cm_node **node);
// With cm_lock. A path that begins with \Registry.
NTSTATUS cm_walk_absolute(const UNICODE_STRING *path, struct cm_walk *walk, struct cm_node **node);

// ---- Key objects (key.c) ------------------------------------------------------------------------

struct cm_key {
    struct cm_node *node;
    struct cm_context *contexts; // of registry callbacks
    UNICODE_STRING *name;        // for CmCallbackGetKeyObjectID; pool
};

extern struct cm_key *cm_root_key; // \\REGISTRY's

// A Key object with one reference for the caller.
NTSTATUS cm_create_key_object(struct cm_node *node, struct cm_key **key);
NTSTATUS cm_reference_key(HANDLE handle, ACCESS_MASK wanted, KPROCESSOR_MODE mode, struct cm_key **key);
// A value's name out of the caller's memory, trailing zeros taken off. Free with ex_free.
NTSTATUS cm_capture_value_name(const UNICODE_STRING *from, KPROCESSOR_MODE mode, UNICODE_STRING *name);

// What the calling process may do with any key (access.c).
NTSTATUS cm_init_access(void);
void cm_shutdown_access(void);
NTSTATUS cm_check_access(ACCESS_MASK desired, KPROCESSOR_MODE mode, ACCESS_MASK *granted);

// An answer of variable size: the head must fit, what is left goes as far as the caller's buffer reaches.
struct cm_answer {
    void *data; // hal memory
    ULONG head, length;
};

// Copies it out and frees it. STATUS_BUFFER_TOO_SMALL: only *returned is written; STATUS_BUFFER_OVERFLOW: a
// part was.
NTSTATUS cm_deliver(struct cm_answer *answer, PVOID buffer, ULONG length, PULONG returned, KPROCESSOR_MODE mode);

// ---- registry callbacks (callback.c) --------------------------------------------------------------

// An operation that drivers may filter. information is the REG_..._INFORMATION of `before`.
struct cm_notice {
    REG_NOTIFY_CLASS before, after;
    void *information;
    PVOID *call_context, *object_context; // its fields
    struct cm_key *key;                   // whose context that is; for `after` the object
    // callback.c's.
    NTSTATUS status;
    bool active;
    struct ex_noted_calls calls;
};

#define CM_NOTICE(operation, reg_information, object)                                                                  \
    {                                                                                                                  \
        .before = RegNtPre##operation, .after = RegNtPost##operation, .information = &(reg_information),               \
        .call_context = &(reg_information).CallContext, .object_context = &(reg_information).ObjectContext,            \
        .key = (object)                                                                                                \
    }

// False: the operation is not to be done, notice->status is its result.
bool cm_begin(struct cm_notice *notice);
// The operation's result, or what a driver made of it.
NTSTATUS cm_end(struct cm_notice *notice, NTSTATUS status);
// The Key object goes.
void cm_drop_contexts(struct cm_key *key);

// ---- for the other rooms ------------------------------------------------------------------------

struct cm_service {
    char image_path[4096]; // Linux path
    ULONG type, start;
};

// The service key at an absolute path. STATUS_OBJECT_NAME_NOT_FOUND without key or ImagePath,
// STATUS_OBJECT_PATH_SYNTAX_BAD for an ImagePath that names no Linux file.
NTSTATUS cm_read_service(const UNICODE_STRING *registry_path, struct cm_service *service);
// ...\Services\name for a kernel driver that is started on demand; an old key of that name is reused.
NTSTATUS cm_create_service_key(const char *name, const char *image_path);
// Takes that key away, with what is below it.
NTSTATUS cm_delete_service_key(const char *name);

// What was wrong with a .reg file, for people.
struct cm_file_report {
    unsigned line; // 0: about the whole file
    char text[200];
};

// Reads a .reg file ("Windows Registry Editor Version 5.00"; UTF-16LE or UTF-8) into the registry. All of the
// file is checked before anything changes. report may be NULL.
NTSTATUS cm_load_file(const char *path, struct cm_file_report *report);
NTSTATUS cm_load_text(const void *data, size_t bytes, struct cm_file_report *report);
// Writes the keys that are not volatile as a .reg file in UTF-16LE, as regedit does: a new file takes the old
// one's place. A file that is new can be read by its owner only.
NTSTATUS cm_save_file(const char *path);

// ---- the file it lives in (store.c) -------------------------------------------------------------

// Loads the file if it exists, and keeps it up to date until cm_close_store. report says what is wrong:
// STATUS_SHARING_VIOLATION (another server has it), STATUS_ACCESS_DENIED, or what cm_load_file answers; the file
// is then as it was.
NTSTATUS cm_open_store(const char *file, struct cm_file_report *report);
// After the drivers have gone; cm_shutdown does it, too.
NTSTATUS cm_close_store(void);
// Called with every change that belongs into the file.
void cm_note_change(void);
// Ends every service that changes the registry: returns to an application when its change is in the file.
// STATUS_REGISTRY_IO_FAILED when it cannot be written.
NTSTATUS cm_commit(KPROCESSOR_MODE mode);
