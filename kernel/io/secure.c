// Who may open a device: the descriptor it begins with, and IoCreateDeviceSecure.
//
//     named device          administrators and the system everything, everybody else read, write and execute
//     disk, not removable   administrators and the system everything, everybody else traverse
//     unnamed device        none: it is opened through the named one below it
//
// https://learn.microsoft.com/windows-hardware/drivers/kernel/controlling-device-access; that disks are for
// administrators says CreateFile's page ("Physical Disks and Volumes").
#include "io/io.h"
#include "se/se.h"

static bool is_fixed_disk(PDEVICE_OBJECT device)
{
    if (device->Characteristics & (FILE_REMOVABLE_MEDIA | FILE_FLOPPY_DISKETTE))
        return false;
    return device->DeviceType == FILE_DEVICE_DISK || device->DeviceType == FILE_DEVICE_VIRTUAL_DISK ||
           device->DeviceType == FILE_DEVICE_MASS_STORAGE;
}

NTSTATUS io_protect_device(PDEVICE_OBJECT device)
{
    return se_set_sddl(device, is_fixed_disk(device) ? L"O:BAG:SYD:(A;;FX;;;WD)(A;;FA;;;SY)(A;;FA;;;BA)"
                                                     : L"O:BAG:SYD:(A;;FRFWFX;;;WD)(A;;FA;;;SY)(A;;FA;;;BA)");
}

// ---- settings of the device's class -------------------------------------------------------------------------------

// What an administrator wrote for the class in the registry; it counts more than what the driver says.
struct settings {
    ULONG device_type, characteristics;
    BOOLEAN exclusive;
    void *descriptor; // pool
};

enum { VALUE_BYTES = 4096 };

static NTSTATUS read_value(HANDLE key, const WCHAR *name, ULONG type, KEY_VALUE_PARTIAL_INFORMATION *value)
{
    UNICODE_STRING value_name;
    ULONG length;
    RtlInitUnicodeString(&value_name, name);
    NTSTATUS status = ZwQueryValueKey(key, &value_name, KeyValuePartialInformation, value, VALUE_BYTES, &length);
    return NT_SUCCESS(status) && value->Type != type ? STATUS_OBJECT_TYPE_MISMATCH : status;
}

static bool read_number(HANDLE key, const WCHAR *name, KEY_VALUE_PARTIAL_INFORMATION *value, ULONG *number)
{
    if (!NT_SUCCESS(read_value(key, name, REG_DWORD, value)) || value->DataLength != sizeof *number)
        return false;
    __builtin_memcpy(number, value->Data, sizeof *number);
    return true;
}

static NTSTATUS read_settings(HANDLE key, struct settings *settings)
{
    KEY_VALUE_PARTIAL_INFORMATION *value = ex_allocate(VALUE_BYTES, EX_TAG('I', 'o', 'S', 'e'));
    ULONG exclusive;
    if (!value)
        return STATUS_INSUFFICIENT_RESOURCES;
    read_number(key, L"DeviceType", value, &settings->device_type);
    read_number(key, L"DeviceCharacteristics", value, &settings->characteristics);
    if (read_number(key, L"Exclusive", value, &exclusive))
        settings->exclusive = exclusive != 0;
    NTSTATUS status = read_value(key, L"Security", REG_BINARY, value);
    if (NT_SUCCESS(status) && se_check_descriptor(value->Data, value->DataLength)) {
        ex_free(settings->descriptor);
        status = se_capture(value->Data, KernelMode, &settings->descriptor);
    } else {
        status = STATUS_SUCCESS; // nothing there that can be used
    }
    ex_free(value);
    return status;
}

static NTSTATUS open_class(const GUID *class_guid, HANDLE *key)
{
    static const WCHAR before[] = L"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\Class\\";
    WCHAR buffer[128];
    UNICODE_STRING path = {.Buffer = buffer, .MaximumLength = sizeof buffer}, guid;
    OBJECT_ATTRIBUTES attributes = {
        .Length = sizeof attributes, .ObjectName = &path, .Attributes = OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE};
    NTSTATUS status = RtlStringFromGUID(class_guid, &guid);
    if (!NT_SUCCESS(status))
        return status;
    RtlAppendUnicodeToString(&path, before);
    RtlAppendUnicodeStringToString(&path, &guid);
    RtlAppendUnicodeToString(&path, L"\\Properties");
    RtlFreeUnicodeString(&guid);
    return ZwOpenKey(key, KEY_READ, &attributes);
}

static NTSTATUS apply_class(const GUID *class_guid, struct settings *settings)
{
    HANDLE key;
    if (!class_guid || !NT_SUCCESS(open_class(class_guid, &key)))
        return STATUS_SUCCESS;
    NTSTATUS status = read_settings(key, settings);
    ZwClose(key);
    return status;
}

// ---- IoCreateDeviceSecure -----------------------------------------------------------------------------------------

// IoCreateDevice with a descriptor. A driver's wdmsec.lib calls this where the kernel has it.
// https://learn.microsoft.com/windows-hardware/drivers/ddi/wdmsec/nf-wdmsec-wdmlibiocreatedevicesecure
NTSTATUS NTAPI IoCreateDeviceSecure(PDRIVER_OBJECT driver, ULONG extension_size, PUNICODE_STRING name, DEVICE_TYPE type,
                                    ULONG characteristics, BOOLEAN exclusive, PCUNICODE_STRING sddl,
                                    const GUID *class_guid, PDEVICE_OBJECT *device)
{
    struct settings settings = {.device_type = type, .characteristics = characteristics, .exclusive = exclusive};
    *device = NULL;
    if (!name && !(characteristics & FILE_AUTOGENERATED_DEVICE_NAME))
        return STATUS_INVALID_PARAMETER; // an unnamed device cannot have a descriptor
    NTSTATUS status = se_sddl_to_descriptor(sddl, &settings.descriptor);
    if (!NT_SUCCESS(status))
        return status;
    status = apply_class(class_guid, &settings);
    if (NT_SUCCESS(status))
        status = IoCreateDevice(driver, extension_size, name, settings.device_type, settings.characteristics,
                                settings.exclusive, device);
    if (NT_SUCCESS(status)) {
        struct se_parts parts = se_parts_of(settings.descriptor);
        SECURITY_INFORMATION information = (parts.owner ? OWNER_SECURITY_INFORMATION : 0) |
                                           (parts.group ? GROUP_SECURITY_INFORMATION : 0) |
                                           (parts.control & SE_DACL_PRESENT ? DACL_SECURITY_INFORMATION : 0) |
                                           (parts.control & SE_SACL_PRESENT ? SACL_SECURITY_INFORMATION : 0);
        status = se_set_security(*device, information, settings.descriptor);
        if (!NT_SUCCESS(status)) {
            IoDeleteDevice(*device);
            *device = NULL;
        }
    }
    if (settings.descriptor)
        ex_free(settings.descriptor);
    return status;
}
