// The root enumerator: devices that exist because their driver is installed.
//
//      DriverEntry set AddDevice --physical device object--> AddDevice --IRP_MN_START_DEVICE--> started
//                                 either fails: device removed, the driver stays loaded
//      started --unload: IRP_MN_QUERY_REMOVE_DEVICE--> IRP_MN_REMOVE_DEVICE --> device gone --> DriverUnload
//                                      refused: IRP_MN_CANCEL_REMOVE_DEVICE, the driver goes on
//
// A driver has one such device, ROOT\service\0000. \Driver\PnpManager, which owns them, exists as long as there is one.
//
// kernel/irp-mn-start-device, -query-remove-device, -remove-device, -query-id, -query-device-relations, -query-capabilities
// (what a bus driver does with each); wdm/nc-wdm-driver_add_device.
#include "dbg/dbg.h"
#include "io/pnp.h"
#include "rtl/rtl.h"

#include <string.h>

static KMUTEX lock;
static struct io_driver *manager; // under the lock; NULL without devices

void io_pnp_init(void)
{
    KeInitializeMutex(&lock, 0);
    io_init_interfaces();
    io_init_notifications();
}

void io_pnp_lock(void)
{
    KeWaitForSingleObject(&lock, Executive, KernelMode, FALSE, NULL);
}

void io_pnp_unlock(void)
{
    KeReleaseMutex(&lock, FALSE);
}

UNICODE_STRING NTAPI io_pnp_text(const WCHAR *format, ...)
{
    enum { LONGEST = 1024 };
    WCHAR text[LONGEST];
    UNICODE_STRING string = {0};
    struct rtl_output output = {.buffer = text, .capacity = LONGEST, .wide = true};
    __builtin_ms_va_list arguments;
    __builtin_ms_va_start(arguments, format);
    rtl_format(&output, format, arguments);
    __builtin_ms_va_end(arguments);
    size_t bytes = output.length * sizeof(WCHAR);
    if (output.length <= LONGEST)
        string.Buffer = ex_allocate_zeroed(bytes + 2 * sizeof(WCHAR), IO_PNP_TAG);
    if (!string.Buffer)
        return string;
    memcpy(string.Buffer, text, bytes);
    string.Length = (USHORT)bytes;
    string.MaximumLength = (USHORT)(bytes + sizeof(WCHAR));
    return string;
}

void io_pnp_free_text(UNICODE_STRING text)
{
    if (text.Buffer)
        ex_free(text.Buffer);
}

// ---- the physical device object ---------------------------------------------------------------------------------

static NTSTATUS complete(PIRP irp, NTSTATUS status)
{
    irp->IoStatus.Status = status;
    IofCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

// Into pool that whoever asked frees.
static NTSTATUS query_id(struct io_node *node, PIRP irp, BUS_QUERY_ID_TYPE type)
{
    UNICODE_STRING id;
    if (type == BusQueryInstanceID)
        id = io_pnp_text(L"0000");
    else if (type == BusQueryDeviceID || type == BusQueryHardwareIDs)
        id = io_pnp_text(L"ROOT\\%ws", io_node_service(node));
    else
        return irp->IoStatus.Status;
    irp->IoStatus.Information = (ULONG_PTR)id.Buffer;
    return id.Buffer ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

static NTSTATUS query_relations(PDEVICE_OBJECT device, PIRP irp, DEVICE_RELATION_TYPE type)
{
    if (type != TargetDeviceRelation)
        return irp->IoStatus.Status;
    PDEVICE_RELATIONS relations = ex_allocate(sizeof *relations, IO_PNP_TAG);
    if (!relations)
        return STATUS_INSUFFICIENT_RESOURCES;
    ob_reference(device);
    *relations = (DEVICE_RELATIONS){.Count = 1, .Objects = {device}};
    irp->IoStatus.Information = (ULONG_PTR)relations;
    return STATUS_SUCCESS;
}

// On when the system is, off when it is not; no address, no number for people.
static NTSTATUS query_capabilities(PDEVICE_CAPABILITIES capabilities)
{
    if (capabilities->Version != 1 || capabilities->Size < sizeof *capabilities)
        return STATUS_UNSUCCESSFUL;
    for (int state = PowerSystemWorking; state < PowerSystemMaximum; state++)
        capabilities->DeviceState[state] = state == PowerSystemWorking ? PowerDeviceD0 : PowerDeviceD3;
    capabilities->SilentInstall = capabilities->RawDeviceOK = 1;
    capabilities->Address = capabilities->UINumber = ~0u;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI dispatch_pnp(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    switch (stack->MinorFunction) {
    case IRP_MN_START_DEVICE:
    case IRP_MN_QUERY_STOP_DEVICE:
    case IRP_MN_CANCEL_STOP_DEVICE:
    case IRP_MN_STOP_DEVICE:
    case IRP_MN_QUERY_REMOVE_DEVICE:
    case IRP_MN_CANCEL_REMOVE_DEVICE:
    case IRP_MN_SURPRISE_REMOVAL:
    case IRP_MN_REMOVE_DEVICE:
        return complete(irp, STATUS_SUCCESS);
    case IRP_MN_QUERY_ID:
        return complete(irp, query_id(io_node_of(device), irp, stack->Parameters.QueryId.IdType));
    case IRP_MN_QUERY_DEVICE_RELATIONS:
        return complete(irp, query_relations(device, irp, stack->Parameters.QueryDeviceRelations.Type));
    case IRP_MN_QUERY_CAPABILITIES:
        return complete(irp, query_capabilities(stack->Parameters.DeviceCapabilities.Capabilities));
    default: // what a bus driver does not handle it completes as it came
        return complete(irp, irp->IoStatus.Status);
    }
}

static NTSTATUS NTAPI dispatch_power(PDEVICE_OBJECT device, PIRP irp)
{
    UCHAR minor = IoGetCurrentIrpStackLocation(irp)->MinorFunction;
    (void)device;
    return complete(irp,
                    minor == IRP_MN_SET_POWER || minor == IRP_MN_QUERY_POWER ? STATUS_SUCCESS : irp->IoStatus.Status);
}

static NTSTATUS NTAPI dispatch_system_control(PDEVICE_OBJECT device, PIRP irp)
{
    (void)device;
    return complete(irp, irp->IoStatus.Status);
}

// ---- nodes: made and ended, with the lock -------------------------------------------------------------------------

static NTSTATUS need_manager(void)
{
    if (manager)
        return STATUS_SUCCESS;
    NTSTATUS status = io_create_driver_object("\\Driver\\", "PnpManager", &manager);
    if (!NT_SUCCESS(status))
        return status;
    manager->object.MajorFunction[IRP_MJ_PNP] = dispatch_pnp;
    manager->object.MajorFunction[IRP_MJ_POWER] = dispatch_power;
    manager->object.MajorFunction[IRP_MJ_SYSTEM_CONTROL] = dispatch_system_control;
    return STATUS_SUCCESS;
}

static void drop_manager(void)
{
    if (!manager || manager->object.DeviceObject)
        return;
    ob_remove_name(manager);
    ob_dereference(manager);
    manager = NULL;
}

static void end_node(struct io_node *node)
{
    PDEVICE_OBJECT device = node->device;
    io_remove_interfaces(node);
    if (device->AttachedDevice)
        IoDetachDevice(device);
    hal_mutex_lock(&io_database_lock);
    node->driver->node = NULL;
    io_device_extension(device)->object.DeviceNode = NULL;
    hal_mutex_unlock(&io_database_lock);
    IoDeleteDevice(device);
    io_pnp_free_text(node->object_name);
    ex_free(node);
    drop_manager();
}

// The device refuses opens until it has started.
static NTSTATUS make_node(struct io_driver *driver, struct io_node **out)
{
    struct io_node *node = ex_allocate_zeroed(sizeof *node, IO_PNP_TAG);
    if (!node)
        return STATUS_INSUFFICIENT_RESOURCES;
    node->driver = driver;
    NTSTATUS status = need_manager();
    if (NT_SUCCESS(status))
        status = IoCreateDevice(&manager->object, 0, NULL, FILE_DEVICE_UNKNOWN, FILE_AUTOGENERATED_DEVICE_NAME, FALSE,
                                &node->device);
    if (!NT_SUCCESS(status)) {
        drop_manager();
        ex_free(node);
        return status;
    }
    hal_mutex_lock(&io_database_lock);
    driver->node = node;
    io_device_extension(node->device)->object.DeviceNode = node;
    io_device_extension(node->device)->object.ExtensionFlags |= DOE_START_PENDING;
    node->device->Flags = (node->device->Flags | DO_BUS_ENUMERATED_DEVICE) & ~(ULONG)DO_DEVICE_INITIALIZING;
    hal_mutex_unlock(&io_database_lock);
    status = ob_full_name(node->device, &node->object_name);
    if (NT_SUCCESS(status))
        status = io_pnp_write_keys(node);
    if (!NT_SUCCESS(status))
        end_node(node);
    else
        *out = node;
    return status;
}

static void end_node_locked(struct io_node *node)
{
    io_pnp_lock();
    end_node(node);
    io_pnp_unlock();
}

PDEVICE_OBJECT io_root_device(const struct io_driver *driver)
{
    return driver->node ? driver->node->device : NULL;
}

struct io_driver *io_answerable_driver(PDEVICE_OBJECT device)
{
    struct io_node *node = io_node_of(device);
    return node ? node->driver : CONTAINING_RECORD(device->DriverObject, struct io_driver, object);
}

// ---- what the driver is told --------------------------------------------------------------------------------------

static NTSTATUS send(struct io_node *node, UCHAR minor)
{
    PDEVICE_OBJECT top = IoGetAttachedDeviceReference(node->device);
    struct io_request *request = io_allocate_patiently(top->StackSize);
    IO_STATUS_BLOCK iosb;
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    if (request) {
        PIRP irp = &request->irp;
        irp->Flags = IRP_SYNCHRONOUS_API;
        irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
        irp->UserIosb = &iosb;
        PIO_STACK_LOCATION stack = IoGetNextIrpStackLocation(irp);
        stack->MajorFunction = IRP_MJ_PNP;
        stack->MinorFunction = minor;
        status = io_send_and_wait(top, request, &iosb);
    }
    ob_dereference(top);
    return status;
}

__attribute__((noinline)) static NTSTATUS call_add_device(struct io_node *node)
{
    struct ke_recovery recovery = {.what = "AddDevice"};
    volatile NTSTATUS status = STATUS_DRIVER_INTERNAL_ERROR;
    ke_push_recovery(&recovery);
    if (!__builtin_setjmp(recovery.jump))
        status = node->driver->extension.AddDevice(&node->driver->object, node->device);
    else
        io_mark_failed(node->driver);
    ke_pop_recovery(&recovery);
    return status;
}

static NTSTATUS start(struct io_node *node)
{
    NTSTATUS status = send(node, IRP_MN_START_DEVICE);
    if (!NT_SUCCESS(status)) {
        dbg_kernel_message("%s: IRP_MN_START_DEVICE failed (0x%08X): its device is removed, the driver stays loaded\n",
                           node->driver->name, (unsigned)status);
        send(node, IRP_MN_REMOVE_DEVICE);
        return status;
    }
    hal_mutex_lock(&io_database_lock);
    io_device_extension(node->device)->object.ExtensionFlags &= ~(ULONG)DOE_START_PENDING;
    hal_mutex_unlock(&io_database_lock);
    io_announce_interfaces(node);
    return status;
}

void io_add_root_device(struct io_driver *driver)
{
    struct io_node *node = NULL;
    if (!driver->extension.AddDevice)
        return;
    io_pnp_lock();
    NTSTATUS status = make_node(driver, &node);
    io_pnp_unlock();
    if (!NT_SUCCESS(status)) {
        dbg_kernel_message("%s: no device object for its AddDevice (0x%08X)\n", driver->name, (unsigned)status);
        return;
    }
    status = call_add_device(node);
    if (!NT_SUCCESS(status))
        dbg_kernel_message("%s: AddDevice failed (0x%08X): it has no device, the driver stays loaded\n", driver->name,
                           (unsigned)status);
    else
        status = start(node);
    if (!NT_SUCCESS(status))
        end_node_locked(node);
}

NTSTATUS io_remove_root_device(struct io_driver *driver)
{
    struct io_node *node = driver->node;
    if (!node)
        return STATUS_SUCCESS;
    NTSTATUS status = driver->failed ? STATUS_SUCCESS : send(node, IRP_MN_QUERY_REMOVE_DEVICE);
    if (!NT_SUCCESS(status) && !driver->failed) {
        dbg_kernel_message("%s: refused IRP_MN_QUERY_REMOVE_DEVICE (0x%08X), goes on\n", driver->name,
                           (unsigned)status);
        send(node, IRP_MN_CANCEL_REMOVE_DEVICE);
        return status;
    }
    if (!driver->failed)
        send(node, IRP_MN_REMOVE_DEVICE);
    end_node_locked(node);
    return STATUS_SUCCESS;
}

// Also after a boot that failed before there was a lock.
void io_pnp_shutdown(void)
{
    if (!manager)
        return;
    io_pnp_lock();
    while (manager) {
        PDEVICE_OBJECT device = manager->object.DeviceObject;
        struct io_node *node = io_node_of(device);
        device->ReferenceCount = 0;
        if (node)
            end_node(node);
        else
            IoDeleteDevice(device); // was waiting for its last close
        drop_manager();
    }
    io_pnp_unlock();
}

// ---- what drivers say about their devices -------------------------------------------------------------------------

// Which devices there are is settled: a root device has no children that the system would look for, and goes with its driver
// only. PASSIVE_LEVEL to DISPATCH_LEVEL. wdm/nf-wdm-ioinvalidatedevicerelations.
VOID NTAPI IoInvalidateDeviceRelations(PDEVICE_OBJECT device, DEVICE_RELATION_TYPE type)
{
    (void)device, (void)type;
    DBG_REFUSED("only root devices are enumerated here: nothing is asked for its children");
}

// The system would ask with IRP_MN_QUERY_PNP_DEVICE_STATE, and act on a device that is gone or failed; here it goes with its
// driver only. wdm/nf-wdm-ioinvalidatedevicestate.
VOID NTAPI IoInvalidateDeviceState(PDEVICE_OBJECT device)
{
    (void)device;
    DBG_REFUSED("the state of a root device is not asked for here: unload its driver to remove it");
}
