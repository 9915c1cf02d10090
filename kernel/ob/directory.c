// Directories: hash tables of named objects, compared without case. One lock for the whole namespace.
#include "ob/namespace.h"

#include <stdlib.h>

enum { BUCKETS = 37 };

struct ob_directory {
    struct ob_header *buckets[BUCKETS];
};

struct hal_mutex ob_namespace_lock;
static struct ob_directory *root;

struct _OBJECT_TYPE ob_directory_type = {
    .name = L"Directory",
    .tag = EX_TAG('D', 'i', 'r', 'e'),
    .mapping = {.GenericRead = STANDARD_RIGHTS_READ | DIRECTORY_QUERY | DIRECTORY_TRAVERSE,
                .GenericWrite = STANDARD_RIGHTS_WRITE | DIRECTORY_CREATE_OBJECT | DIRECTORY_CREATE_SUBDIRECTORY,
                .GenericExecute = STANDARD_RIGHTS_EXECUTE | DIRECTORY_QUERY | DIRECTORY_TRAVERSE,
                .GenericAll = DIRECTORY_ALL_ACCESS},
};

struct ob_directory *ob_root_directory(void)
{
    return root;
}

static unsigned bucket_of(const UNICODE_STRING *name)
{
    unsigned hash = 0;
    for (unsigned i = 0; i < name->Length / sizeof(WCHAR); i++)
        hash = hash * 31 + RtlUpcaseUnicodeChar(name->Buffer[i]);
    return hash % BUCKETS;
}

// With the namespace lock; not referenced.
struct ob_header *ob_find_entry(struct ob_directory *directory, const UNICODE_STRING *name)
{
    struct ob_header *header = directory->buckets[bucket_of(name)];
    while (header && !RtlEqualUnicodeString(&header->name, name, TRUE))
        header = header->next;
    return header;
}

// With the namespace lock; the name's buffer becomes the object's.
void ob_add_entry(struct ob_directory *directory, struct ob_header *header, UNICODE_STRING name)
{
    struct ob_header **bucket = &directory->buckets[bucket_of(&name)];
    header->name = name;
    header->directory = directory;
    header->next = *bucket;
    *bucket = header;
    ob_reference(directory);
    ob_reference(ob_body(header));
}

// With the namespace lock; true when the caller must drop the two references that the entry held.
bool ob_unlink_entry(struct ob_header *header)
{
    struct ob_directory *directory = header->directory;
    if (!directory)
        return false;
    struct ob_header **link = &directory->buckets[bucket_of(&header->name)];
    while (*link != header)
        link = &(*link)->next;
    *link = header->next;
    header->directory = NULL;
    return true;
}

static void remove_name(void *object, bool even_if_used)
{
    struct ob_header *header = ob_header(object);
    bool had = false;
    hal_mutex_lock(&ob_namespace_lock);
    struct ob_directory *directory = header->directory;
    if (even_if_used || (!header->permanent && atomic_load(&header->handles) == 0))
        had = ob_unlink_entry(header);
    hal_mutex_unlock(&ob_namespace_lock);
    if (!had)
        return;
    ob_dereference(directory);
    ob_dereference(object);
}

void ob_remove_name(void *object)
{
    remove_name(object, true);
}

void ob_remove_unused_name(void *object)
{
    remove_name(object, false);
}

void ob_count_handle(void *object)
{
    atomic_fetch_add(&ob_header(object)->handles, 1);
    atomic_fetch_add(&ob_handles, 1);
}

bool ob_count_named_handle(void *object)
{
    struct ob_header *header = ob_header(object);
    hal_mutex_lock(&ob_namespace_lock);
    bool has_gone = header->name.Buffer && !header->directory;
    if (!has_gone)
        ob_count_handle(object);
    hal_mutex_unlock(&ob_namespace_lock);
    return !has_gone;
}

void ob_uncount_handle(void *object)
{
    atomic_fetch_sub(&ob_handles, 1);
    if (atomic_fetch_sub(&ob_header(object)->handles, 1) == 1)
        ob_remove_unused_name(object);
}

void ob_make_temporary(void *object)
{
    hal_mutex_lock(&ob_namespace_lock);
    ob_header(object)->permanent = false;
    hal_mutex_unlock(&ob_namespace_lock);
    ob_remove_unused_name(object);
}

static int compare_names(const void *left, const void *right)
{
    return RtlCompareUnicodeString(&(*(struct ob_header *const *)left)->name,
                                   &(*(struct ob_header *const *)right)->name, TRUE);
}

void ob_walk_directory(struct ob_directory *directory, bool (*visit)(void *object, void *context), void *context)
{
    unsigned count = 0;
    hal_mutex_lock(&ob_namespace_lock);
    for (unsigned i = 0; i < BUCKETS; i++)
        for (struct ob_header *header = directory->buckets[i]; header; header = header->next)
            count++;
    struct ob_header **entries = hal_alloc((count + 1) * sizeof *entries);
    count = 0;
    for (unsigned i = 0; entries && i < BUCKETS; i++)
        for (struct ob_header *header = directory->buckets[i]; header; header = header->next)
            entries[count++] = header;
    if (entries)
        qsort(entries, count, sizeof *entries, compare_names);
    for (unsigned i = 0; i < count && visit(ob_body(entries[i]), context); i++)
        ;
    hal_mutex_unlock(&ob_namespace_lock);
    hal_free(entries);
}

NTSTATUS ob_create_directory_object(void **object)
{
    return ob_create(&ob_directory_type, sizeof(struct ob_directory), object);
}

NTSTATUS ob_create_directory(const WCHAR *path, void **directory)
{
    UNICODE_STRING name;
    void *object;
    NTSTATUS status = ob_create_directory_object(&object);
    if (!NT_SUCCESS(status))
        return status;
    RtlInitUnicodeString(&name, path);
    ob_header(object)->permanent = true;
    status = ob_insert_name(object, &name, NULL, 0, NULL);
    if (directory && NT_SUCCESS(status))
        *directory = object;
    else
        ob_dereference(object);
    return status;
}

struct link_search {
    const UNICODE_STRING *target;
    void *found;
};

static bool find_link(void *object, void *context)
{
    struct link_search *search = context;
    if (ob_type(object) != &ob_symbolic_link_type ||
        !RtlEqualUnicodeString(ob_symbolic_link_target(object), search->target, TRUE))
        return true;
    ob_reference(object);
    search->found = object;
    return false;
}

void ob_remove_links_to(const UNICODE_STRING *target)
{
    UNICODE_STRING path = RTL_CONSTANT_STRING(L"\\GLOBAL??");
    struct ob_lookup lookup = {.path = &path, .type = &ob_directory_type};
    void *directory;
    if (!NT_SUCCESS(ob_lookup_name(&lookup, &directory)))
        return;
    for (;;) {
        struct link_search search = {.target = target};
        ob_walk_directory(directory, find_link, &search);
        if (!search.found)
            break;
        ob_remove_name(search.found);
        ob_dereference(search.found);
    }
    ob_dereference(directory);
}

// ---- the tree that exists from boot on --------------------------------------------------------------------------

static NTSTATUS create_tree(void)
{
    static const WCHAR *const directories[] = {L"\\Device",           L"\\GLOBAL??",    L"\\Driver",  L"\\FileSystem",
                                               L"\\BaseNamedObjects", L"\\ObjectTypes", L"\\Callback"};
    static const struct {
        const WCHAR *name, *target;
    } links[] = {
        {L"\\??", L"\\GLOBAL??"},
        {L"\\DosDevices", L"\\GLOBAL??"},
        {L"\\GLOBAL??\\Global", L"\\GLOBAL??"},
        {L"\\GLOBAL??\\GLOBALROOT", L""},
        {L"\\BaseNamedObjects\\Global", L"\\BaseNamedObjects"},
        {L"\\BaseNamedObjects\\Local", L"\\BaseNamedObjects"},
    };
    NTSTATUS status = STATUS_SUCCESS;
    for (size_t i = 0; NT_SUCCESS(status) && i < sizeof directories / sizeof *directories; i++)
        status = ob_create_directory(directories[i], NULL);
    for (size_t i = 0; NT_SUCCESS(status) && i < sizeof links / sizeof *links; i++) {
        UNICODE_STRING name, target;
        RtlInitUnicodeString(&name, links[i].name);
        RtlInitUnicodeString(&target, links[i].target);
        status = ob_create_symbolic_link(&name, &target, OBJ_PERMANENT, NULL);
    }
    return status;
}

NTSTATUS ob_init(void)
{
    void *object;
    NTSTATUS status = ob_create_directory_object(&object);
    if (!NT_SUCCESS(status))
        return status;
    root = object;
    return create_tree();
}

static void empty(struct ob_directory *directory)
{
    for (unsigned i = 0; i < BUCKETS; i++)
        while (directory->buckets[i]) {
            void *object = ob_body(directory->buckets[i]);
            if (ob_type(object) == &ob_directory_type)
                empty(object);
            ob_remove_name(object);
        }
}

// Takes every name away; objects nobody references go with theirs.
void ob_shutdown(void)
{
    if (!root)
        return;
    empty(root);
    ob_dereference(root);
    root = NULL;
}
