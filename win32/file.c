// What a file handle is and where it stands.
//
// These send IRP_MJ_QUERY_INFORMATION, IRP_MJ_QUERY_VOLUME_INFORMATION, IRP_MJ_SET_INFORMATION and
// IRP_MJ_FLUSH_BUFFERS as far as the I/O manager does not answer by itself; most device drivers do not
// implement them (ERROR_INVALID_FUNCTION).
// https://learn.microsoft.com/windows/win32/api/fileapi/nf-fileapi-setfilepointerex

#include "transfer.h"

BOOL WINAPI FlushFileBuffers(HANDLE file)
{
    IO_STATUS_BLOCK iosb;
    return base_result(nt()->NtFlushBuffersFile(file, &iosb));
}

static DWORD file_type_of(DEVICE_TYPE device)
{
    switch (device) {
    case FILE_DEVICE_SCREEN:
    case FILE_DEVICE_KEYBOARD:
    case FILE_DEVICE_MOUSE:
    case FILE_DEVICE_PARALLEL_PORT:
    case FILE_DEVICE_PRINTER:
    case FILE_DEVICE_SERIAL_PORT:
    case FILE_DEVICE_MODEM:
    case FILE_DEVICE_SOUND:
    case FILE_DEVICE_NULL:
        return FILE_TYPE_CHAR;
    case FILE_DEVICE_CD_ROM:
    case FILE_DEVICE_CD_ROM_FILE_SYSTEM:
    case FILE_DEVICE_CONTROLLER:
    case FILE_DEVICE_DATALINK:
    case FILE_DEVICE_DFS:
    case FILE_DEVICE_DISK:
    case FILE_DEVICE_DISK_FILE_SYSTEM:
    case FILE_DEVICE_VIRTUAL_DISK:
        return FILE_TYPE_DISK;
    case FILE_DEVICE_NAMED_PIPE:
        return FILE_TYPE_PIPE;
    default:
        return FILE_TYPE_UNKNOWN;
    }
}

// FILE_TYPE_UNKNOWN with the last error NO_ERROR: a device of another type. With an error: not a file.
DWORD WINAPI GetFileType(HANDLE file)
{
    IO_STATUS_BLOCK iosb;
    FILE_FS_DEVICE_INFORMATION device = {0};
    NTSTATUS status = nt()->NtQueryVolumeInformationFile(file, &iosb, &device, sizeof(device), FileFsDeviceInformation);
    if (!NT_SUCCESS(status)) {
        base_set_nt_status(status);
        return FILE_TYPE_UNKNOWN;
    }
    DWORD type = file_type_of(device.DeviceType);
    if (type == FILE_TYPE_UNKNOWN)
        SetLastError(NO_ERROR);
    return type;
}

BOOL WINAPI GetFileSizeEx(HANDLE file, PLARGE_INTEGER size)
{
    IO_STATUS_BLOCK iosb;
    FILE_STANDARD_INFORMATION standard = {0};
    NTSTATUS status = nt()->NtQueryInformationFile(file, &iosb, &standard, sizeof(standard), FileStandardInformation);
    if (!NT_SUCCESS(status))
        return base_set_nt_status(status);
    *size = standard.EndOfFile;
    return TRUE;
}

// A size whose low half is 0xFFFFFFFF is told from failure by the last error, NO_ERROR then.
DWORD WINAPI GetFileSize(HANDLE file, LPDWORD high)
{
    LARGE_INTEGER size = {0};
    if (!GetFileSizeEx(file, &size))
        return INVALID_FILE_SIZE;
    if (high)
        *high = (DWORD)size.HighPart;
    if (size.LowPart == INVALID_FILE_SIZE)
        SetLastError(NO_ERROR);
    return size.LowPart;
}

// The position that `distance` from `method` means; the driver is asked only where it matters.
static bool find_position(HANDLE file, LARGE_INTEGER *distance, DWORD method)
{
    IO_STATUS_BLOCK iosb;
    FILE_POSITION_INFORMATION position = {0};
    LARGE_INTEGER size = {0};
    NTSTATUS status;
    switch (method) {
    case FILE_BEGIN:
        break;
    case FILE_CURRENT:
        status = nt()->NtQueryInformationFile(file, &iosb, &position, sizeof(position), FilePositionInformation);
        if (!NT_SUCCESS(status))
            return base_set_nt_status(status);
        distance->QuadPart += position.CurrentByteOffset.QuadPart;
        break;
    case FILE_END:
        if (!GetFileSizeEx(file, &size))
            return false;
        distance->QuadPart += size.QuadPart;
        break;
    default:
        return base_fail(ERROR_INVALID_PARAMETER);
    }
    return distance->QuadPart >= 0 || base_fail(ERROR_NEGATIVE_SEEK);
}

BOOL WINAPI SetFilePointerEx(HANDLE file, LARGE_INTEGER distance, PLARGE_INTEGER new_position, DWORD method)
{
    if (!find_position(file, &distance, method))
        return FALSE;
    IO_STATUS_BLOCK iosb;
    FILE_POSITION_INFORMATION position = {.CurrentByteOffset = distance};
    NTSTATUS status = nt()->NtSetInformationFile(file, &iosb, &position, sizeof(position), FilePositionInformation);
    if (!NT_SUCCESS(status))
        return base_set_nt_status(status);
    if (new_position)
        *new_position = distance;
    return TRUE;
}

// Without a high half the distance is signed 32 bits and the result must fit 32 bits.
DWORD WINAPI SetFilePointer(HANDLE file, LONG distance, PLONG distance_high, DWORD method)
{
    LARGE_INTEGER position = {.QuadPart = distance};
    if (distance_high) {
        position.LowPart = (ULONG)distance;
        position.HighPart = *distance_high;
    }
    if (!find_position(file, &position, method))
        return INVALID_SET_FILE_POINTER;
    if (!distance_high && position.HighPart) {
        base_fail(ERROR_INVALID_PARAMETER);
        return INVALID_SET_FILE_POINTER;
    }
    if (!SetFilePointerEx(file, position, &position, FILE_BEGIN))
        return INVALID_SET_FILE_POINTER;
    if (distance_high)
        *distance_high = position.HighPart;
    if (position.LowPart == INVALID_SET_FILE_POINTER)
        SetLastError(NO_ERROR);
    return position.LowPart;
}
