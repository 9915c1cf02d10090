// What the files of conformance-irp.sys share.
#pragma once

#include <ntddk.h>
#include <ddkcompat.h>

#define TAG 'pIrN'

// Control codes of the devices: answered at once, or from a DPC a moment later.
#define IOCTL_TARGET_ECHO  CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define IOCTL_TARGET_LATER CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_BUFFERED, FILE_ANY_ACCESS)

extern DEVICE_OBJECT *Buffered, *Plain; // with DO_BUFFERED_IO; without a flag

NTSTATUS Complete(IRP *irp, NTSTATUS status, ULONG_PTR information);
void WaitFor(KEVENT *event);
// An IRP of the driver's own, to be sent to Plain with IRP_MJ_INTERNAL_DEVICE_CONTROL. Its completion routine
// sets *done and keeps the IRP.
IRP *MakeIrp(BOOLEAN *done);

void AskBuilt(void);      // driver_build.c
void AskAssociated(void); // driver_build.c
void AskReuse(void);      // driver_build.c
void AskStartIo(void);    // driver_start.c
DRIVER_STARTIO StartIo;
NTSTATUS StartDispatch(DEVICE_OBJECT *device, IRP *irp);
void AskCancelSafe(void); // driver_csq.c
NTSTATUS CsqDispatch(IRP *irp);
void AskRemoveLock(void); // driver_lock.c
void AskWorkItem(void);   // driver_lock.c

// What IRP_MJ_INTERNAL_DEVICE_CONTROL to Plain does.
extern enum plain { TO_START_IO, TO_QUEUE } PlainDoes;
