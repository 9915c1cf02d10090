// What is known of a file, and of the volume.
// ntifs/nf-ntifs-ntqueryinformationfile, -ntqueryvolumeinformationfile.
#include "fs/fs.h"

#include <string.h>

ULONG fs_attributes(const struct hal_node_facts *facts)
{
    if (facts->is_directory)
        return FILE_ATTRIBUTE_DIRECTORY;
    return FILE_ATTRIBUTE_ARCHIVE | (facts->is_read_only ? FILE_ATTRIBUTE_READONLY : 0);
}

static LARGE_INTEGER large(uint64_t value)
{
    return (LARGE_INTEGER){.QuadPart = (LONGLONG)value};
}

// ---- of a file --------------------------------------------------------------------------------------------------

static FILE_BASIC_INFORMATION basic(const struct hal_node_facts *facts)
{
    return (FILE_BASIC_INFORMATION){.CreationTime = large(facts->created),
                                    .LastAccessTime = large(facts->accessed),
                                    .LastWriteTime = large(facts->written),
                                    .ChangeTime = large(facts->changed),
                                    .FileAttributes = fs_attributes(facts)};
}

static uint64_t size_of(const struct hal_node_facts *facts)
{
    return facts->is_directory ? 0 : facts->size;
}

static FILE_STANDARD_INFORMATION standard(const struct fs_file *file, const struct hal_node_facts *facts)
{
    return (FILE_STANDARD_INFORMATION){.AllocationSize = large(facts->is_directory ? 0 : facts->allocated),
                                       .EndOfFile = large(size_of(facts)),
                                       .NumberOfLinks = facts->is_directory ? 1 : facts->links,
                                       .DeletePending = file->node->delete_pending,
                                       .Directory = facts->is_directory};
}

static FILE_NETWORK_OPEN_INFORMATION network(const struct hal_node_facts *facts)
{
    return (FILE_NETWORK_OPEN_INFORMATION){.CreationTime = large(facts->created),
                                           .LastAccessTime = large(facts->accessed),
                                           .LastWriteTime = large(facts->written),
                                           .ChangeTime = large(facts->changed),
                                           .AllocationSize = large(facts->is_directory ? 0 : facts->allocated),
                                           .EndOfFile = large(size_of(facts)),
                                           .FileAttributes = fs_attributes(facts)};
}

// The name into the room behind `used` bytes of the buffer; STATUS_BUFFER_OVERFLOW when only a part fits.
static NTSTATUS put_name(const struct fs_file *file, void *buffer, ULONG length, ULONG used, ULONG *information)
{
    FILE_NAME_INFORMATION *name = (void *)((char *)buffer + used);
    ULONG head = used + (ULONG)offsetof(FILE_NAME_INFORMATION, FileName);
    if (length < head)
        return STATUS_INFO_LENGTH_MISMATCH;
    ULONG room = length - head, bytes = file->path.Length < room ? file->path.Length : room & ~1u;
    name->FileNameLength = file->path.Length;
    memcpy(name->FileName, file->path.Buffer, bytes);
    *information = head + bytes;
    return bytes < file->path.Length ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

static NTSTATUS put(void *buffer, ULONG length, const void *answer, ULONG bytes, ULONG *information)
{
    if (length < bytes)
        return STATUS_INFO_LENGTH_MISMATCH;
    memcpy(buffer, answer, bytes);
    *information = bytes;
    return STATUS_SUCCESS;
}

// What the I/O manager knows (access, position, mode, alignment) is left at zero but for the position.
static NTSTATUS put_all(const FILE_OBJECT *object, const struct hal_node_facts *facts, void *buffer, ULONG length,
                        ULONG *information)
{
    const struct fs_file *file = fs_file_of(object);
    ULONG head = (ULONG)offsetof(FILE_ALL_INFORMATION, NameInformation);
    FILE_ALL_INFORMATION all = {.BasicInformation = basic(facts),
                                .StandardInformation = standard(file, facts),
                                .InternalInformation = {.IndexNumber = large(facts->index)},
                                .PositionInformation = {.CurrentByteOffset = object->CurrentByteOffset}};
    if (length < head)
        return STATUS_INFO_LENGTH_MISMATCH;
    memcpy(buffer, &all, head);
    return put_name(file, buffer, length, head, information);
}

static NTSTATUS answer(const FILE_OBJECT *object, FILE_INFORMATION_CLASS class, void *buffer, ULONG length,
                       ULONG *information)
{
    const struct fs_file *file = fs_file_of(object);
    struct hal_node_facts facts;
    int error = hal_node_facts(file->fd, &facts);
    if (error)
        return fs_status(error);
    FILE_BASIC_INFORMATION of_basic = basic(&facts);
    FILE_STANDARD_INFORMATION of_standard = standard(file, &facts);
    FILE_NETWORK_OPEN_INFORMATION of_network = network(&facts);
    FILE_INTERNAL_INFORMATION internal = {.IndexNumber = large(facts.index)};
    FILE_EA_INFORMATION no_attributes = {0};
    FILE_ATTRIBUTE_TAG_INFORMATION tag = {.FileAttributes = of_basic.FileAttributes};
    switch (class) {
    case FileBasicInformation:
        return put(buffer, length, &of_basic, sizeof of_basic, information);
    case FileStandardInformation:
        return put(buffer, length, &of_standard, sizeof of_standard, information);
    case FileInternalInformation:
        return put(buffer, length, &internal, sizeof internal, information);
    case FileEaInformation:
        return put(buffer, length, &no_attributes, sizeof no_attributes, information);
    case FileNetworkOpenInformation:
        return put(buffer, length, &of_network, sizeof of_network, information);
    case FileAttributeTagInformation:
        return put(buffer, length, &tag, sizeof tag, information);
    case FileNameInformation:
        return put_name(file, buffer, length, 0, information);
    case FileAllInformation:
        return put_all(object, &facts, buffer, length, information);
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

NTSTATUS NTAPI fs_query(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    ULONG information = 0;
    (void)device;
    if (!fs_file_of(stack->FileObject))
        return fs_complete(irp, STATUS_INVALID_PARAMETER, 0);
    NTSTATUS status = answer(stack->FileObject, stack->Parameters.QueryFile.FileInformationClass,
                             irp->AssociatedIrp.SystemBuffer, stack->Parameters.QueryFile.Length, &information);
    return fs_complete(irp, status, information);
}

// ---- of the volume ------------------------------------------------------------------------------------------------

enum { SECTOR = 512, SERIAL = 0x4E54484F };

static const WCHAR label[] = L"nthost", system_name[] = L"NTFS"; // what applications look for

static NTSTATUS put_text(void *buffer, ULONG length, ULONG head, const WCHAR *text, ULONG bytes, ULONG *information)
{
    if (length < head)
        return STATUS_INFO_LENGTH_MISMATCH;
    ULONG room = (length - head) & ~1u, copied = bytes < room ? bytes : room;
    memcpy((char *)buffer + head, text, copied);
    *information = head + copied;
    return copied < bytes ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

static NTSTATUS put_label(void *buffer, ULONG length, ULONG *information)
{
    FILE_FS_VOLUME_INFORMATION volume = {.VolumeSerialNumber = SERIAL, .VolumeLabelLength = sizeof label - 2};
    ULONG head = (ULONG)offsetof(FILE_FS_VOLUME_INFORMATION, VolumeLabel);
    if (length >= head)
        memcpy(buffer, &volume, head);
    return put_text(buffer, length, head, label, sizeof label - 2, information);
}

static NTSTATUS put_system(void *buffer, ULONG length, ULONG *information)
{
    enum { CASE_PRESERVED_NAMES = 2, UNICODE_ON_DISK = 4 };
    FILE_FS_ATTRIBUTE_INFORMATION system = {.FileSystemAttributes = CASE_PRESERVED_NAMES | UNICODE_ON_DISK,
                                            .MaximumComponentNameLength = 255,
                                            .FileSystemNameLength = sizeof system_name - 2};
    ULONG head = (ULONG)offsetof(FILE_FS_ATTRIBUTE_INFORMATION, FileSystemName);
    if (length >= head)
        memcpy(buffer, &system, head);
    return put_text(buffer, length, head, system_name, sizeof system_name - 2, information);
}

static NTSTATUS put_space(void *buffer, ULONG length, bool full, ULONG *information)
{
    struct hal_volume_space space;
    int root;
    NTSTATUS status = fs_root(&root);
    if (NT_SUCCESS(status))
        status = fs_status(hal_volume_space(root, &space));
    if (!NT_SUCCESS(status))
        return status;
    FILE_FS_SIZE_INFORMATION sizes = {large(space.total), large(space.available), space.unit / SECTOR, SECTOR};
    FILE_FS_FULL_SIZE_INFORMATION all = {large(space.total), large(space.available), large(space.free),
                                         space.unit / SECTOR, SECTOR};
    return full ? put(buffer, length, &all, sizeof all, information)
                : put(buffer, length, &sizes, sizeof sizes, information);
}

NTSTATUS NTAPI fs_query_volume(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    void *buffer = irp->AssociatedIrp.SystemBuffer;
    ULONG length = stack->Parameters.QueryVolume.Length, information = 0;
    NTSTATUS status;
    (void)device;
    switch (stack->Parameters.QueryVolume.FsInformationClass) {
    case FileFsVolumeInformation:
        status = put_label(buffer, length, &information);
        break;
    case FileFsAttributeInformation:
        status = put_system(buffer, length, &information);
        break;
    case FileFsSizeInformation:
    case FileFsFullSizeInformation:
        status = put_space(buffer, length,
                           stack->Parameters.QueryVolume.FsInformationClass == FileFsFullSizeInformation, &information);
        break;
    default:
        status = STATUS_INVALID_PARAMETER;
    }
    return fs_complete(irp, status, information);
}
