// What the files of conformance-io.sys share.
#pragma once

#include <ntddk.h>
#include <ddkcompat.h>
#include "io.h"

#define TAG 'oItN'

NTSTATUS Complete(IRP *irp, NTSTATUS status, ULONG_PTR information);
void *MapMdl(IRP *irp);

// Requests that stay pending (driver_keep.c).
void KeepInitialize(void);
NTSTATUS Keep(IRP *irp, BOOLEAN cancellable, ULONG name);
NTSTATUS FinishKept(NTSTATUS status, ULONG_PTR information);
void CancelKeptOf(const FILE_OBJECT *file);
void TouchKept(UCHAR byte);
ULONG CountKept(void);

// What the driver asks the system by itself; each prints its lines.
void AskEntry(DRIVER_OBJECT *driver); // driver_self.c; from DriverEntry
void AskStack(DRIVER_OBJECT *driver); // driver_stack.c
void AskCancel(DRIVER_OBJECT *driver);
NTSTATUS StackDispatch(DEVICE_OBJECT *device, IRP *irp); // IRP_MJ_INTERNAL_DEVICE_CONTROL
NTSTATUS AskProbes(IRP *irp);
