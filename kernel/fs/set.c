// Changing what is known of a file: times, attributes, size, that it is to be deleted.
// ntifs/nf-ntifs-ntsetinformationfile; ntddk/ns-ntddk-_file_disposition_information.
#include "fs/fs.h"

static NTSTATUS set_basic(const struct fs_file *file, const FILE_BASIC_INFORMATION *basic)
{
    // 0 leaves a time as it is, -1 too (and stops automatic updates on Windows).
    uint64_t accessed = basic->LastAccessTime.QuadPart > 0 ? (uint64_t)basic->LastAccessTime.QuadPart : 0;
    uint64_t written = basic->LastWriteTime.QuadPart > 0 ? (uint64_t)basic->LastWriteTime.QuadPart : 0;
    ULONG attributes = basic->FileAttributes;
    if ((attributes & FILE_ATTRIBUTE_DIRECTORY) && !file->node->is_directory)
        return STATUS_INVALID_PARAMETER;
    int error = attributes && !file->node->is_directory
                    ? hal_node_set_read_only(file->fd, attributes & FILE_ATTRIBUTE_READONLY)
                    : 0;
    if (!error && (accessed || written))
        error = hal_node_set_times(file->fd, accessed, written);
    return fs_status(error);
}

static NTSTATUS set_size(const struct fs_file *file, LARGE_INTEGER size)
{
    if (size.QuadPart < 0)
        return STATUS_INVALID_PARAMETER;
    if (file->node->is_directory)
        return STATUS_INVALID_PARAMETER;
    return fs_status(hal_node_resize(file->fd, (uint64_t)size.QuadPart));
}

// Reserving space is Linux's business; less than there is cuts the file.
static NTSTATUS set_allocation(const struct fs_file *file, LARGE_INTEGER size)
{
    struct hal_node_facts facts;
    int error = hal_node_facts(file->fd, &facts);
    if (error)
        return fs_status(error);
    return (uint64_t)size.QuadPart < facts.size ? set_size(file, size) : STATUS_SUCCESS;
}

static bool stop_at_first(const char *name, void *context)
{
    (void)name;
    *(bool *)context = true;
    return false;
}

static NTSTATUS set_disposition(struct fs_file *file, bool delete)
{
    struct hal_node_facts facts;
    bool has_entries = false;
    int error = hal_node_facts(file->fd, &facts);
    if (!error && delete &&file->node->is_directory)
        error = hal_node_list(file->fd, stop_at_first, &has_entries);
    if (error)
        return fs_status(error);
    if (delete &&(file->node->parent < 0 || (!facts.is_directory && facts.is_read_only)))
        return STATUS_CANNOT_DELETE;
    if (has_entries)
        return STATUS_DIRECTORY_NOT_EMPTY;
    hal_mutex_lock(&fs_lock);
    file->node->delete_pending = delete;
    hal_mutex_unlock(&fs_lock);
    return STATUS_SUCCESS;
}

static NTSTATUS change(struct fs_file *file, FILE_INFORMATION_CLASS class, const void *buffer, ULONG length, PIRP irp)
{
    switch (class) {
    case FileBasicInformation:
        return length < sizeof(FILE_BASIC_INFORMATION) ? STATUS_INFO_LENGTH_MISMATCH : set_basic(file, buffer);
    case FileEndOfFileInformation:
        return length < sizeof(LARGE_INTEGER) ? STATUS_INFO_LENGTH_MISMATCH
                                              : set_size(file, *(const LARGE_INTEGER *)buffer);
    case FileAllocationInformation:
        return length < sizeof(LARGE_INTEGER) ? STATUS_INFO_LENGTH_MISMATCH
                                              : set_allocation(file, *(const LARGE_INTEGER *)buffer);
    case FileDispositionInformation:
        return length < 1 ? STATUS_INFO_LENGTH_MISMATCH : set_disposition(file, *(const BOOLEAN *)buffer);
    case FileRenameInformation:
        return fs_rename(file, buffer, length, irp);
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

NTSTATUS NTAPI fs_set(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    struct fs_file *file = fs_file_of(stack->FileObject);
    (void)device;
    if (!file)
        return fs_complete(irp, STATUS_INVALID_PARAMETER, 0);
    return fs_complete(irp,
                       change(file, stack->Parameters.SetFile.FileInformationClass, irp->AssociatedIrp.SystemBuffer,
                              stack->Parameters.SetFile.Length, irp),
                       0);
}
