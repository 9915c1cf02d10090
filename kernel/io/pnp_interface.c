// Device interfaces: names, by class, under which a device can be found and opened.
//
//      registered --enable--> enabled: a symbolic link to the physical device object; told, once the device has started
//                 <--disable-- told; the link goes
//
//     \??\ROOT#service#0000#{class}            the link
//     \??\ROOT#service#0000#{class}\reference  an interface with a reference string: the driver finds "\reference" in
//                                              FileObject->FileName; the link is the class's, and stays for its last one
//
// wdm/nf-wdm-ioregisterdeviceinterface, -iosetdeviceinterfacestate, -iogetdeviceinterfaces, -iogetdeviceinterfacealias,
// -ioopendeviceinterfaceregistrykey; install/device-interface-classes.
#include "io/pnp.h"

#include <string.h>

enum { GUID_CHARACTERS = 38 };

struct interface {
    LIST_ENTRY link;
    struct io_node *node;
    GUID class;
    UNICODE_STRING name;      // pool
    UNICODE_STRING reference; // the end of the name; Length 0 without one
    bool enabled, announced;
};

static LIST_ENTRY interfaces; // under the lock

void io_init_interfaces(void)
{
    InitializeListHead(&interfaces);
}

#define EACH_INTERFACE(i)                                                                                              \
    struct interface *i = CONTAINING_RECORD(interfaces.Flink, struct interface, link);                                 \
    &i->link != &interfaces;                                                                                           \
    i = CONTAINING_RECORD(i->link.Flink, struct interface, link)

static struct interface *find_by_name(const UNICODE_STRING *name)
{
    for (EACH_INTERFACE(interface))
        if (RtlEqualUnicodeString(&interface->name, name, TRUE))
            return interface;
    return NULL;
}

static struct interface *find_of_device(const struct io_node *node, const GUID *class, const UNICODE_STRING *reference)
{
    for (EACH_INTERFACE(interface))
        if (interface->node == node && io_same_class(&interface->class, class) &&
            RtlEqualUnicodeString(&interface->reference, reference, TRUE))
            return interface;
    return NULL;
}

// ---- the link -------------------------------------------------------------------------------------------------------

static UNICODE_STRING link_name(const struct interface *interface)
{
    UNICODE_STRING name = interface->name;
    if (interface->reference.Length)
        name.Length -= (USHORT)(interface->reference.Length + sizeof(WCHAR));
    return name;
}

// Whether another enabled interface has the same link.
static bool link_is_shared(const struct interface *interface)
{
    for (EACH_INTERFACE(other))
        if (other != interface && other->enabled && other->node == interface->node &&
            io_same_class(&other->class, &interface->class))
            return true;
    return false;
}

static void announce(struct interface *interface)
{
    if (!interface->enabled || interface->announced || !interface->node->started)
        return;
    interface->announced = true;
    io_notify_interface(&interface->class, &interface->name, true);
}

static NTSTATUS enable(struct interface *interface)
{
    UNICODE_STRING link = link_name(interface);
    if (interface->enabled)
        return STATUS_OBJECT_NAME_EXISTS;
    NTSTATUS status = STATUS_SUCCESS;
    if (!link_is_shared(interface))
        status = IoCreateSymbolicLink(&link, &interface->node->object_name);
    if (!NT_SUCCESS(status))
        return status;
    interface->enabled = true;
    announce(interface);
    return STATUS_SUCCESS;
}

static NTSTATUS disable(struct interface *interface)
{
    UNICODE_STRING link = link_name(interface);
    if (!interface->enabled)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    if (!link_is_shared(interface))
        IoDeleteSymbolicLink(&link);
    bool was_announced = interface->announced;
    interface->enabled = interface->announced = false;
    if (was_announced)
        io_notify_interface(&interface->class, &interface->name, false);
    return STATUS_SUCCESS;
}

void io_announce_interfaces(struct io_node *node)
{
    io_pnp_lock();
    node->started = true;
    for (EACH_INTERFACE(interface))
        if (interface->node == node)
            announce(interface);
    io_pnp_unlock();
}

void io_each_interface(const GUID *class, void (*routine)(PUNICODE_STRING name, void *context), void *context)
{
    for (EACH_INTERFACE(interface))
        if (interface->announced && io_same_class(&interface->class, class))
            routine(&interface->name, context);
}

static void forget(struct interface *interface)
{
    RemoveEntryList(&interface->link);
    ex_free(interface->name.Buffer);
    ex_free(interface);
}

void io_remove_interfaces(struct io_node *node)
{
    for (EACH_INTERFACE(interface))
        if (interface->node == node)
            disable(interface);
    for (LIST_ENTRY *at = interfaces.Flink, *next = at->Flink; at != &interfaces; at = next, next = at->Flink)
        if (CONTAINING_RECORD(at, struct interface, link)->node == node)
            forget(CONTAINING_RECORD(at, struct interface, link));
}

// ---- what drivers call ----------------------------------------------------------------------------------------------

static UNICODE_STRING make_name(const struct io_node *node, const GUID *class, const UNICODE_STRING *reference)
{
    return io_pnp_text(L"\\??\\ROOT#%ws#0000#{%08lx-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x}%ws%wZ",
                       io_node_service(node), class->Data1, class->Data2, class->Data3, class->Data4[0],
                       class->Data4[1], class->Data4[2], class->Data4[3], class->Data4[4], class->Data4[5],
                       class->Data4[6], class->Data4[7], reference->Length ? L"\\" : L"", reference);
}

static NTSTATUS add_interface(struct io_node *node, const GUID *class, const UNICODE_STRING *reference,
                              struct interface **out)
{
    struct interface *interface = ex_allocate_zeroed(sizeof *interface, IO_PNP_TAG);
    if (!interface)
        return STATUS_INSUFFICIENT_RESOURCES;
    *interface = (struct interface){.node = node, .class = *class, .name = make_name(node, class, reference)};
    if (!interface->name.Buffer) {
        ex_free(interface);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    USHORT length = reference->Length;
    interface->reference =
        (UNICODE_STRING){length, length, interface->name.Buffer + (interface->name.Length - length) / sizeof(WCHAR)};
    InsertTailList(&interfaces, &interface->link);
    *out = interface;
    return STATUS_SUCCESS;
}

static bool is_valid_reference(const UNICODE_STRING *reference)
{
    for (size_t i = 0; i < reference->Length / sizeof(WCHAR); i++)
        if (reference->Buffer[i] == '\\' || reference->Buffer[i] == '/')
            return false;
    return true;
}

static NTSTATUS copy_name(const struct interface *interface, PUNICODE_STRING link)
{
    *link = io_pnp_text(L"%wZ", &interface->name);
    return link->Buffer ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

// The same device, class and reference give the same interface again. *link is freed with RtlFreeUnicodeString.
// STATUS_INVALID_DEVICE_REQUEST for a device object that is no physical one and for a separator in the reference.
// PASSIVE_LEVEL. wdm/nf-wdm-ioregisterdeviceinterface.
NTSTATUS NTAPI IoRegisterDeviceInterface(PDEVICE_OBJECT device, const GUID *interface_class, PUNICODE_STRING reference,
                                         PUNICODE_STRING link)
{
    UNICODE_STRING none = RTL_CONSTANT_STRING(L"");
    *link = (UNICODE_STRING){0};
    if (!reference)
        reference = &none;
    if (!io_node_of(device) || !is_valid_reference(reference))
        return STATUS_INVALID_DEVICE_REQUEST;
    io_pnp_lock();
    NTSTATUS status = STATUS_SUCCESS;
    struct interface *interface = find_of_device(io_node_of(device), interface_class, reference);
    if (!interface)
        status = add_interface(io_node_of(device), interface_class, reference, &interface);
    if (NT_SUCCESS(status))
        status = copy_name(interface, link);
    io_pnp_unlock();
    return status;
}

// STATUS_OBJECT_NAME_EXISTS, a success, when it is enabled already; STATUS_OBJECT_NAME_NOT_FOUND when it is not enabled, or
// not registered. Who registered for notifications is called before it returns. PASSIVE_LEVEL.
// wdm/nf-wdm-iosetdeviceinterfacestate.
NTSTATUS NTAPI IoSetDeviceInterfaceState(PUNICODE_STRING link, BOOLEAN enabled)
{
    io_pnp_lock();
    struct interface *interface = find_by_name(link);
    NTSTATUS status = STATUS_OBJECT_NAME_NOT_FOUND;
    if (interface)
        status = enabled ? enable(interface) : disable(interface);
    io_pnp_unlock();
    return status;
}

static bool is_listed(const struct interface *interface, const GUID *class, PDEVICE_OBJECT device, ULONG flags)
{
    return io_same_class(&interface->class, class) && (!device || interface->node == io_node_of(device)) &&
           (interface->enabled || (flags & DEVICE_INTERFACE_INCLUDE_NONACTIVE));
}

// The names, each with its zero, and a zero at the end, in pool that the caller frees. Of all devices without one.
// PASSIVE_LEVEL. wdm/nf-wdm-iogetdeviceinterfaces.
NTSTATUS NTAPI IoGetDeviceInterfaces(const GUID *interface_class, PDEVICE_OBJECT device, ULONG flags, PZPWSTR *list)
{
    size_t bytes = sizeof(WCHAR);
    io_pnp_lock();
    for (EACH_INTERFACE(interface))
        if (is_listed(interface, interface_class, device, flags))
            bytes += interface->name.Length + sizeof(WCHAR);
    WCHAR *names = ex_allocate_zeroed(bytes, IO_PNP_TAG), *to = names;
    for (EACH_INTERFACE(interface)) {
        if (!names || !is_listed(interface, interface_class, device, flags))
            continue;
        memcpy(to, interface->name.Buffer, interface->name.Length);
        to += interface->name.Length / sizeof(WCHAR) + 1;
    }
    io_pnp_unlock();
    *list = (PZPWSTR)names;
    return names ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

// The interface of the same device and reference in another class. STATUS_OBJECT_NAME_NOT_FOUND without one,
// STATUS_INVALID_HANDLE for a name that is no interface's. PASSIVE_LEVEL. wdm/nf-wdm-iogetdeviceinterfacealias.
NTSTATUS NTAPI IoGetDeviceInterfaceAlias(PUNICODE_STRING link, const GUID *alias_class, PUNICODE_STRING alias)
{
    *alias = (UNICODE_STRING){0};
    io_pnp_lock();
    const struct interface *interface = find_by_name(link);
    NTSTATUS status = interface ? STATUS_OBJECT_NAME_NOT_FOUND : STATUS_INVALID_HANDLE;
    if (interface)
        interface = find_of_device(interface->node, alias_class, &interface->reference);
    if (interface)
        status = copy_name(interface, alias);
    io_pnp_unlock();
    return status;
}

// A kernel handle to a key of the interface's own. STATUS_OBJECT_NAME_NOT_FOUND for a name that is no interface's.
// PASSIVE_LEVEL. wdm/nf-wdm-ioopendeviceinterfaceregistrykey.
NTSTATUS NTAPI IoOpenDeviceInterfaceRegistryKey(PUNICODE_STRING link, ACCESS_MASK access, PHANDLE key)
{
    enum { PREFIX = 4 }; // \??\ is written ##?# in a key's name
    UNICODE_STRING path = {0};
    NTSTATUS status = STATUS_OBJECT_NAME_NOT_FOUND;
    *key = NULL;
    io_pnp_lock();
    const struct interface *interface = find_by_name(link);
    if (interface) {
        UNICODE_STRING name = link_name(interface), class = name;
        class.Length = (USHORT)(GUID_CHARACTERS * sizeof(WCHAR));
        class.Buffer += name.Length / sizeof(WCHAR) - GUID_CHARACTERS;
        name.Buffer += PREFIX;
        name.Length -= (USHORT)(PREFIX * sizeof(WCHAR));
        path = io_pnp_text(L"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\DeviceClasses\\%wZ\\##?#%wZ\\#%wZ"
                           L"\\Device Parameters",
                           &class, &name, &interface->reference);
        status = STATUS_SUCCESS;
    }
    io_pnp_unlock();
    return NT_SUCCESS(status) ? io_pnp_open_key(path, access, key) : status;
}
