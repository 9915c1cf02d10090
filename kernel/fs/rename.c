// Renaming and moving: FileRenameInformation names the target by a name in the same directory, by a name below
// RootDirectory, or by a full name on this volume. ntifs/ns-ntifs-_file_rename_information.
#include "fs/fs.h"

#include <errno.h>
#include <string.h>

static const WCHAR *const prefixes[] = {L"\\??\\C:", L"\\DosDevices\\C:", L"\\Device\\HarddiskVolume1"};

// Takes the name of this volume off a full name; STATUS_NOT_SAME_DEVICE for another one.
static NTSTATUS below_volume(UNICODE_STRING *name)
{
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        UNICODE_STRING prefix;
        RtlInitUnicodeString(&prefix, prefixes[i]);
        if (!RtlPrefixUnicodeString(&prefix, name, TRUE) || name->Length <= prefix.Length)
            continue;
        name->Buffer += prefix.Length / sizeof(WCHAR);
        name->Length -= prefix.Length;
        return STATUS_SUCCESS;
    }
    return STATUS_NOT_SAME_DEVICE;
}

// With the lock: gives the file its new place.
static NTSTATUS move(struct fs_node *node, const struct fs_place *place, bool replace)
{
    bool same = place->exists && place->facts.device == node->device && place->facts.index == node->index;
    if (place->exists && !same) {
        if (!replace)
            return STATUS_OBJECT_NAME_COLLISION;
        if (place->facts.is_directory || place->facts.is_read_only || fs_find_node(&place->facts))
            return STATUS_ACCESS_DENIED;
    }
    const char *name = place->exists && !same ? place->name : place->wanted;
    int parent = hal_node_duplicate(place->parent);
    int error = parent < 0 ? EMFILE : hal_node_rename(node->parent, node->name, parent, name, replace);
    if (error) {
        hal_node_close(parent);
        return fs_status(error);
    }
    hal_node_close(node->parent);
    node->parent = parent;
    strcpy(node->name, name);
    return STATUS_SUCCESS;
}

static NTSTATUS move_to(struct fs_file *file, int start, const UNICODE_STRING *name, bool replace)
{
    struct fs_place place;
    hal_mutex_lock(&fs_lock);
    NTSTATUS status = fs_walk(start, name, &place);
    if (NT_SUCCESS(status)) {
        status = place.parent < 0 ? STATUS_ACCESS_DENIED : move(file->node, &place, replace);
        fs_leave(&place);
    }
    hal_mutex_unlock(&fs_lock);
    return status;
}

// The directory's part of the old path, and the new name.
static void note_new_path(struct fs_file *file, const UNICODE_STRING *name, bool is_full)
{
    USHORT kept = is_full ? 0 : file->path.Length / sizeof(WCHAR);
    while (kept && file->path.Buffer[kept - 1] != '\\')
        kept--;
    ULONG bytes = (ULONG)kept * sizeof(WCHAR) + name->Length;
    WCHAR *buffer = bytes <= 0xfffc ? ex_allocate(bytes + 2, EX_TAG('F', 's', 'N', 'm')) : NULL;
    if (!buffer)
        return; // the name of this open stays the old one
    memcpy(buffer, file->path.Buffer, kept * sizeof(WCHAR));
    memcpy(buffer + kept, name->Buffer, name->Length);
    ex_free(file->path.Buffer);
    file->path = (UNICODE_STRING){.Buffer = buffer, .Length = (USHORT)bytes, .MaximumLength = (USHORT)(bytes + 2)};
}

static NTSTATUS rename_below(struct fs_file *file, HANDLE directory, const UNICODE_STRING *name, bool replace,
                             KPROCESSOR_MODE mode)
{
    void *object;
    NTSTATUS status = ob_reference_by_handle(directory, 0, &io_file_type, mode, &object, NULL);
    if (!NT_SUCCESS(status))
        return status;
    const struct fs_file *target = fs_file_of_ours(object);
    status = target ? move_to(file, target->fd, name, replace) : STATUS_NOT_SAME_DEVICE;
    ob_dereference(object);
    return status;
}

NTSTATUS fs_rename(struct fs_file *file, const FILE_RENAME_INFORMATION *information, ULONG length, PIRP irp)
{
    ULONG head = (ULONG)offsetof(FILE_RENAME_INFORMATION, FileName);
    int root;
    if (length < head || information->FileNameLength > length - head || information->FileNameLength > 0xfffc)
        return STATUS_INFO_LENGTH_MISMATCH;
    UNICODE_STRING name = {.Buffer = (WCHAR *)information->FileName,
                           .Length = (USHORT)information->FileNameLength,
                           .MaximumLength = (USHORT)information->FileNameLength};
    bool replace = information->ReplaceIfExists, is_full = name.Length && name.Buffer[0] == '\\';
    if (file->node->parent < 0 || name.Length == 0)
        return STATUS_INVALID_PARAMETER;
    if (information->RootDirectory)
        return rename_below(file, information->RootDirectory, &name, replace, irp->RequestorMode);
    NTSTATUS status = fs_root(&root);
    if (NT_SUCCESS(status) && is_full)
        status = below_volume(&name);
    if (NT_SUCCESS(status))
        status = move_to(file, is_full ? root : file->node->parent, &name, replace);
    if (NT_SUCCESS(status))
        note_new_path(file, &name, is_full);
    return status;
}
