// Object callbacks: drivers that filter the handles to processes and threads. Before a handle is made, or a duplicate of
// one, they may take rights away, the highest altitude first; afterwards they are told, the lowest first.
// wdm/nf-wdm-obregistercallbacks, ns-wdm-_ob_pre_operation_information, -_ob_pre_create_handle_information.
//
// The documentation lists the rights that "can be removed"; Windows lets drivers remove others as well, PROCESS_VM_READ for
// one, and so does this.
#include "ob/namespace.h"

enum { TAG = EX_TAG('O', 'b', 'F', 'l'), ALL_OPERATIONS = OB_OPERATION_HANDLE_CREATE | OB_OPERATION_HANDLE_DUPLICATE };

struct registration {
    struct ex_hook hook;
    UNICODE_STRING altitude; // behind the operations
    PVOID context;
    USHORT count;
    OB_OPERATION_REGISTRATION operations[];
};

static struct ex_hooks filters = {.lasting = true};

// A handle on its way.
struct filtering {
    OB_PRE_OPERATION_INFORMATION pre;
    OB_PRE_OPERATION_PARAMETERS parameters; // both structures begin with the two masks
    ACCESS_MASK wanted;                     // what is left of the rights
    struct ex_noted_calls calls;
};

// ---- registering ---------------------------------------------------------------------------------------------------

static struct registration *registration_of(const struct ex_hook *hook)
{
    return CONTAINING_RECORD(hook, struct registration, hook);
}

static bool is_above(const struct ex_hook *hook, const struct ex_hook *other)
{
    return ex_compare_altitudes(&registration_of(hook)->altitude, &registration_of(other)->altitude) > 0;
}

static bool is_at(struct ex_hook *hook, const void *altitude)
{
    return ex_compare_altitudes(&registration_of(hook)->altitude, altitude) == 0;
}

static bool is_sound(const OB_OPERATION_REGISTRATION *operation)
{
    return operation->ObjectType && *operation->ObjectType && (*operation->ObjectType)->filtered &&
           operation->Operations && !(operation->Operations & ~(OB_OPERATION)ALL_OPERATIONS) &&
           (operation->PreOperation || operation->PostOperation);
}

static NTSTATUS check(const OB_CALLBACK_REGISTRATION *wanted)
{
    if (wanted->Version != OB_FLT_REGISTRATION_VERSION || !wanted->OperationRegistrationCount ||
        !ex_is_altitude(&wanted->Altitude))
        return STATUS_INVALID_PARAMETER;
    for (USHORT i = 0; i < wanted->OperationRegistrationCount; i++) {
        const OB_OPERATION_REGISTRATION *operation = &wanted->OperationRegistration[i];
        if (!is_sound(operation))
            return STATUS_INVALID_PARAMETER;
        if ((operation->PreOperation && !ex_is_trusted_routine((const void *)operation->PreOperation)) ||
            (operation->PostOperation && !ex_is_trusted_routine((const void *)operation->PostOperation)))
            return STATUS_ACCESS_DENIED;
    }
    return ex_hooks_any(&filters, is_at, &wanted->Altitude) ? STATUS_FLT_INSTANCE_ALTITUDE_COLLISION : STATUS_SUCCESS;
}

// STATUS_INVALID_PARAMETER: the version, the altitude, an operation, or an object type without callbacks.
// STATUS_ACCESS_DENIED: a routine's image was not linked with /INTEGRITYCHECK.
// STATUS_FLT_INSTANCE_ALTITUDE_COLLISION: somebody is at that altitude.
NTSTATUS NTAPI ObRegisterCallbacks(POB_CALLBACK_REGISTRATION wanted, PVOID *handle)
{
    NTSTATUS status = check(wanted);
    if (!NT_SUCCESS(status))
        return status;
    size_t operations = wanted->OperationRegistrationCount * sizeof(OB_OPERATION_REGISTRATION);
    struct registration *made = ex_allocate_zeroed(sizeof *made + operations + wanted->Altitude.Length, TAG);
    if (!made)
        return STATUS_INSUFFICIENT_RESOURCES;
    made->context = wanted->RegistrationContext;
    made->count = wanted->OperationRegistrationCount;
    __builtin_memcpy(made->operations, wanted->OperationRegistration, operations);
    made->altitude = (UNICODE_STRING){.Length = wanted->Altitude.Length,
                                      .MaximumLength = wanted->Altitude.Length,
                                      .Buffer = (WCHAR *)(void *)((char *)made->operations + operations)};
    __builtin_memcpy(made->altitude.Buffer, wanted->Altitude.Buffer, wanted->Altitude.Length);
    made->hook.routine = made->operations[0].PreOperation ? (const void *)made->operations[0].PreOperation
                                                          : (const void *)made->operations[0].PostOperation;
    ex_hooks_add(&filters, &made->hook, is_above);
    *handle = made;
    return STATUS_SUCCESS;
}

// Waits for the callbacks that run.
void NTAPI ObUnRegisterCallbacks(PVOID handle)
{
    struct registration *registration = handle;
    ex_hooks_remove(&filters, &registration->hook);
    ex_free(registration);
}

USHORT NTAPI ObGetFilterVersion(void)
{
    return OB_FLT_REGISTRATION_VERSION;
}

// ---- calling -------------------------------------------------------------------------------------------------------

static bool before(struct ex_hook *hook, void *context)
{
    struct filtering *filtering = context;
    const struct registration *registration = registration_of(hook);
    for (USHORT i = 0; i < registration->count; i++) {
        const OB_OPERATION_REGISTRATION *operation = &registration->operations[i];
        if (*operation->ObjectType != filtering->pre.ObjectType || !(operation->Operations & filtering->pre.Operation))
            continue;
        filtering->pre.CallContext = NULL;
        if (operation->PreOperation)
            operation->PreOperation(registration->context, &filtering->pre);
        ex_note_call(&filtering->calls, operation, filtering->pre.CallContext);
        // Rights are taken away, never given.
        filtering->parameters.CreateHandleInformation.DesiredAccess &= filtering->wanted;
        filtering->wanted = filtering->parameters.CreateHandleInformation.DesiredAccess;
    }
    return true;
}

struct outcome {
    struct filtering *filtering;
    NTSTATUS status;
};

static bool after(struct ex_hook *hook, void *context)
{
    struct outcome *outcome = context;
    const struct registration *registration = registration_of(hook);
    OB_POST_OPERATION_PARAMETERS parameters = {.CreateHandleInformation.GrantedAccess = outcome->filtering->wanted};
    for (USHORT i = registration->count; i-- > 0;) {
        const OB_OPERATION_REGISTRATION *operation = &registration->operations[i];
        const struct ex_noted_call *call = ex_noted_call(&outcome->filtering->calls, operation);
        if (!call || !operation->PostOperation)
            continue;
        OB_POST_OPERATION_INFORMATION post = {.Operation = outcome->filtering->pre.Operation,
                                              .KernelHandle = outcome->filtering->pre.KernelHandle,
                                              .Object = outcome->filtering->pre.Object,
                                              .ObjectType = outcome->filtering->pre.ObjectType,
                                              .CallContext = call->context,
                                              .ReturnStatus = outcome->status,
                                              .Parameters = &parameters};
        operation->PostOperation(registration->context, &post);
    }
    return true;
}

NTSTATUS ob_insert_filtered(OB_OPERATION operation, void *object, ACCESS_MASK granted, ULONG attributes, HANDLE *handle)
{
    void *process = ke_current_thread()->Process;
    if (ex_hooks_empty(&filters))
        return ob_put_handle(object, granted, attributes, handle);
    struct filtering filtering = {
        .pre = {.Operation = operation,
                .KernelHandle = (attributes & OBJ_KERNEL_HANDLE) != 0,
                .Object = object,
                .ObjectType = ob_type(object),
                .Parameters = &filtering.parameters},
        .parameters.DuplicateHandleInformation = {granted, granted, process, process},
        .wanted = granted,
    };
    ex_hooks_walk(&filters, "an object callback", before, &filtering);
    NTSTATUS status = ob_put_handle(object, filtering.wanted, attributes, handle);
    ex_hooks_walk_back(&filters, "an object callback", after, &(struct outcome){&filtering, status});
    return status;
}
