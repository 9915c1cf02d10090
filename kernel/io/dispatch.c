// Handing an IRP to a driver. Facts: semantics 18, 19, 43.
#include "io/io.h"
#include "io/trace.h"

// NTAPI, as what IofCallDriver calls has to be: see complete.c.
static NTAPI __attribute__((noinline, cold)) void refuse(PIRP irp)
{
    ke_bugcheck(NO_MORE_IRP_STACK_LOCATIONS, (ULONG_PTR)irp, 0, 0, 0,
                "IoCallDriver with no stack location left: the IRP was allocated with a StackSize that is too small");
}

NTSTATUS NTAPI IofCallDriver(PDEVICE_OBJECT device, PIRP irp)
{
    if (hal_unlikely(--irp->CurrentLocation <= 0))
        refuse(irp);
    PIO_STACK_LOCATION stack = --irp->Tail.Overlay.CurrentStackLocation;
    stack->DeviceObject = device;
    if (io_tracing())
        io_trace_call(device, irp);
    return device->DriverObject->MajorFunction[stack->MajorFunction](device, irp);
}

NTSTATUS NTAPI IoCallDriver(PDEVICE_OBJECT device, PIRP irp)
{
    return IofCallDriver(device, irp);
}

// What stands in every slot that the driver did not fill.
NTSTATUS NTAPI io_invalid_device_request(PDEVICE_OBJECT device, PIRP irp)
{
    (void)device;
    irp->IoStatus.Status = STATUS_INVALID_DEVICE_REQUEST;
    irp->IoStatus.Information = 0;
    IofCompleteRequest(irp, IO_NO_INCREMENT);
    return STATUS_INVALID_DEVICE_REQUEST;
}

static NTSTATUS NTAPI failed_driver(PDEVICE_OBJECT device, PIRP irp)
{
    (void)device;
    irp->IoStatus.Status = STATUS_DRIVER_INTERNAL_ERROR;
    irp->IoStatus.Information = 0;
    IofCompleteRequest(irp, IO_NO_INCREMENT);
    return STATUS_DRIVER_INTERNAL_ERROR;
}

// A bugcheck stopped this driver: its code is not entered again, its clients get errors.
void io_mark_failed(struct io_driver *driver)
{
    driver->failed = true;
    for (int major = 0; major <= IRP_MJ_MAXIMUM_FUNCTION; major++)
        driver->object.MajorFunction[major] = failed_driver;
    driver->object.DriverUnload = NULL;
    driver->object.DriverStartIo = NULL;
    driver->object.FastIoDispatch = NULL;
}

const char *io_driver_name(PDEVICE_OBJECT device)
{
    return CONTAINING_RECORD(device->DriverObject, struct io_driver, object)->name;
}

const char *io_major_name(UCHAR major)
{
    static const char *const names[] = {
#define MAJOR(name, value) [value] = #name,
#include "io/major.def"
#undef MAJOR
    };
    return major < sizeof names / sizeof *names && names[major] ? names[major] : "IRP_MJ_?";
}
