// The volume's driver and device, and the names under which it is known.
//
// Files have no descriptors of their own: the device's decides on all of them. The system and administrators may do all,
// others read.
#include "fs/fs.h"

#include "dbg/dbg.h"
#include "se/se.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct hal_mutex fs_lock;

static struct io_driver *driver;
static PDEVICE_OBJECT volume;
static struct hal_mutex root_lock;
static int root = -1;
static bool root_failed; // said once
static char root_path[4096];

static const struct {
    const WCHAR *name, *target;
} links[] = {
    {L"\\GLOBAL??\\C:", L"\\Device\\HarddiskVolume1"},
    {L"\\SystemRoot", L"\\Device\\HarddiskVolume1\\Windows"},
};

NTSTATUS fs_status(int error)
{
    static const struct {
        int error;
        NTSTATUS status;
    } known[] = {
        {0, STATUS_SUCCESS},
        {ENOENT, STATUS_OBJECT_NAME_NOT_FOUND},
        {EPERM, STATUS_ACCESS_DENIED},
        {EACCES, STATUS_ACCESS_DENIED},
        {ELOOP, STATUS_ACCESS_DENIED},
        {ENXIO, STATUS_ACCESS_DENIED},
        {EEXIST, STATUS_OBJECT_NAME_COLLISION},
        {ENOTDIR, STATUS_NOT_A_DIRECTORY},
        {EISDIR, STATUS_FILE_IS_A_DIRECTORY},
        {ENOTEMPTY, STATUS_DIRECTORY_NOT_EMPTY},
        {ENOSPC, STATUS_DISK_FULL},
        {EDQUOT, STATUS_DISK_FULL},
        {EFBIG, STATUS_DISK_FULL},
        {EROFS, STATUS_MEDIA_WRITE_PROTECTED},
        {ENOMEM, STATUS_INSUFFICIENT_RESOURCES},
        {ENFILE, STATUS_TOO_MANY_OPENED_FILES},
        {EMFILE, STATUS_TOO_MANY_OPENED_FILES},
        {EFAULT, STATUS_INVALID_USER_BUFFER},
        {ENAMETOOLONG, STATUS_OBJECT_NAME_INVALID},
        {ETXTBSY, STATUS_SHARING_VIOLATION},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].error == error)
            return known[i].status;
    return STATUS_UNEXPECTED_IO_ERROR;
}

// ---- the tree ---------------------------------------------------------------------------------------------------

// What drivers expect to find.
static void furnish(void)
{
    static const char *const directories[] = {"Windows", "Windows/System32", "Windows/System32/drivers",
                                              "Windows/Temp"};
    for (size_t i = 0; i < sizeof directories / sizeof *directories; i++)
        hal_node_make_directory(root, directories[i]); // most often they exist
}

static void open_root(void)
{
    int error = hal_volume_open(root_path, &root);
    if (!error)
        furnish();
    else if (!root_failed)
        dbg_kernel_message("C: cannot be opened: %s: %s; name a directory with --c-drive or NTHOST_C_DRIVE\n",
                           root_path, strerror(error));
    root_failed = error != 0;
}

NTSTATUS fs_root(int *fd)
{
    hal_mutex_lock(&root_lock);
    if (root < 0 && *root_path)
        open_root();
    *fd = root;
    hal_mutex_unlock(&root_lock);
    return *fd >= 0 ? STATUS_SUCCESS : STATUS_NO_SUCH_DEVICE;
}

// ---- boot and shutdown --------------------------------------------------------------------------------------------

static void set_dispatch(PDRIVER_OBJECT object)
{
    object->MajorFunction[IRP_MJ_CREATE] = fs_create;
    object->MajorFunction[IRP_MJ_CLEANUP] = fs_cleanup;
    object->MajorFunction[IRP_MJ_CLOSE] = fs_close;
    object->MajorFunction[IRP_MJ_READ] = fs_read;
    object->MajorFunction[IRP_MJ_WRITE] = fs_write;
    object->MajorFunction[IRP_MJ_FLUSH_BUFFERS] = fs_flush;
    object->MajorFunction[IRP_MJ_QUERY_INFORMATION] = fs_query;
    object->MajorFunction[IRP_MJ_SET_INFORMATION] = fs_set;
    object->MajorFunction[IRP_MJ_QUERY_VOLUME_INFORMATION] = fs_query_volume;
    object->MajorFunction[IRP_MJ_DIRECTORY_CONTROL] = fs_list;
}

NTSTATUS fs_init(const char *directory)
{
    UNICODE_STRING name, target;
    root_failed = false;
    *root_path = 0;
    if (directory && *directory)
        snprintf(root_path, sizeof root_path, "%s", directory);
    else if (!hal_volume_default(root_path, sizeof root_path))
        *root_path = 0;
    NTSTATUS status = io_create_driver_object("\\FileSystem\\", "NthostFs", &driver);
    if (!NT_SUCCESS(status))
        return status;
    set_dispatch(&driver->object);
    RtlInitUnicodeString(&name, L"\\Device\\HarddiskVolume1");
    status = IoCreateDevice(&driver->object, 0, &name, FILE_DEVICE_DISK, FILE_DEVICE_SECURE_OPEN, FALSE, &volume);
    if (NT_SUCCESS(status))
        status = se_set_sddl(volume, L"O:BAG:SYD:(A;;FRFX;;;WD)(A;;FA;;;SY)(A;;FA;;;BA)");
    for (size_t i = 0; NT_SUCCESS(status) && i < sizeof links / sizeof *links; i++) {
        RtlInitUnicodeString(&name, links[i].name);
        RtlInitUnicodeString(&target, links[i].target);
        status = IoCreateSymbolicLink(&name, &target);
    }
    if (NT_SUCCESS(status))
        volume->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
    return status;
}

unsigned fs_objects(void)
{
    return volume != NULL;
}

void fs_shutdown(void)
{
    fs_unmap_all();
    if (volume) {
        volume->ReferenceCount = 0;
        IoDeleteDevice(volume);
    }
    if (driver) {
        ob_remove_name(driver);
        ob_dereference(driver);
    }
    volume = NULL;
    driver = NULL;
    hal_node_close(root);
    root = -1;
}

// The drive letter of a volume's device, in pool; STATUS_OBJECT_NAME_NOT_FOUND for another device.
// ntddk/nf-ntddk-rtlvolumedevicetodosname
NTSTATUS NTAPI RtlVolumeDeviceToDosName(PVOID device, PUNICODE_STRING name)
{
    if (device != volume)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    return RtlCreateUnicodeString(name, L"C:") ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

NTSTATUS NTAPI IoVolumeDeviceToDosName(PVOID device, PUNICODE_STRING name)
{
    return RtlVolumeDeviceToDosName(device, name);
}
