// conformance-tables.sys: data structures and small questions: generic tables, patterns, who may share a file, images,
// names of volumes, interfaces of devices that nobody enumerates.
#include "../check.h"

IMPORTED(VOID, IoCompleteRequest, (IRP * irp, CCHAR boost));
IMPORTED(VOID, _purecall, (void));
NTKERNELAPI VOID *NTAPI RtlImageNtHeader(VOID *base);
NTSYSAPI NTSTATUS NTAPI NtQuerySystemInformation(ULONG information_class, VOID *buffer, ULONG length, ULONG *returned);

// ---- tables -----------------------------------------------------------------------------------------------------

static RTL_GENERIC_COMPARE_RESULTS NTAPI Compare(RTL_GENERIC_TABLE *table, VOID *first, VOID *second)
{
    int one = *(int *)first, other = *(int *)second;
    UNREFERENCED_PARAMETER(table);
    return one < other ? GenericLessThan : one > other ? GenericGreaterThan : GenericEqual;
}

static VOID *NTAPI Allocate(RTL_GENERIC_TABLE *table, CLONG bytes)
{
    ++*(int *)table->TableContext;
    return ExAllocatePoolWithTag(NonPagedPool, bytes, 'baTN');
}

static VOID NTAPI Free(RTL_GENERIC_TABLE *table, VOID *buffer)
{
    --*(int *)table->TableContext;
    ExFreePoolWithTag(buffer, 'baTN');
}

static void Tables(void)
{
    enum { COUNT = 1000, STEP = 7919, MODULUS = 10007 };
    RTL_GENERIC_TABLE table;
    int allocated = 0, number = 1, last = -1, seen = 0, wrong = 0;
    BOOLEAN is_new = TRUE;
    VOID *key = NULL;
    RtlInitializeGenericTable(&table, Compare, Allocate, Free, &allocated);
    CHECK(RtlIsGenericTableEmpty(&table));
    CHECK_IS(RtlEnumerateGenericTable(&table, TRUE), NULL);
    for (int i = 0; i < COUNT; i++, number = number * STEP % MODULUS)
        wrong += *(int *)RtlInsertElementGenericTable(&table, &number, sizeof number, &is_new) != number || !is_new;
    CHECK_IS(wrong, 0);
    CHECK_IS(RtlNumberGenericTableElements(&table), COUNT);
    CHECK_IS(allocated, COUNT);
    number = 1;
    CHECK_IS(*(int *)RtlInsertElementGenericTable(&table, &number, sizeof number, &is_new), 1);
    CHECK_IS(is_new, FALSE);
    for (int *at = RtlEnumerateGenericTable(&table, TRUE); at; at = RtlEnumerateGenericTable(&table, FALSE), seen++) {
        wrong += *at <= last;
        last = *at;
    }
    CHECK_IS(seen, COUNT);
    last = -1;
    for (int *at; (at = RtlEnumerateGenericTableWithoutSplaying(&table, &key)) != NULL; seen++) {
        wrong += *at <= last;
        last = *at;
    }
    CHECK_IS(seen, 2 * COUNT);
    CHECK_IS(wrong, 0);
    CHECK_IS(*(int *)RtlGetElementGenericTable(&table, 1), STEP); // in the order of insertion
    CHECK_IS(RtlGetElementGenericTable(&table, COUNT), NULL);
    number = STEP;
    CHECK_IS(*(int *)RtlLookupElementGenericTable(&table, &number), STEP);
    CHECK(RtlDeleteElementGenericTable(&table, &number));
    CHECK(!RtlDeleteElementGenericTable(&table, &number));
    CHECK_IS(RtlLookupElementGenericTable(&table, &number), NULL);
    for (int *at; (at = RtlGetElementGenericTable(&table, 0)) != NULL;) {
        number = *at;
        wrong += !RtlDeleteElementGenericTable(&table, &number);
    }
    CHECK_IS(wrong, 0);
    CHECK_IS(allocated, 0);
    CHECK(RtlIsGenericTableEmpty(&table));
}

static RTL_GENERIC_COMPARE_RESULTS NTAPI CompareAvl(RTL_AVL_TABLE *table, VOID *first, VOID *second)
{
    UNREFERENCED_PARAMETER(table);
    return Compare(NULL, first, second);
}

static VOID *NTAPI AllocateAvl(RTL_AVL_TABLE *table, CLONG bytes)
{
    ++*(int *)table->TableContext;
    return ExAllocatePoolWithTag(NonPagedPool, bytes, 'vaTN');
}

static VOID NTAPI FreeAvl(RTL_AVL_TABLE *table, VOID *buffer)
{
    --*(int *)table->TableContext;
    ExFreePoolWithTag(buffer, 'vaTN');
}

// How high the tree is; -1000 where a balance is not the difference of the heights below.
static int Height(RTL_BALANCED_LINKS *node)
{
    if (!node)
        return 0;
    int left = Height(node->LeftChild), right = Height(node->RightChild);
    if (right - left != node->Balance || node->Balance < -1 || node->Balance > 1)
        return -1000;
    return 1 + max(left, right);
}

static void AvlTables(void)
{
    enum { COUNT = 1000, STEP = 7919, MODULUS = 10007 };
    RTL_AVL_TABLE table;
    int allocated = 0, number = 1, last = -1, seen = 0, wrong = 0;
    BOOLEAN is_new = TRUE;
    VOID *key = NULL;
    RtlInitializeGenericTableAvl(&table, CompareAvl, AllocateAvl, FreeAvl, &allocated);
    CHECK(RtlIsGenericTableEmptyAvl(&table));
    for (int i = 0; i < COUNT; i++, number = number * STEP % MODULUS) {
        wrong += *(int *)RtlInsertElementGenericTableAvl(&table, &number, sizeof number, &is_new) != number || !is_new;
        wrong += Height(table.BalancedRoot.RightChild) != (int)table.DepthOfTree;
    }
    CHECK_IS(wrong, 0);
    CHECK_IS(RtlNumberGenericTableElementsAvl(&table), COUNT);
    number = STEP;
    CHECK_IS(*(int *)RtlInsertElementGenericTableAvl(&table, &number, sizeof number, &is_new), STEP);
    CHECK_IS(is_new, FALSE);
    CHECK_IS(allocated, COUNT);
    for (int *at = RtlEnumerateGenericTableAvl(&table, TRUE); at;
         at = RtlEnumerateGenericTableAvl(&table, FALSE), seen++) {
        wrong += *at <= last;
        last = *at;
    }
    last = -1;
    for (int *at; (at = RtlEnumerateGenericTableWithoutSplayingAvl(&table, &key)) != NULL; seen++) {
        wrong += *at <= last;
        last = *at;
    }
    CHECK_IS(seen, 2 * COUNT);
    CHECK_IS(RtlGetElementGenericTableAvl(&table, COUNT), NULL);
    CHECK(*(int *)RtlGetElementGenericTableAvl(&table, 0) <
          *(int *)RtlGetElementGenericTableAvl(&table, 1)); // in order
    CHECK_IS(*(int *)RtlLookupElementGenericTableAvl(&table, &number), STEP);
    number = 1;
    for (int i = 0; i < COUNT; i++, number = number * STEP % MODULUS) {
        wrong += !RtlDeleteElementGenericTableAvl(&table, &number);
        wrong += Height(table.BalancedRoot.RightChild) != (int)table.DepthOfTree;
        wrong += RtlLookupElementGenericTableAvl(&table, &number) != NULL;
    }
    CHECK_IS(wrong, 0);
    CHECK_IS(allocated, 0);
    CHECK(!RtlDeleteElementGenericTableAvl(&table, &number));
}

static void Trees(void)
{
    RTL_SPLAY_LINKS nodes[3];
    RtlInitializeSplayLinks(&nodes[0]);
    RtlInitializeSplayLinks(&nodes[1]);
    RtlInitializeSplayLinks(&nodes[2]);
    RtlInsertAsRightChild(&nodes[0], &nodes[1]);
    RtlInsertAsRightChild(&nodes[1], &nodes[2]);
    CHECK_IS(RtlRealSuccessor(&nodes[0]), &nodes[1]);
    CHECK_IS(RtlRealSuccessor(&nodes[2]), NULL);
    CHECK_IS(RtlSplay(&nodes[2]), &nodes[2]);
    CHECK_IS(RtlParent(&nodes[2]), &nodes[2]);
    CHECK_IS(RtlRealSuccessor(&nodes[0]), &nodes[1]);
    CHECK_IS(RtlRealSuccessor(&nodes[1]), &nodes[2]);
    PRTL_SPLAY_LINKS root = RtlDelete(&nodes[1]);
    CHECK(root == &nodes[0] || root == &nodes[2]);
    CHECK_IS(RtlRealSuccessor(&nodes[0]), &nodes[2]);
}

// ---- names ------------------------------------------------------------------------------------------------------

static BOOLEAN Matches(const WCHAR *pattern, const WCHAR *name, BOOLEAN ignore_case)
{
    UNICODE_STRING expression, string;
    RtlInitUnicodeString(&expression, pattern);
    RtlInitUnicodeString(&string, name);
    return FsRtlIsNameInExpression(&expression, &string, ignore_case, NULL);
}

static void Patterns(void)
{
    CHECK(Matches(L"*", L"anything.txt", FALSE));
    CHECK(Matches(L"*.TXT", L"anything.txt", TRUE));
    CHECK(!Matches(L"*.TXT", L"anything.txt", FALSE));
    CHECK(Matches(L"A?C", L"abc", TRUE));
    CHECK(!Matches(L"A?C", L"ac", TRUE));
    CHECK(Matches(L"*A*B*", L"xaxxbx", TRUE));
    CHECK(!Matches(L"*A*B", L"xaxxbx", TRUE));
    CHECK(Matches(L"", L"", FALSE));
    CHECK(!Matches(L"", L"a", FALSE));
    CHECK(Matches(L"<.TXT", L"a.b.txt", TRUE)); // DOS *: up to the last period
    CHECK(!Matches(L"<TXT", L"a.txt", TRUE));
    CHECK(Matches(L"A>>>.T", L"ab.t", TRUE)); // DOS ?: nothing before a period
    CHECK(!Matches(L"A>.T", L"abc.t", TRUE));
    CHECK(Matches(L"AB\"", L"ab", TRUE)); // DOS .: nothing at the end
    CHECK(Matches(L"AB\"C", L"ab.c", TRUE));
    UNICODE_STRING plain = RTL_CONSTANT_STRING(L"plain.txt"), wild = RTL_CONSTANT_STRING(L"wil?");
    CHECK(!FsRtlDoesNameContainWildCards(&plain));
    CHECK(FsRtlDoesNameContainWildCards(&wild));
}

static void Sharing(void)
{
    FILE_OBJECT first = {0}, second = {0};
    SHARE_ACCESS sum;
    IoSetShareAccess(FILE_READ_DATA, FILE_SHARE_READ, &first, &sum);
    CHECK_IS(sum.OpenCount, 1);
    CHECK(first.ReadAccess && !first.WriteAccess && first.SharedRead);
    CHECK_IS(IoCheckShareAccess(FILE_WRITE_DATA, FILE_SHARE_READ, &second, &sum, FALSE), STATUS_SHARING_VIOLATION);
    CHECK_IS(IoCheckShareAccess(FILE_READ_DATA, 0, &second, &sum, FALSE), STATUS_SHARING_VIOLATION);
    CHECK_IS(IoCheckShareAccess(FILE_READ_ATTRIBUTES, 0, &second, &sum, TRUE), STATUS_SUCCESS);
    CHECK_IS(sum.OpenCount, 1);
    CHECK_IS(IoCheckShareAccess(FILE_READ_DATA, FILE_SHARE_READ, &second, &sum, TRUE), STATUS_SUCCESS);
    CHECK_IS(sum.Readers, 2);
    IoRemoveShareAccess(&second, &sum);
    CHECK_IS(sum.Readers, 1);
    IoUpdateShareAccess(&second, &sum);
    CHECK_IS(sum.OpenCount, 2);
    IoRemoveShareAccess(&first, &sum);
    IoRemoveShareAccess(&second, &sum);
    CHECK_IS(sum.OpenCount, 0);
}

static void Volumes(void)
{
    UNICODE_STRING name = RTL_CONSTANT_STRING(L"\\??\\C:\\"), letter;
    OBJECT_ATTRIBUTES attributes;
    FILE_FS_DEVICE_INFORMATION device;
    IO_STATUS_BLOCK iosb;
    FILE_OBJECT *file;
    HANDLE handle;
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, NULL, NULL);
    CHECK_IS(ZwOpenFile(&handle, FILE_LIST_DIRECTORY | SYNCHRONIZE, &attributes, &iosb, 7,
                        FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT),
             STATUS_SUCCESS);
    CHECK_IS(NtQueryVolumeInformationFile(handle, &iosb, &device, sizeof device, FileFsDeviceInformation),
             STATUS_SUCCESS);
    CHECK_IS(device.DeviceType, FILE_DEVICE_DISK);
    CHECK_IS(ObReferenceObjectByHandle(handle, 0, *IoFileObjectType, KernelMode, (VOID **)&file, NULL), STATUS_SUCCESS);
    CHECK_IS(RtlVolumeDeviceToDosName(file->DeviceObject, &letter), STATUS_SUCCESS);
    CHECK_UNICODE(&letter, L"C:");
    RtlFreeUnicodeString(&letter);
    CHECK_IS(IoVolumeDeviceToDosName(file->DeviceObject, &letter), STATUS_SUCCESS);
    CHECK_UNICODE(&letter, L"C:");
    RtlFreeUnicodeString(&letter);
    ObDereferenceObject(file);
    ZwClose(handle);
}

// ---- the system ---------------------------------------------------------------------------------------------------

static void Images(void)
{
    USHORT *headers = RtlImageNtHeader(CheckDriver->DriverStart), other[64] = {0};
    CHECK(headers != NULL);
    CHECK_IS(headers ? headers[2] : 0, 0x8664); // Machine
    CHECK_IS(RtlImageNtHeader(other), NULL);
    CHECK_IS(RtlImageNtHeader(NULL), NULL);
    ULONG returned = 0;
    CHECK_IS(NtQuerySystemInformation(0, other, 4, &returned), STATUS_INFO_LENGTH_MISMATCH);
    CHECK_IS(returned, 64);
    CHECK_RAISES(Imported__purecall(), STATUS_NOT_IMPLEMENTED);
}

static NTSTATUS Completed(DEVICE_OBJECT *device, IRP *irp, VOID *context)
{
    UNREFERENCED_PARAMETER(device);
    UNREFERENCED_PARAMETER(irp);
    ++*(int *)context;
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static void Completion(void)
{
    int completed = 0;
    IRP *irp = IoAllocateIrp(1, FALSE);
    if (!irp)
        return;
    IoSetCompletionRoutine(irp, Completed, &completed, TRUE, TRUE, TRUE);
    IoSetNextIrpStackLocation(irp);
    irp->IoStatus.Status = STATUS_SUCCESS;
    Imported_IoCompleteRequest(irp, IO_NO_INCREMENT);
    CHECK_IS(completed, 1);
    IoFreeIrp(irp);
}

static NTSTATUS NTAPI Notify(VOID *structure, VOID *context)
{
    UNREFERENCED_PARAMETER(structure);
    ++*(int *)context;
    return STATUS_SUCCESS;
}

static void PlugAndPlay(void)
{
    static GUID interface_class = {0x11111111, 2, 3, {4, 5, 6, 7, 8, 9, 10, 11}};
    UNICODE_STRING link = RTL_CONSTANT_STRING(L"\\??\\nothing");
    DEVICE_OBJECT *device;
    WCHAR *list = NULL;
    VOID *entry = NULL;
    HANDLE key;
    ULONG length;
    int notified = 0;
    CHECK_IS(IoCreateDevice(CheckDriver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &device), STATUS_SUCCESS);
    CHECK_IS(IoSetDeviceInterfaceState(&link, TRUE), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_IS(IoRegisterDeviceInterface(device, &interface_class, NULL, &link), STATUS_INVALID_DEVICE_REQUEST);
    CHECK_IS(IoGetDeviceProperty(device, DevicePropertyHardwareID, 0, NULL, &length), STATUS_INVALID_DEVICE_REQUEST);
    CHECK_IS(IoOpenDeviceRegistryKey(device, PLUGPLAY_REGKEY_DEVICE, KEY_READ, &key), STATUS_INVALID_DEVICE_REQUEST);
    CHECK_IS(IoGetDeviceInterfaces(&interface_class, NULL, 0, &list), STATUS_SUCCESS);
    if (list) {
        CHECK_IS(list[0], 0);
        ExFreePool(list);
    }
    CHECK_IS(IoRegisterPlugPlayNotification(EventCategoryDeviceInterfaceChange,
                                            PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES, &interface_class,
                                            CheckDriver, Notify, &notified, &entry),
             STATUS_SUCCESS);
    CHECK_IS(IoUnregisterPlugPlayNotification(entry), STATUS_SUCCESS);
    CHECK_IS(IoRegisterPlugPlayNotification(EventCategoryHardwareProfileChange, 0, NULL, CheckDriver, Notify, &notified,
                                            &entry),
             STATUS_SUCCESS);
    CHECK_IS(IoUnregisterPlugPlayNotificationEx(entry), STATUS_SUCCESS);
    CHECK_IS(notified, 0);
    IoInvalidateDeviceRelations(device, BusRelations);
    IoInvalidateDeviceState(device);
    IoDeleteDevice(device);
}

CHECK_DRIVER({"tables", Tables}, {"AVL tables", AvlTables}, {"trees", Trees}, {"patterns", Patterns},
             {"sharing", Sharing}, {"volumes", Volumes}, {"images", Images}, {"completion", Completion},
             {"plug and play", PlugAndPlay})
