// Opening and closing files of the volume.
//
//      place --open, node found or made, sharing checked--> open --cleanup--> no handle --close--> gone
//
// A node that is to be deleted goes from the tree at the cleanup of its last open, and cannot be opened before that.
#include "fs/fs.h"

#include <string.h>

static struct fs_node *nodes; // open ones

struct fs_node *fs_find_node(const struct hal_node_facts *facts)
{
    struct fs_node *node = nodes;
    while (node && (node->device != facts->device || node->index != facts->index))
        node = node->next;
    return node;
}

static void release_node(struct fs_node *node)
{
    if (--node->references)
        return;
    struct fs_node **link = &nodes;
    while (*link != node)
        link = &(*link)->next;
    *link = node->next;
    hal_node_close(node->parent);
    hal_free(node);
}

// Referenced; NULL on exhaustion.
static struct fs_node *node_of(const struct fs_place *place, const struct hal_node_facts *facts)
{
    struct fs_node *node = fs_find_node(facts);
    if (node) {
        node->references++;
        return node;
    }
    node = hal_alloc(sizeof *node);
    if (!node)
        return NULL;
    *node = (struct fs_node){.next = nodes,
                             .device = facts->device,
                             .index = facts->index,
                             .references = 1,
                             .is_directory = facts->is_directory,
                             .parent = place->parent < 0 ? -1 : hal_node_duplicate(place->parent)};
    strcpy(node->name, place->name);
    nodes = node;
    return node;
}

// ---- create -----------------------------------------------------------------------------------------------------

// One create on its way.
struct opening {
    PFILE_OBJECT object;
    ACCESS_MASK access;
    ULONG share, disposition, options, attributes;
    struct fs_place place;
    struct fs_file *file;
    ULONG_PTR information;
};

static bool overwrites(ULONG disposition)
{
    return disposition == FILE_SUPERSEDE || disposition == FILE_OVERWRITE || disposition == FILE_OVERWRITE_IF;
}

static NTSTATUS check_existing(const struct opening *open)
{
    const struct hal_node_facts *facts = &open->place.facts;
    bool writes = (open->access & (FILE_WRITE_DATA | FILE_APPEND_DATA)) || overwrites(open->disposition);
    if (!facts->is_directory && !facts->is_file)
        return STATUS_ACCESS_DENIED; // a link, a pipe, a socket
    if (open->disposition == FILE_CREATE || (facts->is_directory && overwrites(open->disposition)))
        return STATUS_OBJECT_NAME_COLLISION;
    if (facts->is_directory && (open->options & FILE_NON_DIRECTORY_FILE))
        return STATUS_FILE_IS_A_DIRECTORY;
    if (!facts->is_directory && (open->options & FILE_DIRECTORY_FILE))
        return STATUS_NOT_A_DIRECTORY;
    if (!facts->is_directory && open->place.only_directory)
        return STATUS_OBJECT_NAME_INVALID;
    if (!facts->is_directory && facts->is_read_only && writes)
        return STATUS_ACCESS_DENIED;
    if (!facts->is_directory && facts->is_read_only && (open->options & FILE_DELETE_ON_CLOSE))
        return STATUS_CANNOT_DELETE;
    return STATUS_SUCCESS;
}

static NTSTATUS open_descriptor(struct opening *open, int start)
{
    const struct fs_place *place = &open->place;
    unsigned how = place->facts.is_directory ? HAL_NODE_DIRECTORY : 0;
    if (!place->facts.is_directory &&
        ((open->access & (FILE_WRITE_DATA | FILE_APPEND_DATA)) || overwrites(open->disposition)))
        how |= HAL_NODE_WRITE;
    return fs_status(place->parent < 0 ? hal_node_open(start, ".", how, &open->file->fd)
                                       : hal_node_open(place->parent, place->name, how, &open->file->fd));
}

static NTSTATUS open_existing(struct opening *open, int start)
{
    struct fs_file *file = open->file;
    NTSTATUS status = check_existing(open);
    if (NT_SUCCESS(status))
        status = open_descriptor(open, start);
    if (!NT_SUCCESS(status))
        return status;
    if (!(file->node = node_of(&open->place, &open->place.facts)))
        return STATUS_INSUFFICIENT_RESOURCES;
    if (file->node->delete_pending)
        return STATUS_DELETE_PENDING;
    status = IoCheckShareAccess(open->access, open->share, open->object, &file->node->share, FALSE);
    if (NT_SUCCESS(status) && overwrites(open->disposition))
        status = fs_status(hal_node_resize(file->fd, 0));
    if (NT_SUCCESS(status))
        IoUpdateShareAccess(open->object, &file->node->share);
    open->information = open->disposition == FILE_SUPERSEDE ? FILE_SUPERSEDED
                        : overwrites(open->disposition)     ? FILE_OVERWRITTEN
                                                            : FILE_OPENED;
    return status;
}

static NTSTATUS make_new(struct opening *open)
{
    struct fs_place *place = &open->place;
    bool is_directory = open->options & FILE_DIRECTORY_FILE;
    if (open->disposition == FILE_OPEN || open->disposition == FILE_OVERWRITE)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    if (!is_directory && place->only_directory)
        return STATUS_OBJECT_NAME_INVALID;
    int error = is_directory ? hal_node_make_directory(place->parent, place->name) : 0;
    if (!error)
        error = hal_node_open(place->parent, place->name,
                              is_directory ? HAL_NODE_DIRECTORY : HAL_NODE_CREATE | HAL_NODE_WRITE, &open->file->fd);
    if (!error && !is_directory && (open->attributes & FILE_ATTRIBUTE_READONLY))
        error = hal_node_set_read_only(open->file->fd, true);
    if (!error)
        error = hal_node_facts(open->file->fd, &place->facts);
    if (error)
        return fs_status(error);
    if (!(open->file->node = node_of(place, &place->facts)))
        return STATUS_INSUFFICIENT_RESOURCES;
    IoSetShareAccess(open->access, open->share, open->object, &open->file->node->share);
    open->information = FILE_CREATED;
    return STATUS_SUCCESS;
}

// "\dir\file" from the volume's root on.
static NTSTATUS note_path(struct fs_file *file, const struct fs_file *related, const UNICODE_STRING *name)
{
    const UNICODE_STRING empty = {0}, *above = related ? &related->path : &empty;
    bool separate = name->Length && name->Buffer[0] != '\\' && !(above->Length == 2 && above->Buffer[0] == '\\');
    ULONG bytes = (ULONG)above->Length + name->Length + (separate ? 2 : 0);
    if (bytes > 0xfffc)
        return STATUS_NAME_TOO_LONG;
    file->path.Buffer = ex_allocate(bytes + 2, EX_TAG('F', 's', 'N', 'm'));
    if (!file->path.Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    file->path.MaximumLength = (USHORT)(bytes + 2);
    RtlCopyUnicodeString(&file->path, above);
    if (separate)
        RtlAppendUnicodeToString(&file->path, L"\\");
    RtlAppendUnicodeStringToString(&file->path, name);
    if (file->path.Length > 2 && file->path.Buffer[file->path.Length / 2 - 1] == '\\')
        file->path.Length -= 2;
    return STATUS_SUCCESS;
}

static void forget(struct fs_file *file)
{
    fs_forget_listing(file);
    hal_node_close(file->fd);
    if (file->path.Buffer)
        ex_free(file->path.Buffer);
    hal_mutex_lock(&fs_lock);
    if (file->node)
        release_node(file->node);
    hal_mutex_unlock(&fs_lock);
    ex_free(file);
}

static NTSTATUS open_at(struct opening *open, int start)
{
    hal_mutex_lock(&fs_lock);
    NTSTATUS status = fs_walk(start, &open->object->FileName, &open->place);
    if (NT_SUCCESS(status)) {
        status = open->place.exists ? open_existing(open, start) : make_new(open);
        fs_leave(&open->place);
    }
    if (NT_SUCCESS(status))
        open->file->node->handles++;
    hal_mutex_unlock(&fs_lock);
    return status;
}

static NTSTATUS open_file(struct opening *open)
{
    PFILE_OBJECT object = open->object, related_object = object->RelatedFileObject;
    const struct fs_file *related = related_object ? fs_file_of(related_object) : NULL;
    int start;
    NTSTATUS status = fs_root(&start);
    if (NT_SUCCESS(status) && related)
        start = related->fd;
    if (NT_SUCCESS(status) && related && object->FileName.Length && object->FileName.Buffer[0] == '\\')
        status = STATUS_INVALID_PARAMETER;
    if (NT_SUCCESS(status) && related && !related->node->is_directory)
        status = STATUS_OBJECT_PATH_NOT_FOUND;
    if (!NT_SUCCESS(status))
        return status;
    open->file = ex_allocate_zeroed(sizeof *open->file, EX_TAG('F', 's', 'F', 'i'));
    if (!open->file)
        return STATUS_INSUFFICIENT_RESOURCES;
    open->file->fd = -1;
    open->file->delete_on_close = open->options & FILE_DELETE_ON_CLOSE;
    status = note_path(open->file, related, &object->FileName);
    if (NT_SUCCESS(status))
        status = open_at(open, start);
    if (!NT_SUCCESS(status)) {
        forget(open->file);
        return status;
    }
    object->FsContext = open->file->node;
    object->FsContext2 = open->file;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI fs_create(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    struct opening open = {.object = stack->FileObject,
                           .access = stack->Parameters.Create.SecurityContext->DesiredAccess,
                           .share = stack->Parameters.Create.ShareAccess,
                           .disposition = stack->Parameters.Create.Options >> 24,
                           .options = stack->Parameters.Create.Options & 0xffffff,
                           .attributes = stack->Parameters.Create.FileAttributes,
                           .information = FILE_OPENED};
    (void)device;
    if (open.options & FILE_OPEN_BY_FILE_ID)
        return fs_complete(irp, STATUS_NOT_SUPPORTED, 0);
    if (open.object->FileName.Length || open.object->RelatedFileObject) {
        NTSTATUS status = open_file(&open);
        return fs_complete(irp, status, open.information);
    }
    open.object->Flags |= FO_VOLUME_OPEN; // "C:" without a name
    return fs_complete(irp, overwrites(open.disposition) ? STATUS_ACCESS_DENIED : STATUS_SUCCESS, FILE_OPENED);
}

// ---- the end ------------------------------------------------------------------------------------------------------

struct fs_file *fs_file_of_ours(const FILE_OBJECT *object)
{
    PDEVICE_OBJECT device = object->DeviceObject;
    return device && device->DriverObject->MajorFunction[IRP_MJ_CREATE] == fs_create ? fs_file_of(object) : NULL;
}

NTSTATUS NTAPI fs_cleanup(PDEVICE_OBJECT device, PIRP irp)
{
    PFILE_OBJECT object = IoGetCurrentIrpStackLocation(irp)->FileObject;
    struct fs_file *file = fs_file_of(object);
    (void)device;
    if (!file)
        return fs_complete(irp, STATUS_SUCCESS, 0);
    hal_mutex_lock(&fs_lock);
    struct fs_node *node = file->node;
    IoRemoveShareAccess(object, &node->share);
    node->delete_pending |= file->delete_on_close;
    if (--node->handles == 0 && node->delete_pending && node->parent >= 0)
        hal_node_remove(node->parent, node->name, node->is_directory);
    hal_mutex_unlock(&fs_lock);
    return fs_complete(irp, STATUS_SUCCESS, 0);
}

NTSTATUS NTAPI fs_close(PDEVICE_OBJECT device, PIRP irp)
{
    PFILE_OBJECT object = IoGetCurrentIrpStackLocation(irp)->FileObject;
    struct fs_file *file = fs_file_of(object);
    (void)device;
    object->FsContext = object->FsContext2 = NULL;
    if (file)
        forget(file);
    return fs_complete(irp, STATUS_SUCCESS, 0);
}
