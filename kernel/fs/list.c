// The entries of a directory: IRP_MN_QUERY_DIRECTORY.
//
// The first request takes the names that match the pattern, in the order of upper case; the following go through them.
// A restart begins anew, with the pattern of the first. ntifs/nf-ntifs-ntquerydirectoryfile.
#include "fs/fs.h"

#include <stdlib.h>
#include <string.h>

struct name {
    WCHAR *text; // hal memory
    USHORT bytes;
    char utf8[FS_NAME_BYTES];
};

struct fs_listing {
    UNICODE_STRING pattern; // upper case; empty: all
    struct name *names;
    size_t count, capacity, next;
    bool exhausted_memory;
};

static void drop_names(struct fs_listing *listing)
{
    for (size_t i = 0; i < listing->count; i++)
        hal_free(listing->names[i].text);
    hal_free(listing->names);
    listing->names = NULL;
    listing->count = listing->capacity = listing->next = 0;
}

void fs_forget_listing(struct fs_file *file)
{
    struct fs_listing *listing = file->listing;
    if (!listing)
        return;
    drop_names(listing);
    hal_free(listing->pattern.Buffer);
    hal_free(listing);
    file->listing = NULL;
}

// ---- taking the names -------------------------------------------------------------------------------------------

static struct name *next_place(struct fs_listing *listing)
{
    if (listing->count == listing->capacity) {
        size_t capacity = listing->capacity ? 2 * listing->capacity : 64;
        struct name *larger = hal_alloc(capacity * sizeof *larger);
        if (!larger)
            return NULL;
        if (listing->names)
            memcpy(larger, listing->names, listing->count * sizeof *larger);
        hal_free(listing->names);
        listing->names = larger;
        listing->capacity = capacity;
    }
    return &listing->names[listing->count];
}

static bool matches(const struct fs_listing *listing, const UNICODE_STRING *name)
{
    return !listing->pattern.Length ||
           FsRtlIsNameInExpression((PUNICODE_STRING)&listing->pattern, (PUNICODE_STRING)name, TRUE, NULL);
}

static bool take(const char *utf8, void *context)
{
    struct fs_listing *listing = context;
    WCHAR wide[FS_NAME_BYTES];
    ULONG bytes = 0;
    size_t length = strlen(utf8);
    if (length >= FS_NAME_BYTES || RtlUTF8ToUnicodeN(wide, sizeof wide, &bytes, utf8, (ULONG)length) != STATUS_SUCCESS)
        return true; // no name on Windows
    UNICODE_STRING name = {.Buffer = wide, .Length = (USHORT)bytes, .MaximumLength = (USHORT)bytes};
    if (!matches(listing, &name))
        return true;
    struct name *place = next_place(listing);
    WCHAR *text = place ? hal_alloc(bytes) : NULL;
    if (!text) {
        listing->exhausted_memory = true;
        return false;
    }
    memcpy(text, wide, bytes);
    place->text = text;
    place->bytes = (USHORT)bytes;
    strcpy(place->utf8, utf8);
    listing->count++;
    return true;
}

static int by_name(const void *left, const void *right)
{
    const struct name *one = left, *other = right;
    UNICODE_STRING first = {.Buffer = one->text, .Length = one->bytes, .MaximumLength = one->bytes};
    UNICODE_STRING second = {.Buffer = other->text, .Length = other->bytes, .MaximumLength = other->bytes};
    return RtlCompareUnicodeString(&first, &second, TRUE);
}

static NTSTATUS take_all(const struct fs_file *file, struct fs_listing *listing)
{
    size_t dots = 0;
    drop_names(listing);
    listing->exhausted_memory = false;
    if (file->node->parent >= 0) { // the root has no "." and ".."
        take(".", listing);
        take("..", listing);
        dots = listing->count;
    }
    int error = hal_node_list(file->fd, take, listing);
    if (error)
        return fs_status(error);
    if (listing->exhausted_memory)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (listing->count > dots)
        qsort(listing->names + dots, listing->count - dots, sizeof *listing->names, by_name);
    return STATUS_SUCCESS;
}

static NTSTATUS begin(struct fs_file *file, const UNICODE_STRING *pattern)
{
    struct fs_listing *listing = hal_alloc(sizeof *listing);
    if (!listing)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (pattern && pattern->Length) {
        listing->pattern.Buffer = hal_alloc(pattern->Length);
        listing->pattern.MaximumLength = pattern->Length;
        if (!listing->pattern.Buffer) {
            hal_free(listing);
            return STATUS_INSUFFICIENT_RESOURCES;
        }
        RtlUpcaseUnicodeString(&listing->pattern, pattern, FALSE);
    }
    file->listing = listing;
    return take_all(file, listing);
}

// ---- giving them out ----------------------------------------------------------------------------------------------

// Where the fields of an information class stand. All but FileNamesInformation begin as FILE_DIRECTORY_INFORMATION does.
struct format {
    FILE_INFORMATION_CLASS class;
    ULONG name;  // offset of FileName
    ULONG index; // offset of FileId, 0: none
};

static const struct format formats[] = {
    {FileDirectoryInformation, offsetof(FILE_DIRECTORY_INFORMATION, FileName), 0},
    {FileFullDirectoryInformation, offsetof(FILE_FULL_DIR_INFORMATION, FileName), 0},
    {FileBothDirectoryInformation, offsetof(FILE_BOTH_DIR_INFORMATION, FileName), 0},
    {FileNamesInformation, offsetof(FILE_NAMES_INFORMATION, FileName), 0},
    {FileIdBothDirectoryInformation, offsetof(FILE_ID_BOTH_DIR_INFORMATION, FileName),
     offsetof(FILE_ID_BOTH_DIR_INFORMATION, FileId)},
    {FileIdFullDirectoryInformation, offsetof(FILE_ID_FULL_DIR_INFORMATION, FileName),
     offsetof(FILE_ID_FULL_DIR_INFORMATION, FileId)},
};

static const struct format *format_of(FILE_INFORMATION_CLASS class)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (formats[i].class == class)
            return &formats[i];
    return NULL;
}

// False when the file has gone meanwhile.
static bool put_entry(const struct fs_file *file, const struct format *format, const struct name *name, char *entry,
                      ULONG room)
{
    struct hal_node_facts facts;
    ULONG bytes = name->bytes < room - format->name ? name->bytes : (room - format->name) & ~1u;
    if (hal_node_facts_below(file->fd, name->utf8, &facts))
        return false;
    memset(entry, 0, format->name);
    if (format->class == FileNamesInformation) {
        ((FILE_NAMES_INFORMATION *)(void *)entry)->FileNameLength = name->bytes;
    } else {
        FILE_DIRECTORY_INFORMATION *information = (void *)entry;
        information->CreationTime.QuadPart = (LONGLONG)facts.created;
        information->LastAccessTime.QuadPart = (LONGLONG)facts.accessed;
        information->LastWriteTime.QuadPart = (LONGLONG)facts.written;
        information->ChangeTime.QuadPart = (LONGLONG)facts.changed;
        information->EndOfFile.QuadPart = facts.is_directory ? 0 : (LONGLONG)facts.size;
        information->AllocationSize.QuadPart = facts.is_directory ? 0 : (LONGLONG)facts.allocated;
        information->FileAttributes = fs_attributes(&facts);
        information->FileNameLength = name->bytes;
    }
    if (format->index)
        memcpy(entry + format->index, &facts.index, sizeof facts.index);
    memcpy(entry + format->name, name->text, bytes);
    return true;
}

// As many as fit, each aligned to 8; the first one even when its name does not fit.
static NTSTATUS give(const struct fs_file *file, const struct format *format, char *buffer, ULONG length, bool single,
                     ULONG *information)
{
    struct fs_listing *listing = file->listing;
    ULONG *link = NULL, at = 0;
    NTSTATUS status = STATUS_SUCCESS;
    while (listing->next < listing->count) {
        const struct name *name = &listing->names[listing->next];
        bool fits = at <= length && length - at >= format->name && length - at - format->name >= name->bytes;
        if (!fits && link)
            break;
        if (length < format->name)
            return STATUS_INFO_LENGTH_MISMATCH;
        listing->next++;
        if (!put_entry(file, format, name, buffer + at, length - at))
            continue;
        if (link)
            *link = at - (ULONG)((char *)link - buffer);
        link = (ULONG *)(void *)(buffer + at);
        *information = fits ? at + format->name + name->bytes : length;
        at = (ULONG)hal_round_up(*information, 8);
        if (!fits)
            status = STATUS_BUFFER_OVERFLOW;
        if (single || !fits)
            break;
    }
    return link ? status : STATUS_NO_MORE_FILES;
}

static NTSTATUS list(PIRP irp, PIO_STACK_LOCATION stack, ULONG *information)
{
    struct fs_file *file = fs_file_of(stack->FileObject);
    const struct format *format = format_of(stack->Parameters.QueryDirectory.FileInformationClass);
    if (!file || !file->node->is_directory)
        return STATUS_INVALID_PARAMETER;
    if (!format)
        return STATUS_INVALID_INFO_CLASS;
    bool first = !file->listing;
    NTSTATUS status = STATUS_SUCCESS;
    if (first)
        status = begin(file, stack->Parameters.QueryDirectory.FileName);
    else if (stack->Flags & SL_RESTART_SCAN)
        status = take_all(file, file->listing);
    if (!NT_SUCCESS(status))
        return status;
    status = give(file, format, irp->AssociatedIrp.SystemBuffer, stack->Parameters.QueryDirectory.Length,
                  stack->Flags & SL_RETURN_SINGLE_ENTRY, information);
    return first && status == STATUS_NO_MORE_FILES ? STATUS_NO_SUCH_FILE : status;
}

NTSTATUS NTAPI fs_list(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    ULONG information = 0;
    (void)device;
    if (stack->MinorFunction != IRP_MN_QUERY_DIRECTORY)
        return fs_complete(irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    NTSTATUS status = list(irp, stack, &information);
    return fs_complete(irp, status, information);
}
