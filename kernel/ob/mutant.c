// Mutant objects (mutexes of applications) and the services on them.
#include "ob/ob.h"

static DISPATCHER_HEADER *waitable(void *object)
{
    return &((PKMUTANT)object)->Header;
}

// The owner may still be listed with it.
static void destroy(void *object)
{
    PKMUTANT mutant = object;
    ke_lock_dispatcher();
    RemoveEntryList(&mutant->MutantListEntry);
    ke_unlock_dispatcher();
}

struct _OBJECT_TYPE ob_mutant_type = {
    .name = L"Mutant",
    .tag = EX_TAG('M', 'u', 't', 'a'),
    .mapping = {.GenericRead = STANDARD_RIGHTS_READ | MUTANT_QUERY_STATE,
                .GenericWrite = STANDARD_RIGHTS_WRITE,
                .GenericExecute = STANDARD_RIGHTS_EXECUTE | SYNCHRONIZE,
                .GenericAll = MUTANT_ALL_ACCESS},
    .waitable = waitable,
    .destroy = destroy,
};

NTSTATUS NTAPI NtCreateMutant(PHANDLE handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes, BOOLEAN owned)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    struct ob_attributes captured;
    void *mutant;
    NTSTATUS status = ob_capture_attributes(attributes, mode, &captured);
    if (!NT_SUCCESS(status))
        return status;
    status = ob_create(&ob_mutant_type, sizeof(KMUTANT), &mutant);
    if (NT_SUCCESS(status)) {
        ke_initialize_mutant(mutant, owned, 0);
        status = ob_finish_create(mutant, &captured, access, mode, handle);
    }
    ob_release_attributes(&captured);
    return status;
}

NTSTATUS NTAPI NtOpenMutant(PHANDLE handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes)
{
    return ob_open(attributes, &ob_mutant_type, access, handle);
}

NTSTATUS NTAPI NtReleaseMutant(HANDLE handle, PLONG previous)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    LONG before;
    void *mutant;
    NTSTATUS status = ob_reference_by_handle(handle, 0, &ob_mutant_type, mode, &mutant, NULL);
    if (!NT_SUCCESS(status))
        return status;
    status = ke_release_mutant(mutant, &before);
    if (NT_SUCCESS(status) && previous)
        status = mm_copy_out(previous, &before, sizeof before, mode);
    ob_dereference(mutant);
    return status;
}

NTSTATUS NTAPI NtQueryMutant(HANDLE handle, MUTANT_INFORMATION_CLASS information_class, PVOID buffer, ULONG length,
                             PULONG returned)
{
    MUTANT_BASIC_INFORMATION answer = {0};
    void *object;
    if (information_class != MutantBasicInformation)
        return STATUS_INVALID_INFO_CLASS;
    NTSTATUS status =
        ob_reference_by_handle(handle, MUTANT_QUERY_STATE, &ob_mutant_type, ExGetPreviousMode(), &object, NULL);
    if (!NT_SUCCESS(status))
        return status;
    PKMUTANT mutant = object;
    ke_lock_dispatcher();
    answer.CurrentCount = mutant->Header.SignalState;
    answer.OwnedByCaller = mutant->OwnerThread == ke_current_thread();
    answer.AbandonedState = mutant->Abandoned;
    ke_unlock_dispatcher();
    ob_dereference(object);
    return ob_deliver(&answer, sizeof answer, buffer, length, returned);
}
