// DeviceIoControl.
//
// A control code of device type FILE_DEVICE_FILE_SYSTEM is a file system control
// (IRP_MJ_FILE_SYSTEM_CONTROL); all others are device controls (fact 38). *bytes is written unless the status
// is an error (fact 49); it may be NULL.
// https://learn.microsoft.com/windows/win32/api/ioapiset/nf-ioapiset-deviceiocontrol

#include "transfer.h"

struct ioctl {
    DWORD code;
    LPVOID input, output;
    DWORD input_size, output_size;
};

static NTSTATUS send_control(HANDLE device, const struct ioctl *call, HANDLE event, PVOID context,
                             IO_STATUS_BLOCK *iosb)
{
    if (DEVICE_TYPE_FROM_CTL_CODE(call->code) == FILE_DEVICE_FILE_SYSTEM)
        return nt()->NtFsControlFile(device, event, NULL, context, iosb, call->code, call->input, call->input_size,
                                     call->output, call->output_size);
    return nt()->NtDeviceIoControlFile(device, event, NULL, context, iosb, call->code, call->input, call->input_size,
                                       call->output, call->output_size);
}

// The count of a pending request is not known yet: *bytes stays as it is.
static BOOL control_overlapped(HANDLE device, const struct ioctl *call, DWORD *bytes, OVERLAPPED *overlapped)
{
    overlapped->Internal = STATUS_PENDING;
    NTSTATUS status =
        send_control(device, call, overlapped->hEvent, base_port_context(overlapped), base_iosb(overlapped));
    if (status == STATUS_PENDING)
        return base_set_nt_status(status);
    if (bytes && !NT_ERROR(status))
        *bytes = (DWORD)overlapped->InternalHigh;
    return base_result(status);
}

BOOL WINAPI DeviceIoControl(HANDLE device, DWORD code, LPVOID input, DWORD input_size, LPVOID output, DWORD output_size,
                            LPDWORD bytes, LPOVERLAPPED overlapped)
{
    struct ioctl call = {code, input, output, input_size, output_size};
    if (overlapped)
        return control_overlapped(device, &call, bytes, overlapped);
    IO_STATUS_BLOCK iosb = {0};
    NTSTATUS status = send_control(device, &call, NULL, NULL, &iosb);
    status = base_wait_for_file(device, status, &iosb);
    if (bytes && !NT_ERROR(status))
        *bytes = (DWORD)iosb.Information;
    return base_result(status);
}
