// Semaphore objects and the services on them.
#include "ob/ob.h"

static DISPATCHER_HEADER *waitable(void *object)
{
    return &((PKSEMAPHORE)object)->Header;
}

struct _OBJECT_TYPE ob_semaphore_type = {
    .name = L"Semaphore",
    .tag = EX_TAG('S', 'e', 'm', 'a'),
    .mapping = {.GenericRead = STANDARD_RIGHTS_READ | SEMAPHORE_QUERY_STATE,
                .GenericWrite = STANDARD_RIGHTS_WRITE | SEMAPHORE_MODIFY_STATE,
                .GenericExecute = STANDARD_RIGHTS_EXECUTE | SYNCHRONIZE,
                .GenericAll = SEMAPHORE_ALL_ACCESS},
    .waitable = waitable,
};

NTSTATUS NTAPI NtCreateSemaphore(PHANDLE handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes, LONG count,
                                 LONG limit)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    struct ob_attributes captured;
    void *semaphore;
    if (limit <= 0 || count < 0 || count > limit)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS status = ob_capture_attributes(attributes, mode, &captured);
    if (!NT_SUCCESS(status))
        return status;
    status = ob_create(&ob_semaphore_type, sizeof(KSEMAPHORE), &semaphore);
    if (NT_SUCCESS(status)) {
        KeInitializeSemaphore(semaphore, count, limit);
        status = ob_finish_create(semaphore, &captured, access, mode, handle);
    }
    ob_release_attributes(&captured);
    return status;
}

NTSTATUS NTAPI NtOpenSemaphore(PHANDLE handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes)
{
    return ob_open(attributes, &ob_semaphore_type, access, handle);
}

NTSTATUS NTAPI NtReleaseSemaphore(HANDLE handle, LONG release, PLONG previous)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    LONG before;
    void *semaphore;
    if (release <= 0)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS status =
        ob_reference_by_handle(handle, SEMAPHORE_MODIFY_STATE, &ob_semaphore_type, mode, &semaphore, NULL);
    if (!NT_SUCCESS(status))
        return status;
    status = ke_release_semaphore(semaphore, release, &before) ? STATUS_SUCCESS : STATUS_SEMAPHORE_LIMIT_EXCEEDED;
    if (NT_SUCCESS(status) && previous)
        status = mm_copy_out(previous, &before, sizeof before, mode);
    ob_dereference(semaphore);
    return status;
}

NTSTATUS NTAPI NtQuerySemaphore(HANDLE handle, SEMAPHORE_INFORMATION_CLASS information_class, PVOID buffer,
                                ULONG length, PULONG returned)
{
    void *semaphore;
    if (information_class != SemaphoreBasicInformation)
        return STATUS_INVALID_INFO_CLASS;
    NTSTATUS status = ob_reference_by_handle(handle, SEMAPHORE_QUERY_STATE, &ob_semaphore_type, ExGetPreviousMode(),
                                             &semaphore, NULL);
    if (!NT_SUCCESS(status))
        return status;
    SEMAPHORE_BASIC_INFORMATION answer = {.CurrentCount = KeReadStateSemaphore(semaphore),
                                          .MaximumCount = ((PKSEMAPHORE)semaphore)->Limit};
    ob_dereference(semaphore);
    return ob_deliver(&answer, sizeof answer, buffer, length, returned);
}
