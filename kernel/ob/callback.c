// Callback objects: named meeting places of drivers. One notifies, those registered are called.
// kernel/callback-objects; wdm/nf-wdm-excreatecallback, -exregistercallback, -exnotifycallback, -exunregistercallback.
//
// The system's own (\Callback\PowerState, SetSystemTime, ProcessorAdd) are there to be registered with; power, clock and
// processors of this kernel never change, so that they are never notified.
#include "ob/ob.h"

struct _CALLBACK_OBJECT {
    struct ex_hooks hooks;
    bool allow_multiple;
};

struct registration {
    struct ex_hook hook;
    struct _CALLBACK_OBJECT *object; // referenced
    PCALLBACK_FUNCTION function;
    PVOID context;
};

struct _OBJECT_TYPE ob_callback_type = {
    .name = L"Callback",
    .tag = EX_TAG('C', 'a', 'l', 'b'),
    .mapping = {.GenericRead = STANDARD_RIGHTS_READ,
                .GenericWrite = STANDARD_RIGHTS_WRITE | 1,
                .GenericExecute = STANDARD_RIGHTS_EXECUTE | SYNCHRONIZE,
                .GenericAll = STANDARD_RIGHTS_ALL | 1},
};

static NTSTATUS create(struct ob_attributes *attributes, BOOLEAN allow_multiple, PCALLBACK_OBJECT *callback)
{
    HANDLE handle;
    void *object;
    NTSTATUS status = ob_create(&ob_callback_type, sizeof(struct _CALLBACK_OBJECT), &object);
    if (!NT_SUCCESS(status))
        return status;
    ((struct _CALLBACK_OBJECT *)object)->allow_multiple = allow_multiple;
    attributes->attributes |= OBJ_KERNEL_HANDLE | OBJ_OPENIF;
    status = ob_finish_create(object, attributes, GENERIC_ALL, KernelMode, &handle);
    if (!NT_SUCCESS(status))
        return status;
    status = ob_reference_by_handle(handle, 0, &ob_callback_type, KernelMode, &object, NULL);
    ob_close_handle(handle, KernelMode);
    if (NT_SUCCESS(status))
        *callback = object;
    return status;
}

// The object of that name, or a new one when `make`. Referenced: ObDereferenceObject. Without OBJ_PERMANENT a new
// object is found by its name no more once this has returned, as on Windows. PASSIVE_LEVEL.
// STATUS_OBJECT_NAME_NOT_FOUND, and STATUS_UNSUCCESSFUL without a name, when nothing is to be made.
NTSTATUS NTAPI ExCreateCallback(PCALLBACK_OBJECT *callback, POBJECT_ATTRIBUTES attributes, BOOLEAN make,
                                BOOLEAN allow_multiple)
{
    struct ob_attributes captured;
    void *object;
    *callback = NULL;
    NTSTATUS status = ob_capture_attributes(attributes, KernelMode, &captured);
    if (!NT_SUCCESS(status))
        return status;
    struct ob_lookup lookup = {.path = &captured.name,
                               .root = captured.root,
                               .attributes = captured.attributes,
                               .mode = KernelMode,
                               .type = &ob_callback_type};
    status = captured.name.Length ? ob_lookup_name(&lookup, &object) : STATUS_UNSUCCESSFUL;
    if (NT_SUCCESS(status))
        *callback = object;
    else if (make)
        status = create(&captured, allow_multiple, callback);
    ob_release_attributes(&captured);
    return status;
}

static bool anybody(struct ex_hook *hook, const void *key)
{
    (void)hook, (void)key;
    return true;
}

// NULL on exhaustion, or when the object takes one registration and has it. Up to APC_LEVEL.
PVOID NTAPI ExRegisterCallback(PCALLBACK_OBJECT callback, PCALLBACK_FUNCTION function, PVOID context)
{
    if (!callback->allow_multiple && ex_hooks_any(&callback->hooks, anybody, NULL))
        return NULL;
    struct registration *registration = ex_allocate_zeroed(sizeof *registration, EX_TAG('C', 'b', 'r', 'g'));
    if (!registration)
        return NULL;
    ob_reference(callback);
    registration->object = callback;
    registration->function = function;
    registration->context = context;
    ex_hooks_add(&callback->hooks, &registration->hook, NULL);
    return registration;
}

// Waits until the routine has returned in every thread. Up to APC_LEVEL.
void NTAPI ExUnregisterCallback(PVOID handle)
{
    struct registration *registration = handle;
    struct _CALLBACK_OBJECT *object = registration->object;
    ex_hooks_remove(&object->hooks, &registration->hook);
    ob_dereference(object);
    ex_free(registration);
}

static bool notify(struct ex_hook *hook, void *context)
{
    struct registration *registration = CONTAINING_RECORD(hook, struct registration, hook);
    PVOID *arguments = context;
    registration->function(registration->context, arguments[0], arguments[1]);
    return true;
}

// In the order of registration, in the caller's context. Up to DISPATCH_LEVEL.
void NTAPI ExNotifyCallback(PVOID callback, PVOID argument1, PVOID argument2)
{
    PVOID arguments[] = {argument1, argument2};
    if (callback)
        ex_hooks_walk(&((struct _CALLBACK_OBJECT *)callback)->hooks, "a callback routine", notify, arguments);
}

NTSTATUS ob_create_system_callbacks(void)
{
    static const WCHAR *const names[] = {L"\\Callback\\PowerState", L"\\Callback\\SetSystemTime",
                                         L"\\Callback\\ProcessorAdd"};
    NTSTATUS status = STATUS_SUCCESS;
    for (unsigned i = 0; NT_SUCCESS(status) && i < sizeof names / sizeof *names; i++) {
        UNICODE_STRING name;
        OBJECT_ATTRIBUTES attributes;
        PCALLBACK_OBJECT object;
        RtlInitUnicodeString(&name, names[i]);
        InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE | OBJ_PERMANENT, NULL, NULL);
        status = ExCreateCallback(&object, &attributes, TRUE, TRUE);
        if (NT_SUCCESS(status))
            ob_dereference(object);
    }
    return status;
}
