// Reading and writing. The volume does neither buffered nor direct I/O: Linux copies to and from the caller's buffer,
// and a bad address is its error.
#include "fs/fs.h"

static void *buffer_of(PIRP irp)
{
    return irp->MdlAddress ? MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority) : irp->UserBuffer;
}

static void move_position(PFILE_OBJECT object, uint64_t offset, size_t bytes)
{
    if (object->Flags & FO_SYNCHRONOUS_IO)
        object->CurrentByteOffset.QuadPart = (LONGLONG)(offset + bytes);
}

// STATUS_END_OF_FILE from the end on.
NTSTATUS NTAPI fs_read(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    const struct fs_file *file = fs_file_of(stack->FileObject);
    uint64_t offset = (uint64_t)stack->Parameters.Read.ByteOffset.QuadPart;
    size_t wanted = stack->Parameters.Read.Length, done;
    (void)device;
    if (!file || file->node->is_directory)
        return fs_complete(irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    if (wanted == 0)
        return fs_complete(irp, STATUS_SUCCESS, 0);
    NTSTATUS status = fs_status(hal_node_read(file->fd, buffer_of(irp), wanted, offset, &done));
    if (NT_SUCCESS(status) && done == 0)
        status = STATUS_END_OF_FILE;
    if (NT_SUCCESS(status))
        move_position(stack->FileObject, offset, done);
    return fs_complete(irp, status, done);
}

static NTSTATUS find_end(const struct fs_file *file, uint64_t *offset)
{
    struct hal_node_facts facts;
    NTSTATUS status = fs_status(hal_node_facts(file->fd, &facts));
    *offset = facts.size;
    return status;
}

NTSTATUS NTAPI fs_write(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    const struct fs_file *file = fs_file_of(stack->FileObject);
    LARGE_INTEGER where = stack->Parameters.Write.ByteOffset;
    uint64_t offset = (uint64_t)where.QuadPart;
    size_t wanted = stack->Parameters.Write.Length, done = 0;
    NTSTATUS status = STATUS_SUCCESS;
    (void)device;
    if (!file || file->node->is_directory)
        return fs_complete(irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    if (where.LowPart == FILE_WRITE_TO_END_OF_FILE && where.HighPart == -1)
        status = find_end(file, &offset);
    if (NT_SUCCESS(status))
        status = fs_status(hal_node_write(file->fd, buffer_of(irp), wanted, offset, &done));
    if (NT_SUCCESS(status) && (stack->FileObject->Flags & FO_WRITE_THROUGH))
        status = fs_status(hal_node_flush(file->fd));
    if (NT_SUCCESS(status))
        move_position(stack->FileObject, offset, done);
    return fs_complete(irp, status, done);
}

NTSTATUS NTAPI fs_flush(PDEVICE_OBJECT device, PIRP irp)
{
    const struct fs_file *file = fs_file_of(IoGetCurrentIrpStackLocation(irp)->FileObject);
    (void)device;
    return fs_complete(irp, file ? fs_status(hal_node_flush(file->fd)) : STATUS_SUCCESS, 0);
}
