// What is known of a root device. There is no INF file: the keys that one would fill are filled when the device is made.
//
//     ...\CurrentControlSet\Enum\ROOT\service\0000         DeviceDesc, HardwareID, Service, Class, ClassGUID, Driver
//     ...\CurrentControlSet\Enum\ROOT\service\0000\Device Parameters   PLUGPLAY_REGKEY_DEVICE
//     ...\CurrentControlSet\Control\Class\{class}\service  PLUGPLAY_REGKEY_DRIVER
//
// wdm/nf-wdm-iogetdeviceproperty, -ioopendeviceregistrykey; install/system-defined-device-setup-classes (System).
#include "cm/cm.h"
#include "io/pnp.h"

#include <string.h>

#define CONTROL_SET   L"\\Registry\\Machine\\System\\CurrentControlSet\\"
#define SYSTEM_CLASS  L"{4d36e97d-e325-11ce-bfc1-08002be10318}"
#define TEXT_BYTES(t) ((t).Length + (ULONG)sizeof(WCHAR))

static UNICODE_STRING enum_path(const struct io_node *node, const WCHAR *below)
{
    return io_pnp_text(CONTROL_SET L"Enum\\ROOT\\%ws\\0000%ws", io_node_service(node), below);
}

// Makes the key and those above it; frees the path.
static NTSTATUS make_key(UNICODE_STRING path)
{
    struct cm_walk walk = {.create = true, .create_all = true};
    struct cm_node *node;
    if (!path.Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    hal_mutex_lock(&cm_lock);
    NTSTATUS status = cm_walk_absolute(&path, &walk, &node);
    hal_mutex_unlock(&cm_lock);
    io_pnp_free_text(path);
    return status;
}

// Unless the key has that value. Frees the text.
static NTSTATUS set_text(const struct io_node *node, const WCHAR *name, ULONG type, UNICODE_STRING text)
{
    UNICODE_STRING path = enum_path(node, L""), value;
    struct cm_walk walk = {.create = true, .create_all = true};
    struct cm_node *key;
    NTSTATUS status = path.Buffer && text.Buffer ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
    RtlInitUnicodeString(&value, name);
    ULONG end = type == REG_MULTI_SZ ? sizeof(WCHAR) : 0;
    hal_mutex_lock(&cm_lock);
    if (NT_SUCCESS(status))
        status = cm_walk_absolute(&path, &walk, &key);
    if (NT_SUCCESS(status) && !cm_find_value(key, &value))
        status = cm_set_value(key, &value, type, text.Buffer, TEXT_BYTES(text) + end);
    hal_mutex_unlock(&cm_lock);
    io_pnp_free_text(text);
    io_pnp_free_text(path);
    return status;
}

NTSTATUS io_pnp_write_keys(const struct io_node *node)
{
    const WCHAR *service = io_node_service(node);
    NTSTATUS status = make_key(enum_path(node, L"\\Device Parameters"));
    if (NT_SUCCESS(status))
        status = set_text(node, L"DeviceDesc", REG_SZ, io_pnp_text(L"%ws", service));
    if (NT_SUCCESS(status))
        status = set_text(node, L"HardwareID", REG_MULTI_SZ, io_pnp_text(L"ROOT\\%ws", service));
    if (NT_SUCCESS(status))
        status = set_text(node, L"Service", REG_SZ, io_pnp_text(L"%ws", service));
    if (NT_SUCCESS(status))
        status = set_text(node, L"Class", REG_SZ, io_pnp_text(L"System"));
    if (NT_SUCCESS(status))
        status = set_text(node, L"ClassGUID", REG_SZ, io_pnp_text(SYSTEM_CLASS));
    if (NT_SUCCESS(status))
        status = set_text(node, L"Driver", REG_SZ, io_pnp_text(SYSTEM_CLASS L"\\%ws", service));
    return status;
}

NTSTATUS io_pnp_open_key(UNICODE_STRING path, ACCESS_MASK access, PHANDLE key)
{
    UNICODE_STRING copy = path.Buffer ? io_pnp_text(L"%wZ", &path) : (UNICODE_STRING){0};
    OBJECT_ATTRIBUTES attributes;
    NTSTATUS status = make_key(copy);
    InitializeObjectAttributes(&attributes, &path, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, NULL, NULL);
    if (NT_SUCCESS(status))
        status = ZwOpenKey(key, access, &attributes);
    io_pnp_free_text(path);
    return status;
}

// A kernel handle, which the driver closes with ZwClose. STATUS_INVALID_DEVICE_REQUEST for a device object that is no
// physical one, STATUS_INVALID_PARAMETER for another type. There is one hardware profile: PLUGPLAY_REGKEY_CURRENT_HWPROFILE
// changes nothing. PASSIVE_LEVEL. wdm/nf-wdm-ioopendeviceregistrykey.
NTSTATUS NTAPI IoOpenDeviceRegistryKey(PDEVICE_OBJECT device, ULONG type, ACCESS_MASK access, PHANDLE key)
{
    struct io_node *node = io_node_of(device);
    *key = NULL;
    if (!node)
        return STATUS_INVALID_DEVICE_REQUEST;
    switch (type & ~(ULONG)PLUGPLAY_REGKEY_CURRENT_HWPROFILE) {
    case PLUGPLAY_REGKEY_DEVICE:
        return io_pnp_open_key(enum_path(node, L"\\Device Parameters"), access, key);
    case PLUGPLAY_REGKEY_DRIVER:
        return io_pnp_open_key(
            io_pnp_text(CONTROL_SET L"Control\\Class\\" SYSTEM_CLASS L"\\%ws", io_node_service(node)), access, key);
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

// ---- properties -----------------------------------------------------------------------------------------------------

struct answer {
    PVOID buffer;
    ULONG room;
    PULONG length; // of the property
};

static NTSTATUS give(const struct answer *answer, const void *data, ULONG bytes)
{
    *answer->length = bytes;
    if (bytes > answer->room)
        return STATUS_BUFFER_TOO_SMALL;
    memcpy(answer->buffer, data, bytes);
    return STATUS_SUCCESS;
}

static NTSTATUS give_value(const struct answer *answer, const struct io_node *node, const WCHAR *name)
{
    UNICODE_STRING path = enum_path(node, L""), value_name;
    struct cm_walk walk = {0};
    struct cm_node *key;
    if (!path.Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlInitUnicodeString(&value_name, name);
    hal_mutex_lock(&cm_lock);
    NTSTATUS status = cm_walk_absolute(&path, &walk, &key);
    const struct cm_value *value = NT_SUCCESS(status) ? cm_find_value(key, &value_name) : NULL;
    status = value ? give(answer, value->data, value->length) : STATUS_OBJECT_NAME_NOT_FOUND;
    hal_mutex_unlock(&cm_lock);
    io_pnp_free_text(path);
    return status;
}

static const WCHAR *const values[] = {
    [DevicePropertyDeviceDescription] = L"DeviceDesc",
    [DevicePropertyHardwareID] = L"HardwareID",
    [DevicePropertyCompatibleIDs] = L"CompatibleIDs",
    [DevicePropertyClassName] = L"Class",
    [DevicePropertyClassGuid] = L"ClassGUID",
    [DevicePropertyDriverKeyName] = L"Driver",
    [DevicePropertyManufacturer] = L"Mfg",
    [DevicePropertyFriendlyName] = L"FriendlyName",
    [DevicePropertyLocationInformation] = L"LocationInformation",
    [DevicePropertyContainerID] = NULL,
};

// STATUS_OBJECT_NAME_NOT_FOUND for what a root device has not: a bus, an address, resources, what an INF file would say.
// STATUS_BUFFER_TOO_SMALL with the length in *result_length; STATUS_INVALID_PARAMETER_2 for a property there is not,
// STATUS_INVALID_DEVICE_REQUEST for a device object that is no physical one. PASSIVE_LEVEL. wdm/nf-wdm-iogetdeviceproperty.
NTSTATUS NTAPI IoGetDeviceProperty(PDEVICE_OBJECT device, DEVICE_REGISTRY_PROPERTY property, ULONG length, PVOID buffer,
                                   PULONG result_length)
{
    static const WCHAR enumerator[] = L"ROOT";
    static const ULONG installed = 0, expect_no_removal = 1; // InstallStateInstalled, RemovalPolicyExpectNoRemoval
    struct answer answer = {buffer, length, result_length};
    struct io_node *node = io_node_of(device);
    *result_length = 0;
    if (!node)
        return STATUS_INVALID_DEVICE_REQUEST;
    switch (property) {
    case DevicePropertyPhysicalDeviceObjectName:
        return give(&answer, node->object_name.Buffer, TEXT_BYTES(node->object_name));
    case DevicePropertyEnumeratorName:
        return give(&answer, enumerator, sizeof enumerator);
    case DevicePropertyInstallState:
        return give(&answer, &installed, sizeof installed);
    case DevicePropertyRemovalPolicy:
        return give(&answer, &expect_no_removal, sizeof expect_no_removal);
    default:
        if ((ULONG)property > DevicePropertyContainerID)
            return STATUS_INVALID_PARAMETER_2;
        return values[property] ? give_value(&answer, node, values[property]) : STATUS_OBJECT_NAME_NOT_FOUND;
    }
}
