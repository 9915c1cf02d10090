// conformance-files.sys: works with files on C:, as a driver that keeps a log or a database would. It begins and ends
// with nothing there.

#include <ntifs.h>
#include <ddkcompat.h>

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;

#define FOLDER L"\\??\\C:\\nthost-files"

static const LARGE_INTEGER Start;

static NTSTATUS OpenAt(HANDLE *file, HANDLE root, const WCHAR *name, ACCESS_MASK access, ULONG share, ULONG disposition,
                       ULONG options, IO_STATUS_BLOCK *iosb)
{
    OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING string;
    RtlInitUnicodeString(&string, name);
    InitializeObjectAttributes(&attributes, &string, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, root, NULL);
    *file = NULL;
    return ZwCreateFile(file, access | SYNCHRONIZE, &attributes, iosb, NULL, FILE_ATTRIBUTE_NORMAL, share, disposition,
                        options | FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0);
}

// Opens, says what came of it, and closes.
static void Try(const char *what, const WCHAR *name, ACCESS_MASK access, ULONG disposition, ULONG options)
{
    IO_STATUS_BLOCK iosb = {.Information = 99};
    HANDLE file;
    NTSTATUS status = OpenAt(&file, NULL, name, access, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                             disposition, options, &iosb);
    if (NT_SUCCESS(status)) {
        DbgPrint("%s: %08lX, information %lu\n", what, status, (ULONG)iosb.Information);
        ZwClose(file);
    } else {
        DbgPrint("%s: %08lX\n", what, status);
    }
}

static NTSTATUS Delete(const WCHAR *name)
{
    OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING string;
    RtlInitUnicodeString(&string, name);
    InitializeObjectAttributes(&attributes, &string, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, NULL, NULL);
    return ZwDeleteFile(&attributes);
}

static void Dispositions(void)
{
    const ULONG file = FILE_NON_DIRECTORY_FILE;
    Try("open what is not there", FOLDER L"\\none", FILE_READ_DATA, FILE_OPEN, file);
    Try("overwrite what is not there", FOLDER L"\\none", FILE_WRITE_DATA, FILE_OVERWRITE, file);
    Try("below what is not there", FOLDER L"\\none\\file", FILE_READ_DATA, FILE_OPEN, file);
    Try("create", FOLDER L"\\First.txt", FILE_WRITE_DATA, FILE_CREATE, file);
    Try("create again", FOLDER L"\\First.txt", FILE_WRITE_DATA, FILE_CREATE, file);
    Try("create in other case", FOLDER L"\\FIRST.TXT", FILE_WRITE_DATA, FILE_CREATE, file);
    Try("open", FOLDER L"\\first.TXT", FILE_READ_DATA, FILE_OPEN, file);
    Try("open or create", FOLDER L"\\First.txt", FILE_READ_DATA, FILE_OPEN_IF, file);
    Try("overwrite", FOLDER L"\\First.txt", FILE_WRITE_DATA, FILE_OVERWRITE, file);
    Try("overwrite or create", FOLDER L"\\First.txt", FILE_WRITE_DATA, FILE_OVERWRITE_IF, file);
    Try("supersede", FOLDER L"\\First.txt", FILE_WRITE_DATA, FILE_SUPERSEDE, file);
    Try("a file as a directory", FOLDER L"\\First.txt", FILE_LIST_DIRECTORY, FILE_OPEN, FILE_DIRECTORY_FILE);
    Try("a directory as a file", FOLDER, FILE_READ_DATA, FILE_OPEN, file);
    Try("below a file", FOLDER L"\\First.txt\\x", FILE_READ_DATA, FILE_OPEN, file);
    Try("the parent's name", FOLDER L"\\..\\x", FILE_READ_DATA, FILE_OPEN, file);
    Try("a forbidden character", FOLDER L"\\what?", FILE_WRITE_DATA, FILE_CREATE, file);
    Try("another drive", L"\\??\\Q:\\x", FILE_READ_DATA, FILE_OPEN, file);
    Try("the drivers' folder", L"\\SystemRoot\\System32\\drivers", FILE_LIST_DIRECTORY, FILE_OPEN, FILE_DIRECTORY_FILE);
    Try("by DosDevices", L"\\DosDevices\\C:\\nthost-files\\First.txt", FILE_READ_DATA, FILE_OPEN, file);
    DbgPrint("ZwDeleteFile: %08lX, again %08lX\n", Delete(FOLDER L"\\First.txt"), Delete(FOLDER L"\\First.txt"));
}

static void ReadAndWrite(void)
{
    char buffer[32] = "";
    LARGE_INTEGER offset = {.QuadPart = 3};
    LARGE_INTEGER end = {.LowPart = FILE_WRITE_TO_END_OF_FILE, .HighPart = -1};
    IO_STATUS_BLOCK iosb;
    HANDLE file;
    NTSTATUS status = OpenAt(&file, NULL, FOLDER L"\\data", FILE_READ_DATA | FILE_WRITE_DATA, 0, FILE_CREATE, 0, &iosb);
    DbgPrint("data: %08lX\n", status);
    if (!NT_SUCCESS(status))
        return;
    status = ZwReadFile(file, NULL, NULL, NULL, &iosb, buffer, 8, (LARGE_INTEGER *)&Start, NULL);
    DbgPrint("read of nothing: %08lX\n", status);
    status = ZwWriteFile(file, NULL, NULL, NULL, &iosb, "0123456789", 10, (LARGE_INTEGER *)&Start, NULL);
    DbgPrint("write: %08lX, %lu bytes\n", status, (ULONG)iosb.Information);
    status = ZwWriteFile(file, NULL, NULL, NULL, &iosb, "abc", 3, &end, NULL);
    DbgPrint("write to the end: %08lX, %lu bytes\n", status, (ULONG)iosb.Information);
    status = ZwReadFile(file, NULL, NULL, NULL, &iosb, buffer, 4, &offset, NULL);
    DbgPrint("read at 3: %08lX, %lu bytes, %.4s\n", status, (ULONG)iosb.Information, buffer);
    status = ZwReadFile(file, NULL, NULL, NULL, &iosb, buffer, 32, NULL, NULL);
    DbgPrint("read on: %08lX, %lu bytes, %.6s\n", status, (ULONG)iosb.Information, buffer);
    FILE_POSITION_INFORMATION position;
    status = ZwQueryInformationFile(file, &iosb, &position, sizeof position, FilePositionInformation);
    DbgPrint("position: %08lX, %lu\n", status, position.CurrentByteOffset.LowPart);
    FILE_END_OF_FILE_INFORMATION size = {.EndOfFile.QuadPart = 5};
    status = ZwSetInformationFile(file, &iosb, &size, sizeof size, FileEndOfFileInformation);
    DbgPrint("cut: %08lX\n", status);
    FILE_STANDARD_INFORMATION standard;
    status = ZwQueryInformationFile(file, &iosb, &standard, sizeof standard, FileStandardInformation);
    DbgPrint("standard: %08lX, %lu bytes, links %lu, pending %d, directory %d\n", status, standard.EndOfFile.LowPart,
             standard.NumberOfLinks, standard.DeletePending, standard.Directory);
    status = ZwQueryInformationFile(file, &iosb, &standard, 4, FileStandardInformation);
    DbgPrint("standard, too short: %08lX\n", status);
    DbgPrint("flush: %08lX\n", ZwFlushBuffersFile(file, &iosb));
    Try("shared with nobody", FOLDER L"\\data", FILE_READ_DATA, FILE_OPEN, 0);
    Try("its attributes", FOLDER L"\\data", FILE_READ_ATTRIBUTES, FILE_OPEN, 0);
    ZwClose(file);
    Try("after the close", FOLDER L"\\data", FILE_READ_DATA, FILE_OPEN, 0);
}

static void Attributes(void)
{
    const LONGLONG day = 864000000000;
    FILE_BASIC_INFORMATION basic = {0};
    FILE_NETWORK_OPEN_INFORMATION full;
    OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING name = RTL_CONSTANT_STRING(FOLDER L"\\data");
    IO_STATUS_BLOCK iosb;
    HANDLE file;
    NTSTATUS status =
        OpenAt(&file, NULL, FOLDER L"\\data", FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES, 0, FILE_OPEN, 0, &iosb);
    if (!NT_SUCCESS(status))
        return;
    basic.LastWriteTime.QuadPart = 150000 * day;
    basic.FileAttributes = FILE_ATTRIBUTE_READONLY;
    status = ZwSetInformationFile(file, &iosb, &basic, sizeof basic, FileBasicInformation);
    DbgPrint("set basic: %08lX\n", status);
    status = ZwQueryInformationFile(file, &iosb, &basic, sizeof basic, FileBasicInformation);
    DbgPrint("basic: %08lX, day %lu, read only %d\n", status, (ULONG)(basic.LastWriteTime.QuadPart / day),
             (basic.FileAttributes & FILE_ATTRIBUTE_READONLY) != 0);
    Try("write what is read only", FOLDER L"\\data", FILE_WRITE_DATA, FILE_OPEN, 0);
    basic.LastWriteTime.QuadPart = 0;
    basic.FileAttributes = FILE_ATTRIBUTE_NORMAL;
    ZwSetInformationFile(file, &iosb, &basic, sizeof basic, FileBasicInformation);
    ZwClose(file);
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, NULL, NULL);
    status = ZwQueryFullAttributesFile(&attributes, &full);
    DbgPrint("by name: %08lX, %lu bytes, directory %d, read only %d\n", status, full.EndOfFile.LowPart,
             (full.FileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0,
             (full.FileAttributes & FILE_ATTRIBUTE_READONLY) != 0);
}

static void List(HANDLE folder, const char *what, const WCHAR *pattern, BOOLEAN single)
{
    static UCHAR buffer[1024];
    UNICODE_STRING string;
    IO_STATUS_BLOCK iosb;
    BOOLEAN restart = TRUE;
    RtlInitUnicodeString(&string, pattern);
    DbgPrint("%s:", what);
    for (;;) {
        NTSTATUS status = ZwQueryDirectoryFile(folder, NULL, NULL, NULL, &iosb, buffer, sizeof buffer,
                                               FileBothDirectoryInformation, single, pattern ? &string : NULL, restart);
        if (!NT_SUCCESS(status)) {
            DbgPrint(" end %08lX\n", status);
            return;
        }
        restart = FALSE;
        for (FILE_BOTH_DIR_INFORMATION *entry = (VOID *)buffer;;
             entry = (VOID *)((UCHAR *)entry + entry->NextEntryOffset)) {
            DbgPrint(" %.*ws%s", (int)(entry->FileNameLength / sizeof(WCHAR)), entry->FileName,
                     entry->FileAttributes & FILE_ATTRIBUTE_DIRECTORY ? "/" : "");
            if (!entry->NextEntryOffset)
                break;
        }
    }
}

static void ListWith(const char *what, const WCHAR *pattern, BOOLEAN single)
{
    IO_STATUS_BLOCK iosb;
    HANDLE folder;
    if (!NT_SUCCESS(OpenAt(&folder, NULL, FOLDER, FILE_LIST_DIRECTORY, 7, FILE_OPEN, FILE_DIRECTORY_FILE, &iosb)))
        return;
    List(folder, what, pattern, single);
    ZwClose(folder);
}

static void Directories(void)
{
    static UCHAR buffer[512];
    IO_STATUS_BLOCK iosb;
    HANDLE folder, file;
    Try("make a directory", FOLDER L"\\sub", FILE_LIST_DIRECTORY, FILE_CREATE, FILE_DIRECTORY_FILE);
    Try("make it again", FOLDER L"\\Sub", FILE_LIST_DIRECTORY, FILE_CREATE, FILE_DIRECTORY_FILE);
    NTSTATUS status = OpenAt(&folder, NULL, FOLDER L"\\sub", FILE_LIST_DIRECTORY | FILE_TRAVERSE, 7, FILE_OPEN,
                             FILE_DIRECTORY_FILE, &iosb);
    if (!NT_SUCCESS(status))
        return;
    status = OpenAt(&file, folder, L"below.txt", FILE_READ_ATTRIBUTES | FILE_WRITE_DATA, 7, FILE_CREATE, 0, &iosb);
    DbgPrint("relative: %08lX\n", status);
    if (NT_SUCCESS(status)) {
        FILE_NAME_INFORMATION *name = (VOID *)buffer;
        status = ZwQueryInformationFile(file, &iosb, name, sizeof buffer, FileNameInformation);
        DbgPrint("its name: %08lX, %.*ws\n", status, (int)(name->FileNameLength / sizeof(WCHAR)), name->FileName);
        ZwClose(file);
    }
    ZwClose(folder);
    ListWith("all", NULL, FALSE);
    ListWith("one by one", NULL, TRUE);
    ListWith("d*", L"D*", FALSE);
    ListWith("nothing", L"*.exe", FALSE);
}

static NTSTATUS Rename(const WCHAR *from, const WCHAR *to, BOOLEAN replace)
{
    static UCHAR buffer[512];
    FILE_RENAME_INFORMATION *rename = (VOID *)buffer;
    IO_STATUS_BLOCK iosb;
    UNICODE_STRING name;
    HANDLE file;
    NTSTATUS status = OpenAt(&file, NULL, from, DELETE, 7, FILE_OPEN, 0, &iosb);
    if (!NT_SUCCESS(status))
        return status;
    RtlInitUnicodeString(&name, to);
    RtlZeroMemory(buffer, sizeof buffer);
    rename->ReplaceIfExists = replace;
    rename->FileNameLength = name.Length;
    RtlCopyMemory(rename->FileName, name.Buffer, name.Length);
    status = ZwSetInformationFile(file, &iosb, rename, sizeof *rename + name.Length, FileRenameInformation);
    ZwClose(file);
    return status;
}

static void Move(void)
{
    Try("another", FOLDER L"\\other", FILE_WRITE_DATA, FILE_CREATE, 0);
    DbgPrint("rename onto another: %08lX\n", Rename(FOLDER L"\\data", FOLDER L"\\other", FALSE));
    DbgPrint("and replace it: %08lX\n", Rename(FOLDER L"\\data", FOLDER L"\\other", TRUE));
    DbgPrint("rename to other case: %08lX\n", Rename(FOLDER L"\\other", FOLDER L"\\Other", FALSE));
    DbgPrint("move: %08lX\n", Rename(FOLDER L"\\Other", FOLDER L"\\sub\\moved", FALSE));
    ListWith("after that", NULL, FALSE);
}

static void SetDeleted(const char *what, const WCHAR *name)
{
    FILE_DISPOSITION_INFORMATION disposition = {.DeleteFile = TRUE};
    IO_STATUS_BLOCK iosb;
    HANDLE file;
    NTSTATUS status = OpenAt(&file, NULL, name, DELETE, 7, FILE_OPEN, 0, &iosb);
    if (!NT_SUCCESS(status)) {
        DbgPrint("%s: not opened %08lX\n", what, status);
        return;
    }
    status = ZwSetInformationFile(file, &iosb, &disposition, sizeof disposition, FileDispositionInformation);
    DbgPrint("%s: %08lX\n", what, status);
    if (NT_SUCCESS(status))
        Try("  opened meanwhile", name, FILE_READ_ATTRIBUTES, FILE_OPEN, 0);
    ZwClose(file);
    Try("  afterwards", name, FILE_READ_ATTRIBUTES, FILE_OPEN, 0);
}

static void Remove(void)
{
    SetDeleted("delete a directory with entries", FOLDER L"\\sub");
    SetDeleted("delete a file", FOLDER L"\\sub\\moved");
    Try("delete on close", FOLDER L"\\sub\\below.txt", DELETE, FILE_OPEN, FILE_DELETE_ON_CLOSE);
    SetDeleted("delete the directory", FOLDER L"\\sub");
    SetDeleted("delete the folder", FOLDER);
}

static void Volume(void)
{
    static UCHAR buffer[256];
    FILE_FS_DEVICE_INFORMATION device;
    FILE_FS_SIZE_INFORMATION size;
    FILE_FS_ATTRIBUTE_INFORMATION *system = (VOID *)buffer;
    IO_STATUS_BLOCK iosb;
    HANDLE file;
    NTSTATUS status = OpenAt(&file, NULL, L"\\??\\C:\\", FILE_LIST_DIRECTORY, 7, FILE_OPEN, FILE_DIRECTORY_FILE, &iosb);
    DbgPrint("the root: %08lX\n", status);
    if (!NT_SUCCESS(status))
        return;
    status = ZwQueryVolumeInformationFile(file, &iosb, &device, sizeof device, FileFsDeviceInformation);
    DbgPrint("device: %08lX, type %lu\n", status, device.DeviceType);
    status = ZwQueryVolumeInformationFile(file, &iosb, &size, sizeof size, FileFsSizeInformation);
    DbgPrint("size: %08lX, some %d, sectors of %lu bytes\n", status, size.TotalAllocationUnits.QuadPart > 0,
             size.BytesPerSector);
    status = ZwQueryVolumeInformationFile(file, &iosb, system, sizeof buffer, FileFsAttributeInformation);
    DbgPrint("system: %08lX, names of %ld characters, %.*ws\n", status, system->MaximumComponentNameLength,
             (int)(system->FileSystemNameLength / sizeof(WCHAR)), system->FileSystemName);
    ZwClose(file);
}

static void Unload(DRIVER_OBJECT *driver)
{
    UNREFERENCED_PARAMETER(driver);
    DbgPrint("unload\n");
}

NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    UNREFERENCED_PARAMETER(registry_path);
    driver->DriverUnload = Unload;
    Try("the folder", FOLDER, FILE_LIST_DIRECTORY, FILE_CREATE, FILE_DIRECTORY_FILE);
    Dispositions();
    ReadAndWrite();
    Attributes();
    Directories();
    Move();
    Remove();
    Volume();
    return STATUS_SUCCESS;
}
