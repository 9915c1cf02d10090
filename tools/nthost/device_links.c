// The devices that programs can open by name: the links of \GLOBAL?? that lead to a device. Links are followed by name
// only, so that no driver is asked.
#include "device.h"

#include <nt/rtl.h>

#include <stdlib.h>
#include <string.h>

enum { LINKS_MAX = 4096, LISTING = 32 * 1024, HOPS = 8 };

struct link {
    char *name, *target;
};

struct links {
    struct link *all;
    size_t count;
};

static OBJECT_ATTRIBUTES named(HANDLE root, UNICODE_STRING *name)
{
    return (OBJECT_ATTRIBUTES){.Length = sizeof(OBJECT_ATTRIBUTES),
                               .RootDirectory = root,
                               .ObjectName = name,
                               .Attributes = OBJ_CASE_INSENSITIVE};
}

static char *utf8(const UNICODE_STRING *text)
{
    ULONG bytes = 0, room = 3u * text->Length / sizeof(WCHAR);
    char *copy = malloc(room + 1);
    if (copy) {
        RtlUnicodeToUTF8N(copy, room, &bytes, text->Buffer, text->Length);
        copy[bytes] = 0;
    }
    return copy;
}

// Where a link leads; false: it is none. `target` has room for DEVICE_PATH characters.
static bool follow(HANDLE root, UNICODE_STRING *name, UNICODE_STRING *target)
{
    OBJECT_ATTRIBUTES attributes = named(root, name);
    HANDLE link;
    if (!NT_SUCCESS(nt()->NtOpenSymbolicLinkObject(&link, SYMBOLIC_LINK_QUERY, &attributes)))
        return false;
    NTSTATUS status = nt()->NtQuerySymbolicLinkObject(link, target, NULL);
    nt()->NtClose(link);
    return NT_SUCCESS(status);
}

// Calls `entry` for what the directory holds, until it returns false.
static NTSTATUS list_directory(const WCHAR *path, bool (*entry)(void *, HANDLE, OBJECT_DIRECTORY_INFORMATION *),
                               void *context)
{
    UNICODE_STRING name;
    HANDLE directory;
    ULONG position = 0, returned;
    RtlInitUnicodeString(&name, path);
    OBJECT_ATTRIBUTES attributes = named(NULL, &name);
    NTSTATUS status = nt()->NtOpenDirectoryObject(&directory, DIRECTORY_QUERY, &attributes);
    if (!NT_SUCCESS(status))
        return status;
    OBJECT_DIRECTORY_INFORMATION *listing = malloc(LISTING);
    bool go_on = listing != NULL;
    for (bool first = true; go_on; first = false) {
        status = nt()->NtQueryDirectoryObject(directory, listing, LISTING, FALSE, first, &position, &returned);
        for (OBJECT_DIRECTORY_INFORMATION *at = listing; go_on && NT_SUCCESS(status) && at->Name.Buffer; at++)
            go_on = entry(context, directory, at);
        go_on = go_on && status == STATUS_MORE_ENTRIES;
    }
    free(listing);
    nt()->NtClose(directory);
    return NT_SUCCESS(status) || status == STATUS_NO_MORE_ENTRIES ? STATUS_SUCCESS : status;
}

// ---- is it a device? ----------------------------------------------------------------------------------------------

struct search {
    UNICODE_STRING wanted; // a name in \Device
    bool found;
};

static bool compare(void *context, HANDLE directory, OBJECT_DIRECTORY_INFORMATION *entry)
{
    static const UNICODE_STRING type = RTL_CONSTANT_STRING(L"Device");
    struct search *search = context;
    (void)directory;
    search->found = RtlEqualUnicodeString(&entry->Name, &search->wanted, TRUE) &&
                    RtlEqualUnicodeString(&entry->TypeName, &type, FALSE);
    return !search->found;
}

// Names of one part in \Device; links to anything deeper are not a driver's.
static bool is_device(const UNICODE_STRING *path)
{
    static const UNICODE_STRING folder = RTL_CONSTANT_STRING(L"\\Device\\");
    if (!RtlPrefixUnicodeString(&folder, path, TRUE))
        return false;
    USHORT skip = folder.Length, length = (USHORT)(path->Length - skip);
    struct search search = {{length, length, path->Buffer + skip / sizeof(WCHAR)}, false};
    return NT_SUCCESS(list_directory(L"\\Device", compare, &search)) && search.found;
}

// Where files are, not a device to talk to.
static bool is_volume(const UNICODE_STRING *path)
{
    static const UNICODE_STRING volume = RTL_CONSTANT_STRING(L"\\Device\\HarddiskVolume1");
    return RtlEqualUnicodeString(path, &volume, TRUE);
}

// The device that a link leads to, over other links, too; false: something else.
static bool lead_to_device(HANDLE directory, UNICODE_STRING *link, UNICODE_STRING targets[2], UNICODE_STRING *device)
{
    if (!follow(directory, link, &targets[0]))
        return false;
    for (int hop = 0; hop < HOPS; hop++) {
        UNICODE_STRING *here = &targets[hop & 1], *next = &targets[(hop + 1) & 1];
        *device = *here;
        if (is_device(here))
            return !is_volume(here);
        next->Length = 0;
        if (!follow(NULL, here, next))
            return false;
    }
    return false;
}

static bool add_link(void *context, HANDLE directory, OBJECT_DIRECTORY_INFORMATION *entry)
{
    static const UNICODE_STRING type = RTL_CONSTANT_STRING(L"SymbolicLink");
    struct links *links = context;
    WCHAR characters[2][DEVICE_PATH];
    UNICODE_STRING targets[2] = {{0, sizeof characters[0], characters[0]}, {0, sizeof characters[1], characters[1]}};
    UNICODE_STRING device;
    if (RtlEqualUnicodeString(&entry->TypeName, &type, FALSE) &&
        lead_to_device(directory, &entry->Name, targets, &device))
        links->all[links->count++] = (struct link){utf8(&entry->Name), utf8(&device)};
    return links->count < LINKS_MAX;
}

static int by_name(const void *one, const void *other)
{
    const struct link *a = one, *b = other;
    return strcasecmp(a->name, b->name);
}

NTSTATUS device_links(bool (*found)(void *context, const char *link, const char *target), void *context)
{
    struct links links = {.all = calloc(LINKS_MAX, sizeof *links.all)};
    if (!links.all)
        return STATUS_NO_MEMORY;
    NTSTATUS status = list_directory(L"\\GLOBAL??", add_link, &links);
    qsort(links.all, links.count, sizeof *links.all, by_name);
    bool go_on = true;
    for (size_t i = 0; i < links.count; i++) {
        if (go_on && links.all[i].name && links.all[i].target)
            go_on = found(context, links.all[i].name, links.all[i].target);
        free(links.all[i].name);
        free(links.all[i].target);
    }
    free(links.all);
    return status;
}
