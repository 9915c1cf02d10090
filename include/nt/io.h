// The I/O manager: everything a driver's dispatch routine touches; here queues, locks and the routines, the
// structures in the headers below.
#pragma once

#include <nt/io_fast.h>

// Cancel-safe queues.
struct _IO_CSQ;

typedef struct _IO_CSQ_IRP_CONTEXT {
    ULONG Type;
    struct _IRP *Irp;
    struct _IO_CSQ *Csq;
} IO_CSQ_IRP_CONTEXT, *PIO_CSQ_IRP_CONTEXT;

typedef VOID(NTAPI *PIO_CSQ_INSERT_IRP)(struct _IO_CSQ *csq, PIRP irp);
typedef NTSTATUS(NTAPI *PIO_CSQ_INSERT_IRP_EX)(struct _IO_CSQ *csq, PIRP irp, PVOID context);
typedef VOID(NTAPI *PIO_CSQ_REMOVE_IRP)(struct _IO_CSQ *csq, PIRP irp);
typedef PIRP(NTAPI *PIO_CSQ_PEEK_NEXT_IRP)(struct _IO_CSQ *csq, PIRP irp, PVOID context);
typedef VOID(NTAPI *PIO_CSQ_ACQUIRE_LOCK)(struct _IO_CSQ *csq, PKIRQL irql);
typedef VOID(NTAPI *PIO_CSQ_RELEASE_LOCK)(struct _IO_CSQ *csq, KIRQL irql);
typedef VOID(NTAPI *PIO_CSQ_COMPLETE_CANCELED_IRP)(struct _IO_CSQ *csq, PIRP irp);

typedef struct _IO_CSQ {
    ULONG Type;
    PIO_CSQ_INSERT_IRP CsqInsertIrp;
    PIO_CSQ_REMOVE_IRP CsqRemoveIrp;
    PIO_CSQ_PEEK_NEXT_IRP CsqPeekNextIrp;
    PIO_CSQ_ACQUIRE_LOCK CsqAcquireLock;
    PIO_CSQ_RELEASE_LOCK CsqReleaseLock;
    PIO_CSQ_COMPLETE_CANCELED_IRP CsqCompleteCanceledIrp;
    PVOID ReservePointer;
} IO_CSQ, *PIO_CSQ;

// Remove locks. A checked driver passes the size of the larger form.
typedef struct _IO_REMOVE_LOCK_COMMON_BLOCK {
    BOOLEAN Removed;
    BOOLEAN Reserved[3];
    volatile LONG IoCount;
    KEVENT RemoveEvent;
} IO_REMOVE_LOCK_COMMON_BLOCK;

typedef struct _IO_REMOVE_LOCK_DBG_BLOCK {
    LONG Signature;
    LONG HighWatermark;
    LONGLONG MaxLockedTicks;
    LONG AllocateTag;
    LIST_ENTRY LockList;
    KSPIN_LOCK Spin;
    volatile LONG LowMemoryCount;
    ULONG Reserved1[4];
    PVOID Reserved2;
    PVOID Blocks;
} IO_REMOVE_LOCK_DBG_BLOCK;

typedef struct _IO_REMOVE_LOCK {
    IO_REMOVE_LOCK_COMMON_BLOCK Common;
} IO_REMOVE_LOCK, *PIO_REMOVE_LOCK;

typedef struct _IO_ERROR_LOG_PACKET {
    UCHAR MajorFunctionCode;
    UCHAR RetryCount;
    USHORT DumpDataSize;
    USHORT NumberOfStrings;
    USHORT StringOffset;
    USHORT EventCategory;
    NTSTATUS ErrorCode;
    ULONG UniqueErrorValue;
    NTSTATUS FinalStatus;
    ULONG SequenceNumber;
    ULONG IoControlCode;
    LARGE_INTEGER DeviceOffset;
    ULONG DumpData[1];
} IO_ERROR_LOG_PACKET, *PIO_ERROR_LOG_PACKET;

#define ERROR_LOG_MAXIMUM_SIZE 240

typedef struct _CONFIGURATION_INFORMATION {
    ULONG DiskCount;
    ULONG FloppyCount;
    ULONG CdRomCount;
    ULONG TapeCount;
    ULONG ScsiPortCount;
    ULONG SerialCount;
    ULONG ParallelCount;
    BOOLEAN AtDiskPrimaryAddressClaimed;
    BOOLEAN AtDiskSecondaryAddressClaimed;
    ULONG Version;
    ULONG MediumChangerCount;
} CONFIGURATION_INFORMATION, *PCONFIGURATION_INFORMATION;

typedef enum _DEVICE_REGISTRY_PROPERTY {
    DevicePropertyDeviceDescription,
    DevicePropertyHardwareID,
    DevicePropertyCompatibleIDs,
    DevicePropertyBootConfiguration,
    DevicePropertyBootConfigurationTranslated,
    DevicePropertyClassName,
    DevicePropertyClassGuid,
    DevicePropertyDriverKeyName,
    DevicePropertyManufacturer,
    DevicePropertyFriendlyName,
    DevicePropertyLocationInformation,
    DevicePropertyPhysicalDeviceObjectName,
    DevicePropertyBusTypeGuid,
    DevicePropertyLegacyBusType,
    DevicePropertyBusNumber,
    DevicePropertyEnumeratorName,
    DevicePropertyAddress,
    DevicePropertyUINumber,
    DevicePropertyInstallState,
    DevicePropertyRemovalPolicy,
    DevicePropertyResourceRequirements,
    DevicePropertyAllocatedResources,
    DevicePropertyContainerID,
} DEVICE_REGISTRY_PROPERTY;

typedef enum _IO_NOTIFICATION_EVENT_CATEGORY {
    EventCategoryReserved,
    EventCategoryHardwareProfileChange,
    EventCategoryDeviceInterfaceChange,
    EventCategoryTargetDeviceChange,
} IO_NOTIFICATION_EVENT_CATEGORY;

typedef struct _DEVICE_INTERFACE_CHANGE_NOTIFICATION {
    USHORT Version; // 1
    USHORT Size;
    GUID Event;
    GUID InterfaceClassGuid;
    PUNICODE_STRING SymbolicLinkName;
} DEVICE_INTERFACE_CHANGE_NOTIFICATION, *PDEVICE_INTERFACE_CHANGE_NOTIFICATION;

typedef NTSTATUS(NTAPI *PDRIVER_NOTIFICATION_CALLBACK_ROUTINE)(PVOID structure, PVOID context);
typedef VOID(NTAPI *PREQUEST_POWER_COMPLETE)(PDEVICE_OBJECT device, UCHAR minor, POWER_STATE state, PVOID context,
                                             PIO_STATUS_BLOCK iosb);
typedef NTSTATUS(NTAPI *PIO_QUERY_DEVICE_ROUTINE)(PVOID context);

#define PLUGPLAY_REGKEY_DEVICE                                 1
#define PLUGPLAY_REGKEY_DRIVER                                 2
#define PLUGPLAY_REGKEY_CURRENT_HWPROFILE                      4
#define DEVICE_INTERFACE_INCLUDE_NONACTIVE                     0x00000001
#define PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES 0x00000001
#define WMIREG_ACTION_REGISTER                                 1
#define WMIREG_ACTION_DEREGISTER                               2

// Stack locations lie behind the IRP; CurrentLocation counts down towards the lowest driver.

FORCEINLINE PIO_STACK_LOCATION IoGetCurrentIrpStackLocation(PIRP irp)
{
    return irp->Tail.Overlay.CurrentStackLocation;
}

FORCEINLINE PIO_STACK_LOCATION IoGetNextIrpStackLocation(PIRP irp)
{
    return irp->Tail.Overlay.CurrentStackLocation - 1;
}

FORCEINLINE VOID IoSetNextIrpStackLocation(PIRP irp)
{
    irp->CurrentLocation--;
    irp->Tail.Overlay.CurrentStackLocation--;
}

FORCEINLINE VOID IoSkipCurrentIrpStackLocation(PIRP irp)
{
    irp->CurrentLocation++;
    irp->Tail.Overlay.CurrentStackLocation++;
}

// Everything but the completion routine and its context, and with no control bits.
FORCEINLINE VOID IoCopyCurrentIrpStackLocationToNext(PIRP irp)
{
    PIO_STACK_LOCATION next = IoGetNextIrpStackLocation(irp);
    __builtin_memcpy(next, IoGetCurrentIrpStackLocation(irp), offsetof(IO_STACK_LOCATION, CompletionRoutine));
    next->Control = 0;
}

FORCEINLINE VOID IoSetCompletionRoutine(PIRP irp, PIO_COMPLETION_ROUTINE routine, PVOID context, BOOLEAN on_success,
                                        BOOLEAN on_error, BOOLEAN on_cancel)
{
    PIO_STACK_LOCATION next = IoGetNextIrpStackLocation(irp);
    next->CompletionRoutine = routine;
    next->Context = context;
    next->Control = (UCHAR)((on_success ? SL_INVOKE_ON_SUCCESS : 0) | (on_error ? SL_INVOKE_ON_ERROR : 0) |
                            (on_cancel ? SL_INVOKE_ON_CANCEL : 0));
}

FORCEINLINE VOID IoMarkIrpPending(PIRP irp)
{
    IoGetCurrentIrpStackLocation(irp)->Control |= SL_PENDING_RETURNED;
}

FORCEINLINE PDRIVER_CANCEL IoSetCancelRoutine(PIRP irp, PDRIVER_CANCEL routine)
{
    return __atomic_exchange_n(&irp->CancelRoutine, routine, __ATOMIC_SEQ_CST);
}

#define IoSizeOfIrp(stack_size) ((USHORT)(sizeof(IRP) + (stack_size) * sizeof(IO_STACK_LOCATION)))
#define IoIsErrorUserInduced(status)                                                                                   \
    ((status) == STATUS_DEVICE_NOT_READY || (status) == STATUS_IO_TIMEOUT ||                                           \
     (status) == STATUS_MEDIA_WRITE_PROTECTED || (status) == STATUS_NO_MEDIA_IN_DEVICE ||                              \
     (status) == STATUS_VERIFY_REQUIRED || (status) == STATUS_UNRECOGNIZED_MEDIA || (status) == STATUS_WRONG_VOLUME)

// Drivers and devices.
NTSTATUS NTAPI IoCreateDevice(PDRIVER_OBJECT driver, ULONG extension_size, PUNICODE_STRING name, DEVICE_TYPE type,
                              ULONG characteristics, BOOLEAN exclusive, PDEVICE_OBJECT *device);
NTSTATUS NTAPI IoCreateDeviceSecure(PDRIVER_OBJECT driver, ULONG extension_size, PUNICODE_STRING name, DEVICE_TYPE type,
                                    ULONG characteristics, BOOLEAN exclusive, PCUNICODE_STRING sddl,
                                    const GUID *class_guid, PDEVICE_OBJECT *device);
VOID NTAPI IoDeleteDevice(PDEVICE_OBJECT device);
NTSTATUS NTAPI IoCreateSymbolicLink(PUNICODE_STRING link, PUNICODE_STRING device);
NTSTATUS NTAPI IoCreateUnprotectedSymbolicLink(PUNICODE_STRING link, PUNICODE_STRING device);
NTSTATUS NTAPI IoDeleteSymbolicLink(PUNICODE_STRING link);
NTSTATUS NTAPI IoCreateDriver(PUNICODE_STRING name, PDRIVER_INITIALIZE initialize);
VOID NTAPI IoDeleteDriver(PDRIVER_OBJECT driver);
NTSTATUS NTAPI IoAllocateDriverObjectExtension(PDRIVER_OBJECT driver, PVOID id, ULONG size, PVOID *extension);
PVOID NTAPI IoGetDriverObjectExtension(PDRIVER_OBJECT driver, PVOID id);
VOID NTAPI IoRegisterDriverReinitialization(PDRIVER_OBJECT driver, PDRIVER_REINITIALIZE routine, PVOID context);
VOID NTAPI IoRegisterBootDriverReinitialization(PDRIVER_OBJECT driver, PDRIVER_REINITIALIZE routine, PVOID context);
NTSTATUS NTAPI IoRegisterShutdownNotification(PDEVICE_OBJECT device);
NTSTATUS NTAPI IoRegisterLastChanceShutdownNotification(PDEVICE_OBJECT device);
VOID NTAPI IoUnregisterShutdownNotification(PDEVICE_OBJECT device);
NTSTATUS NTAPI IoAttachDevice(PDEVICE_OBJECT source, PUNICODE_STRING target, PDEVICE_OBJECT *attached);
PDEVICE_OBJECT NTAPI IoAttachDeviceToDeviceStack(PDEVICE_OBJECT source, PDEVICE_OBJECT target);
NTSTATUS NTAPI IoAttachDeviceToDeviceStackSafe(PDEVICE_OBJECT source, PDEVICE_OBJECT target, PDEVICE_OBJECT *attached);
VOID NTAPI IoDetachDevice(PDEVICE_OBJECT target);
PDEVICE_OBJECT NTAPI IoGetAttachedDevice(PDEVICE_OBJECT device);
PDEVICE_OBJECT NTAPI IoGetAttachedDeviceReference(PDEVICE_OBJECT device);
PDEVICE_OBJECT NTAPI IoGetLowerDeviceObject(PDEVICE_OBJECT device);
PDEVICE_OBJECT NTAPI IoGetDeviceAttachmentBaseRef(PDEVICE_OBJECT device);
PDEVICE_OBJECT NTAPI IoGetRelatedDeviceObject(PFILE_OBJECT file);
PDEVICE_OBJECT NTAPI IoGetBaseFileSystemDeviceObject(PFILE_OBJECT file);
NTSTATUS NTAPI IoGetDeviceObjectPointer(PUNICODE_STRING name, ACCESS_MASK access, PFILE_OBJECT *file,
                                        PDEVICE_OBJECT *device);
NTSTATUS NTAPI IoEnumerateDeviceObjectList(PDRIVER_OBJECT driver, PDEVICE_OBJECT *list, ULONG size, PULONG count);
NTSTATUS NTAPI IoValidateDeviceIoControlAccess(PIRP irp, ULONG required_access);
VOID NTAPI IoSetStartIoAttributes(PDEVICE_OBJECT device, BOOLEAN deferred, BOOLEAN non_cancelable);
BOOLEAN NTAPI IoIsWdmVersionAvailable(UCHAR major, UCHAR minor);

// IRPs.
PIRP NTAPI IoAllocateIrp(CCHAR stack_size, BOOLEAN charge_quota);
PIRP NTAPI IoAllocateIrpEx(PDEVICE_OBJECT device, CCHAR stack_size, BOOLEAN charge_quota);
VOID NTAPI IoFreeIrp(PIRP irp);
VOID NTAPI IoInitializeIrp(PIRP irp, USHORT packet_size, CCHAR stack_size);
VOID NTAPI IoReuseIrp(PIRP irp, NTSTATUS status);
PIRP NTAPI IoMakeAssociatedIrp(PIRP irp, CCHAR stack_size);
NTSTATUS NTAPI IofCallDriver(PDEVICE_OBJECT device, PIRP irp);
VOID NTAPI IofCompleteRequest(PIRP irp, CCHAR priority_boost);
NTSTATUS NTAPI IoCallDriver(PDEVICE_OBJECT device, PIRP irp);
VOID NTAPI IoCompleteRequest(PIRP irp, CCHAR priority_boost);
BOOLEAN NTAPI IoForwardIrpSynchronously(PDEVICE_OBJECT device, PIRP irp);
#define IoForwardAndCatchIrp IoForwardIrpSynchronously
NTSTATUS NTAPI IoSetCompletionRoutineEx(PDEVICE_OBJECT device, PIRP irp, PIO_COMPLETION_ROUTINE routine, PVOID context,
                                        BOOLEAN on_success, BOOLEAN on_error, BOOLEAN on_cancel);
PIRP NTAPI IoBuildDeviceIoControlRequest(ULONG code, PDEVICE_OBJECT device, PVOID input, ULONG input_length,
                                         PVOID output, ULONG output_length, BOOLEAN internal, PKEVENT event,
                                         PIO_STATUS_BLOCK iosb);
PIRP NTAPI IoBuildSynchronousFsdRequest(ULONG major, PDEVICE_OBJECT device, PVOID buffer, ULONG length,
                                        PLARGE_INTEGER offset, PKEVENT event, PIO_STATUS_BLOCK iosb);
PIRP NTAPI IoBuildAsynchronousFsdRequest(ULONG major, PDEVICE_OBJECT device, PVOID buffer, ULONG length,
                                         PLARGE_INTEGER offset, PIO_STATUS_BLOCK iosb);
BOOLEAN NTAPI IoCancelIrp(PIRP irp);
VOID NTAPI IoCancelThreadIo(PETHREAD thread);
VOID NTAPI IoAcquireCancelSpinLock(PKIRQL irql);
VOID NTAPI IoReleaseCancelSpinLock(KIRQL irql);
VOID NTAPI IoQueueThreadIrp(PIRP irp);
BOOLEAN NTAPI IoIsOperationSynchronous(PIRP irp);
BOOLEAN NTAPI IoIs32bitProcess(PIRP irp);
PIRP NTAPI IoGetTopLevelIrp(void);
VOID NTAPI IoSetTopLevelIrp(PIRP irp);
PEPROCESS NTAPI IoGetRequestorProcess(PIRP irp);
ULONG NTAPI IoGetRequestorProcessId(PIRP irp);
NTSTATUS NTAPI IoGetRequestorSessionId(PIRP irp, PULONG session);
PEPROCESS NTAPI IoThreadToProcess(PETHREAD thread);
BOOLEAN NTAPI IoIsSystemThread(PETHREAD thread);
PVOID NTAPI IoGetInitialStack(void);
VOID NTAPI IoGetStackLimits(PULONG_PTR low, PULONG_PTR high);
IO_PRIORITY_HINT NTAPI IoGetIoPriorityHint(PIRP irp);
NTSTATUS NTAPI IoSetIoPriorityHint(PIRP irp, IO_PRIORITY_HINT hint);

// MDLs that belong to IRPs.
PMDL NTAPI IoAllocateMdl(PVOID address, ULONG length, BOOLEAN secondary, BOOLEAN charge_quota, PIRP irp);
VOID NTAPI IoFreeMdl(PMDL mdl);
VOID NTAPI IoBuildPartialMdl(PMDL source, PMDL target, PVOID address, ULONG length);

// StartIo.
VOID NTAPI IoStartPacket(PDEVICE_OBJECT device, PIRP irp, PULONG key, PDRIVER_CANCEL cancel);
VOID NTAPI IoStartNextPacket(PDEVICE_OBJECT device, BOOLEAN cancelable);
VOID NTAPI IoStartNextPacketByKey(PDEVICE_OBJECT device, BOOLEAN cancelable, ULONG key);

// Cancel-safe queues.
NTSTATUS NTAPI IoCsqInitialize(PIO_CSQ csq, PIO_CSQ_INSERT_IRP insert, PIO_CSQ_REMOVE_IRP remove,
                               PIO_CSQ_PEEK_NEXT_IRP peek, PIO_CSQ_ACQUIRE_LOCK acquire, PIO_CSQ_RELEASE_LOCK release,
                               PIO_CSQ_COMPLETE_CANCELED_IRP complete);
NTSTATUS NTAPI IoCsqInitializeEx(PIO_CSQ csq, PIO_CSQ_INSERT_IRP_EX insert, PIO_CSQ_REMOVE_IRP remove,
                                 PIO_CSQ_PEEK_NEXT_IRP peek, PIO_CSQ_ACQUIRE_LOCK acquire, PIO_CSQ_RELEASE_LOCK release,
                                 PIO_CSQ_COMPLETE_CANCELED_IRP complete);
VOID NTAPI IoCsqInsertIrp(PIO_CSQ csq, PIRP irp, PIO_CSQ_IRP_CONTEXT context);
NTSTATUS NTAPI IoCsqInsertIrpEx(PIO_CSQ csq, PIRP irp, PIO_CSQ_IRP_CONTEXT context, PVOID insert_context);
PIRP NTAPI IoCsqRemoveNextIrp(PIO_CSQ csq, PVOID peek_context);
PIRP NTAPI IoCsqRemoveIrp(PIO_CSQ csq, PIO_CSQ_IRP_CONTEXT context);

// Remove locks.
VOID NTAPI IoInitializeRemoveLockEx(PIO_REMOVE_LOCK lock, ULONG tag, ULONG max_minutes, ULONG high_watermark,
                                    ULONG size);
NTSTATUS NTAPI IoAcquireRemoveLockEx(PIO_REMOVE_LOCK lock, PVOID tag, PCSTR file, ULONG line, ULONG size);
VOID NTAPI IoReleaseRemoveLockEx(PIO_REMOVE_LOCK lock, PVOID tag, ULONG size);
VOID NTAPI IoReleaseRemoveLockAndWaitEx(PIO_REMOVE_LOCK lock, PVOID tag, ULONG size);

// Work items, timers, DPCs.
PIO_WORKITEM NTAPI IoAllocateWorkItem(PDEVICE_OBJECT device);
VOID NTAPI IoFreeWorkItem(PIO_WORKITEM item);
VOID NTAPI IoQueueWorkItem(PIO_WORKITEM item, PIO_WORKITEM_ROUTINE routine, WORK_QUEUE_TYPE type, PVOID context);
VOID NTAPI IoQueueWorkItemEx(PIO_WORKITEM item, PIO_WORKITEM_ROUTINE_EX routine, WORK_QUEUE_TYPE type, PVOID context);
VOID NTAPI IoInitializeWorkItem(PVOID object, PIO_WORKITEM item);
VOID NTAPI IoUninitializeWorkItem(PIO_WORKITEM item);
ULONG NTAPI IoSizeofWorkItem(void);
NTSTATUS NTAPI IoInitializeTimer(PDEVICE_OBJECT device, PIO_TIMER_ROUTINE routine, PVOID context);
VOID NTAPI IoStartTimer(PDEVICE_OBJECT device);
VOID NTAPI IoStopTimer(PDEVICE_OBJECT device);
#define IoInitializeDpcRequest(device, routine) KeInitializeDpc(&(device)->Dpc, (PKDEFERRED_ROUTINE)(routine), device)
#define IoRequestDpc(device, irp, context)      KeInsertQueueDpc(&(device)->Dpc, irp, context)

// Files, events, threads.
NTSTATUS NTAPI IoCreateFile(PHANDLE file, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes, PIO_STATUS_BLOCK iosb,
                            PLARGE_INTEGER allocation_size, ULONG file_attributes, ULONG share, ULONG disposition,
                            ULONG create_options, PVOID ea, ULONG ea_length, CREATE_FILE_TYPE type, PVOID extra,
                            ULONG options);
PFILE_OBJECT NTAPI IoCreateStreamFileObject(PFILE_OBJECT file, PDEVICE_OBJECT device);
PKEVENT NTAPI IoCreateNotificationEvent(PUNICODE_STRING name, PHANDLE handle);
PKEVENT NTAPI IoCreateSynchronizationEvent(PUNICODE_STRING name, PHANDLE handle);
NTSTATUS NTAPI IoCreateSystemThread(PVOID object, PHANDLE handle, ULONG access, POBJECT_ATTRIBUTES attributes,
                                    HANDLE process, PCLIENT_ID cid, PKSTART_ROUTINE start, PVOID context);
PGENERIC_MAPPING NTAPI IoGetFileObjectGenericMapping(void);
NTSTATUS NTAPI IoCheckShareAccess(ACCESS_MASK access, ULONG share, PFILE_OBJECT file, PSHARE_ACCESS share_access,
                                  BOOLEAN update);
VOID NTAPI IoSetShareAccess(ACCESS_MASK access, ULONG share, PFILE_OBJECT file, PSHARE_ACCESS share_access);
VOID NTAPI IoUpdateShareAccess(PFILE_OBJECT file, PSHARE_ACCESS share_access);
VOID NTAPI IoRemoveShareAccess(PFILE_OBJECT file, PSHARE_ACCESS share_access);
VOID NTAPI IoAcquireVpbSpinLock(PKIRQL irql);
VOID NTAPI IoReleaseVpbSpinLock(KIRQL irql);
NTSTATUS NTAPI IoQueryFullDriverPath(PDRIVER_OBJECT driver, PUNICODE_STRING path);
NTSTATUS NTAPI IoQueryFileDosDeviceName(PFILE_OBJECT file, POBJECT_NAME_INFORMATION *information);

NTSTATUS NTAPI IoVolumeDeviceToDosName(PVOID device, PUNICODE_STRING name);

// Plug and play, power, WMI, error log.
NTSTATUS NTAPI IoRegisterDeviceInterface(PDEVICE_OBJECT device, const GUID *interface_class, PUNICODE_STRING reference,
                                         PUNICODE_STRING link);
NTSTATUS NTAPI IoSetDeviceInterfaceState(PUNICODE_STRING link, BOOLEAN enable);
NTSTATUS NTAPI IoGetDeviceInterfaces(const GUID *interface_class, PDEVICE_OBJECT device, ULONG flags, PZPWSTR *list);
NTSTATUS NTAPI IoGetDeviceInterfaceAlias(PUNICODE_STRING link, const GUID *alias_class, PUNICODE_STRING alias);
NTSTATUS NTAPI IoGetDeviceProperty(PDEVICE_OBJECT device, DEVICE_REGISTRY_PROPERTY property, ULONG length, PVOID buffer,
                                   PULONG result_length);
NTSTATUS NTAPI IoOpenDeviceRegistryKey(PDEVICE_OBJECT device, ULONG type, ACCESS_MASK access, PHANDLE key);
NTSTATUS NTAPI IoOpenDeviceInterfaceRegistryKey(PUNICODE_STRING link, ACCESS_MASK access, PHANDLE key);
NTSTATUS NTAPI IoRegisterPlugPlayNotification(IO_NOTIFICATION_EVENT_CATEGORY category, ULONG flags, PVOID data,
                                              PDRIVER_OBJECT driver, PDRIVER_NOTIFICATION_CALLBACK_ROUTINE routine,
                                              PVOID context, PVOID *entry);
NTSTATUS NTAPI IoUnregisterPlugPlayNotification(PVOID entry);
NTSTATUS NTAPI IoUnregisterPlugPlayNotificationEx(PVOID entry);
VOID NTAPI IoInvalidateDeviceRelations(PDEVICE_OBJECT device, DEVICE_RELATION_TYPE type);
VOID NTAPI IoInvalidateDeviceState(PDEVICE_OBJECT device);
NTSTATUS NTAPI IoWMIRegistrationControl(PDEVICE_OBJECT device, ULONG action);
NTSTATUS NTAPI IoWMIWriteEvent(PVOID item);
ULONG NTAPI IoWMIDeviceObjectToProviderId(PDEVICE_OBJECT device);
PVOID NTAPI IoAllocateErrorLogEntry(PVOID object, UCHAR size);
VOID NTAPI IoWriteErrorLogEntry(PVOID entry);
VOID NTAPI IoFreeErrorLogEntry(PVOID entry);
BOOLEAN NTAPI IoRaiseInformationalHardError(NTSTATUS status, PUNICODE_STRING text, PKTHREAD thread);
NTSTATUS NTAPI IoConnectInterrupt(PKINTERRUPT *interrupt, PKSERVICE_ROUTINE routine, PVOID context, PKSPIN_LOCK lock,
                                  ULONG vector, KIRQL irql, KIRQL synchronize_irql, int mode, BOOLEAN share,
                                  KAFFINITY affinity, BOOLEAN save_floating);
VOID NTAPI IoDisconnectInterrupt(PKINTERRUPT interrupt);
NTSTATUS NTAPI IoConnectInterruptEx(PVOID parameters);
VOID NTAPI IoDisconnectInterruptEx(PVOID parameters);
PVOID NTAPI IoGetDmaAdapter(PDEVICE_OBJECT device, PVOID description, PULONG map_registers);
NTSTATUS NTAPI IoQueryDeviceDescription(PULONG bus_type, PULONG bus, PULONG controller_type, PULONG controller,
                                        PULONG peripheral_type, PULONG peripheral, PVOID routine, PVOID context);
KIRQL NTAPI KeAcquireInterruptSpinLock(PKINTERRUPT interrupt);
VOID NTAPI KeReleaseInterruptSpinLock(PKINTERRUPT interrupt, KIRQL irql);
BOOLEAN NTAPI KeSynchronizeExecution(PKINTERRUPT interrupt, BOOLEAN(NTAPI *routine)(PVOID context), PVOID context);
VOID NTAPI PoStartNextPowerIrp(PIRP irp);
NTSTATUS NTAPI PoCallDriver(PDEVICE_OBJECT device, PIRP irp);
POWER_STATE NTAPI PoSetPowerState(PDEVICE_OBJECT device, POWER_STATE_TYPE type, POWER_STATE state);
NTSTATUS NTAPI PoRequestPowerIrp(PDEVICE_OBJECT device, UCHAR minor, POWER_STATE state,
                                 PREQUEST_POWER_COMPLETE complete, PVOID context, PIRP *irp);

PULONG NTAPI PoRegisterDeviceForIdleDetection(PDEVICE_OBJECT device, ULONG conservation, ULONG performance,
                                              DEVICE_POWER_STATE state);
PVOID NTAPI PoRegisterSystemState(PVOID handle, ULONG flags);
VOID NTAPI PoUnregisterSystemState(PVOID handle);
PCONFIGURATION_INFORMATION NTAPI IoGetConfigurationInformation(void);

// hal.dll: the buses drivers look for.
ULONG NTAPI HalGetInterruptVector(int interface_type, ULONG bus, ULONG level, ULONG vector, PKIRQL irql,
                                  PKAFFINITY affinity);
ULONG NTAPI HalGetBusDataByOffset(ULONG type, ULONG bus, ULONG slot, PVOID buffer, ULONG offset, ULONG length);
ULONG NTAPI HalSetBusDataByOffset(ULONG type, ULONG bus, ULONG slot, PVOID buffer, ULONG offset, ULONG length);
BOOLEAN NTAPI HalTranslateBusAddress(int interface_type, ULONG bus, PHYSICAL_ADDRESS address, PULONG space,
                                     PPHYSICAL_ADDRESS translated);
