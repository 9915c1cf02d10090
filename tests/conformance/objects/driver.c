// conformance-objects.sys: objects, names, handles, and the services on them.
//
// https://learn.microsoft.com/windows-hardware/drivers/kernel/managing-kernel-objects
#include "../check.h"

#pragma clang diagnostic ignored "-Winconsistent-dllimport"
POBJECT_TYPE NTAPI ObGetObjectType(PVOID object);
NTSTATUS NTAPI ObOpenObjectByName(POBJECT_ATTRIBUTES attributes, POBJECT_TYPE type, KPROCESSOR_MODE mode,
                                  PACCESS_STATE state, ACCESS_MASK access, PVOID context, HANDLE *handle);
NTSTATUS NTAPI ObReferenceObjectByName(PUNICODE_STRING name, ULONG attributes, PACCESS_STATE state, ACCESS_MASK access,
                                       POBJECT_TYPE type, KPROCESSOR_MODE mode, PVOID context, PVOID *object);
typedef struct HANDLE_FLAGS {
    BOOLEAN Inherit, ProtectFromClose;
} HANDLE_FLAGS;
NTSTATUS NTAPI ObSetHandleAttributes(HANDLE handle, HANDLE_FLAGS *flags, KPROCESSOR_MODE mode);
NTSTATUS NTAPI ObCloseHandle(HANDLE handle, KPROCESSOR_MODE mode);
NTSTATUS NTAPI NtMakeTemporaryObject(HANDLE handle);
NTSTATUS NTAPI ZwCreateSemaphore(HANDLE *handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes, LONG count,
                                 LONG limit);
NTSTATUS NTAPI ZwReleaseSemaphore(HANDLE handle, LONG count, PLONG previous);
NTSTATUS NTAPI ZwDelayExecution(BOOLEAN alertable, PLARGE_INTEGER interval);
NTSTATUS NTAPI ZwYieldExecution(void);
NTSTATUS NTAPI ZwResetEvent(HANDLE handle, PLONG previous);
NTSTATUS NTAPI ZwOpenTimer(HANDLE *handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes);
NTSTATUS NTAPI ZwQueryDirectoryObject(HANDLE handle, PVOID buffer, ULONG length, BOOLEAN single, BOOLEAN restart,
                                      PULONG context, PULONG returned);
NTSTATUS NTAPI NtQueryDirectoryObject(HANDLE handle, PVOID buffer, ULONG length, BOOLEAN single, BOOLEAN restart,
                                      PULONG context, PULONG returned);
NTSTATUS NTAPI NtDuplicateObject(HANDLE from, HANDLE handle, HANDLE to, HANDLE *copy, ACCESS_MASK access,
                                 ULONG attributes, ULONG options);
NTSTATUS NTAPI NtCreateEvent(HANDLE *handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes, EVENT_TYPE type,
                             BOOLEAN state);
NTSTATUS NTAPI NtSetEvent(HANDLE handle, PLONG previous);
NTSTATUS NTAPI NtWaitForSingleObject(HANDLE handle, BOOLEAN alertable, PLARGE_INTEGER timeout);
NTSTATUS NTAPI NtClose(HANDLE handle);
NTSTATUS NTAPI ZwWaitForMultipleObjects(ULONG count, HANDLE *handles, WAIT_TYPE type, BOOLEAN alertable,
                                        PLARGE_INTEGER timeout);
NTSTATUS NTAPI ZwSetInformationObject(HANDLE handle, ULONG information_class, PVOID information, ULONG length);
enum { HandleFlags = 4 }; // ObjectHandleFlagInformation
enum { DIRECTORY_ALL = 0xF000F, ALL_OF_A_TIMER = 0x1F0003 };

static LARGE_INTEGER Now;

static OBJECT_ATTRIBUTES Named(UNICODE_STRING *string, const WCHAR *name, HANDLE root)
{
    OBJECT_ATTRIBUTES attributes;
    RtlInitUnicodeString(string, name);
    InitializeObjectAttributes(&attributes, string, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, root, NULL);
    return attributes;
}

static void Events(void)
{
    UNICODE_STRING name;
    OBJECT_ATTRIBUTES attributes = Named(&name, L"\\BaseNamedObjects\\NthostObjectsEvent", NULL);
    HANDLE event, other, both[2];
    LONG before;
    CHECK_IS(ZwOpenEvent(&event, EVENT_ALL_ACCESS, &attributes), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_IS(ZwCreateEvent(&event, EVENT_ALL_ACCESS, &attributes, NotificationEvent, FALSE), STATUS_SUCCESS);
    CHECK_IS(ZwCreateEvent(&other, EVENT_ALL_ACCESS, &attributes, NotificationEvent, FALSE),
             STATUS_OBJECT_NAME_COLLISION);
    CHECK_IS(ZwOpenEvent(&other, EVENT_ALL_ACCESS, &attributes), STATUS_SUCCESS);
    CHECK_IS(ZwSetEvent(other, &before), STATUS_SUCCESS);
    CHECK_IS(before, 0);
    CHECK_IS(NtWaitForSingleObject(event, FALSE, &Now), STATUS_SUCCESS);
    CHECK_IS(ZwResetEvent(event, &before), STATUS_SUCCESS);
    CHECK(before != 0);
    CHECK_IS(NtWaitForSingleObject(event, FALSE, &Now), STATUS_TIMEOUT);
    CHECK_IS(NtSetEvent(event, NULL), STATUS_SUCCESS);
    CHECK_IS(ZwClearEvent(event), STATUS_SUCCESS);
    CHECK_IS(NtClose(other), STATUS_SUCCESS);
    CHECK_IS(NtCreateEvent(&other, EVENT_ALL_ACCESS, NULL, SynchronizationEvent, TRUE), STATUS_SUCCESS);
    both[0] = event, both[1] = other;
    CHECK_IS(ZwWaitForMultipleObjects(2, both, WaitAll, FALSE, &Now), STATUS_TIMEOUT);
    CHECK_IS(ZwWaitForMultipleObjects(2, both, WaitAny, FALSE, &Now), STATUS_WAIT_1);
    CHECK_IS(NtClose(other), STATUS_SUCCESS);
    CHECK_IS(ZwClose(event), STATUS_SUCCESS);
    CHECK_IS(ZwOpenEvent(&event, EVENT_ALL_ACCESS, &attributes), STATUS_OBJECT_NAME_NOT_FOUND); // gone with its handles
}

static void Others(void)
{
    UNICODE_STRING name;
    OBJECT_ATTRIBUTES attributes = Named(&name, L"\\BaseNamedObjects\\NthostObjectsTimer", NULL);
    HANDLE timer, other, semaphore;
    LARGE_INTEGER never = {.QuadPart = -600LL * 10000000}, moment = {.QuadPart = -1};
    BOOLEAN state = TRUE;
    LONG before;
    CHECK_IS(ZwCreateTimer(&timer, ALL_OF_A_TIMER, &attributes, NotificationTimer), STATUS_SUCCESS);
    CHECK_IS(ZwOpenTimer(&other, ALL_OF_A_TIMER, &attributes), STATUS_SUCCESS);
    CHECK_IS(ZwSetTimer(timer, &never, NULL, NULL, FALSE, 0, &state), STATUS_SUCCESS);
    CHECK(!state);
    CHECK_IS(ZwCancelTimer(other, &state), STATUS_SUCCESS);
    CHECK(!state); // it had not expired
    CHECK_IS(ZwSetTimer(timer, &moment, NULL, NULL, FALSE, 0, NULL), STATUS_SUCCESS);
    CHECK_IS(NtWaitForSingleObject(other, FALSE, NULL), STATUS_SUCCESS);
    ZwClose(timer);
    ZwClose(other);
    CHECK_IS(ZwCreateSemaphore(&semaphore, SEMAPHORE_ALL_ACCESS, NULL, 0, 2), STATUS_SUCCESS);
    CHECK_IS(ZwReleaseSemaphore(semaphore, 2, &before), STATUS_SUCCESS);
    CHECK_IS(before, 0);
    CHECK_IS(ZwReleaseSemaphore(semaphore, 1, NULL), STATUS_SEMAPHORE_LIMIT_EXCEEDED);
    CHECK_IS(ZwCreateSemaphore(&other, SEMAPHORE_ALL_ACCESS, NULL, 3, 2), STATUS_INVALID_PARAMETER);
    ZwClose(semaphore);
    CHECK_IS(ZwDelayExecution(FALSE, &moment), STATUS_SUCCESS);
    CHECK(NT_SUCCESS(ZwYieldExecution()));
}

static void Directories(void)
{
    UNICODE_STRING name, target, read;
    WCHAR room[32];
    OBJECT_ATTRIBUTES attributes = Named(&name, L"\\NthostObjects", NULL);
    HANDLE directory, link, again;
    ULONG context = 0, returned;
    union {
        struct {
            UNICODE_STRING Name, TypeName;
        } entry;
        UCHAR room[256];
    } u;
    CHECK_IS(ZwCreateDirectoryObject(&directory, DIRECTORY_ALL, &attributes), STATUS_SUCCESS);
    CHECK_IS(ZwOpenDirectoryObject(&again, DIRECTORY_QUERY, &attributes), STATUS_SUCCESS);
    attributes = Named(&name, L"Link", directory);
    RtlInitUnicodeString(&target, L"\\Device\\Somewhere");
    CHECK_IS(ZwCreateSymbolicLinkObject(&link, SYMBOLIC_LINK_ALL_ACCESS, &attributes, &target), STATUS_SUCCESS);
    ZwClose(link);
    CHECK_IS(ZwOpenSymbolicLinkObject(&link, SYMBOLIC_LINK_QUERY, &attributes), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_IS(ZwCreateSymbolicLinkObject(&link, SYMBOLIC_LINK_ALL_ACCESS, &attributes, &target), STATUS_SUCCESS);
    read = (UNICODE_STRING){.MaximumLength = 4, .Buffer = room};
    CHECK_IS(ZwQuerySymbolicLinkObject(link, &read, &returned), STATUS_BUFFER_TOO_SMALL);
    read.MaximumLength = sizeof room;
    CHECK_IS(ZwQuerySymbolicLinkObject(link, &read, &returned), STATUS_SUCCESS);
    CHECK_UNICODE(&read, L"\\Device\\Somewhere");
    CHECK_IS(ZwQueryDirectoryObject(again, &u, sizeof u, TRUE, TRUE, &context, &returned), STATUS_SUCCESS);
    CHECK_UNICODE(&u.entry.Name, L"Link");
    CHECK_UNICODE(&u.entry.TypeName, L"SymbolicLink");
    CHECK_IS(ZwQueryDirectoryObject(again, &u, sizeof u, TRUE, FALSE, &context, &returned), STATUS_NO_MORE_ENTRIES);
    CHECK_IS(NtQueryDirectoryObject(again, &u, 4, TRUE, TRUE, &context, &returned), STATUS_BUFFER_TOO_SMALL);
    ZwClose(link);
    ZwClose(again);
    ZwClose(directory);
}

// A permanent object keeps its name without handles until it is made temporary.
static void Permanent(void)
{
    UNICODE_STRING name;
    OBJECT_ATTRIBUTES attributes = Named(&name, L"\\NthostPermanent", NULL);
    HANDLE directory;
    for (int i = 0; i < 2; i++) {
        attributes.Attributes |= OBJ_PERMANENT;
        CHECK_IS(ZwCreateDirectoryObject(&directory, DIRECTORY_ALL, &attributes), STATUS_SUCCESS);
        ZwClose(directory);
        attributes.Attributes &= ~(ULONG)OBJ_PERMANENT;
        CHECK_IS(ZwOpenDirectoryObject(&directory, DIRECTORY_ALL, &attributes), STATUS_SUCCESS);
        CHECK_IS(i ? NtMakeTemporaryObject(directory) : ZwMakeTemporaryObject(directory), STATUS_SUCCESS);
        ZwClose(directory);
        CHECK_IS(ZwOpenDirectoryObject(&directory, DIRECTORY_ALL, &attributes), STATUS_OBJECT_NAME_NOT_FOUND);
    }
}

static void Handles(void)
{
    HANDLE event, copy;
    HANDLE_FLAGS flags = {.ProtectFromClose = TRUE};
    ULONG length;
    PUBLIC_OBJECT_BASIC_INFORMATION basic;
    CHECK_IS(ZwCreateEvent(&event, EVENT_ALL_ACCESS, NULL, NotificationEvent, FALSE), STATUS_SUCCESS);
    CHECK_IS(ZwDuplicateObject(ZwCurrentProcess(), event, ZwCurrentProcess(), &copy, SYNCHRONIZE, 0, 0),
             STATUS_SUCCESS);
    CHECK_IS(ZwQueryObject(copy, ObjectBasicInformation, &basic, sizeof basic, &length), STATUS_SUCCESS);
    CHECK(basic.GrantedAccess == SYNCHRONIZE && basic.HandleCount == 2);
    CHECK_IS(ZwQueryObject(copy, ObjectBasicInformation, &basic, 4, &length), STATUS_INFO_LENGTH_MISMATCH);
    CHECK_IS(ZwClose(copy), STATUS_SUCCESS);
    CHECK_IS(NtDuplicateObject(ZwCurrentProcess(), event, ZwCurrentProcess(), &copy, 0, 0,
                               DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE),
             STATUS_SUCCESS);
    CHECK_IS(ZwSetEvent(copy, NULL), STATUS_SUCCESS);
    CHECK_IS(ZwSetInformationObject(copy, HandleFlags, &flags, sizeof flags), STATUS_SUCCESS);
    flags.ProtectFromClose = FALSE;
    CHECK_IS(ObSetHandleAttributes(copy, &flags, KernelMode), STATUS_SUCCESS);
    CHECK_IS(ObCloseHandle(copy, KernelMode), STATUS_SUCCESS);
}

static void Pointers(void)
{
    UNICODE_STRING name;
    OBJECT_ATTRIBUTES attributes = Named(&name, L"\\BaseNamedObjects\\NthostObjectsPointer", NULL);
    HANDLE event, other;
    PVOID object, same;
    ULONG length;
    union {
        OBJECT_NAME_INFORMATION information;
        UCHAR room[256];
    } u;
    CHECK_IS(ZwCreateEvent(&event, EVENT_ALL_ACCESS, &attributes, NotificationEvent, FALSE), STATUS_SUCCESS);
    CHECK_IS(ObReferenceObjectByHandle(event, 0, *ExEventObjectType, KernelMode, &object, NULL), STATUS_SUCCESS);
    CHECK(ObGetObjectType(object) == *ExEventObjectType);
    CHECK_IS(ObReferenceObjectByPointer(object, 0, *ExEventObjectType, KernelMode), STATUS_SUCCESS);
    ObDereferenceObject(object);
    CHECK_IS(ObReferenceObjectByPointer(object, 0, *IoFileObjectType, UserMode), STATUS_OBJECT_TYPE_MISMATCH);
    CHECK_IS(ObReferenceObjectByName(&name, OBJ_CASE_INSENSITIVE, NULL, 0, *ExEventObjectType, KernelMode, NULL, &same),
             STATUS_SUCCESS);
    CHECK(same == object);
    ObDereferenceObject(same);
    CHECK_IS(ObOpenObjectByName(&attributes, *ExEventObjectType, KernelMode, NULL, EVENT_ALL_ACCESS, NULL, &other),
             STATUS_SUCCESS);
    ZwClose(other);
    CHECK_IS(ObOpenObjectByPointerWithTag(object, OBJ_KERNEL_HANDLE, NULL, SYNCHRONIZE, *ExEventObjectType, KernelMode,
                                          'Test', &other),
             STATUS_SUCCESS);
    CHECK_IS(NtWaitForSingleObject(other, FALSE, &Now), STATUS_TIMEOUT);
    ZwClose(other);
    CHECK_IS(ObQueryNameString(object, &u.information, sizeof u, &length), STATUS_SUCCESS);
    CHECK_UNICODE(&u.information.Name, L"\\BaseNamedObjects\\NthostObjectsPointer");
    CHECK_IS(ObQueryNameString(object, &u.information, 8, &length), STATUS_INFO_LENGTH_MISMATCH);
    ObDereferenceObject(object);
    ZwClose(event);
}

CHECK_DRIVER({"events", Events}, {"timers and semaphores", Others}, {"directories", Directories},
             {"permanent objects", Permanent}, {"handles", Handles}, {"pointers", Pointers})
