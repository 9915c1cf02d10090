// Registry callbacks: drivers that filter what is done to keys. Before an operation they are asked, the highest altitude
// first, and may forbid it or do it themselves; afterwards those are told who let it pass, the lowest first.
// kernel/filtering-registry-calls, wdm/nc-wdm-ex_callback_function, -nf-wdm-cmregistercallbackex.
//
//      cm_begin --all say STATUS_SUCCESS--> the operation --> cm_end
//               --STATUS_CALLBACK_BYPASS: done, STATUS_SUCCESS; an error: that is the operation's--> the caller
//
// A routine is not called for what it does itself. Registry work of the kernel's own is not reported.
#include "cm/cm.h"

enum { TAG = EX_TAG('C', 'm', 'C', 'b') };

struct registration {
    struct ex_hook hook;
    PEX_CALLBACK_FUNCTION function;
    PVOID context;
    LONGLONG cookie;
    UNICODE_STRING altitude; // pool behind this; Buffer NULL: of CmRegisterCallback, above all others
};

static struct ex_hooks callbacks = {.lasting = true};
static _Atomic LONGLONG last_cookie;

// The routines that the current thread is in.
struct active {
    const struct ex_hook *hook;
    struct active *outer;
};
HAL_THREAD_LOCAL struct active *innermost;

static struct registration *registration_of(const struct ex_hook *hook)
{
    return CONTAINING_RECORD(hook, struct registration, hook);
}

// ---- registering ---------------------------------------------------------------------------------------------------

static bool is_above(const struct ex_hook *hook, const struct ex_hook *other)
{
    const UNICODE_STRING *mine = &registration_of(hook)->altitude, *its = &registration_of(other)->altitude;
    if (!mine->Buffer || !its->Buffer)
        return !mine->Buffer && its->Buffer;
    return ex_compare_altitudes(mine, its) > 0;
}

static bool is_at(struct ex_hook *hook, const void *altitude)
{
    const UNICODE_STRING *its = &registration_of(hook)->altitude;
    return its->Buffer && ex_compare_altitudes(its, altitude) == 0;
}

static NTSTATUS add(PEX_CALLBACK_FUNCTION function, const UNICODE_STRING *altitude, PVOID context,
                    PLARGE_INTEGER cookie)
{
    struct registration *made = ex_allocate_zeroed(sizeof *made + (altitude ? altitude->Length : 0), TAG);
    if (!made)
        return STATUS_INSUFFICIENT_RESOURCES;
    made->hook.routine = (const void *)function;
    made->function = function;
    made->context = context;
    made->cookie = cookie->QuadPart = atomic_fetch_add(&last_cookie, 1) + 1;
    if (altitude) {
        made->altitude = *altitude;
        made->altitude.Buffer = (WCHAR *)(made + 1);
        __builtin_memcpy(made->altitude.Buffer, altitude->Buffer, altitude->Length);
    }
    ex_hooks_add(&callbacks, &made->hook, is_above);
    return STATUS_SUCCESS;
}

// *cookie is for CmUnRegisterCallback. Without an altitude it stands above those that have one.
NTSTATUS NTAPI CmRegisterCallback(PEX_CALLBACK_FUNCTION function, PVOID context, PLARGE_INTEGER cookie)
{
    return add(function, NULL, context, cookie);
}

// STATUS_FLT_INSTANCE_ALTITUDE_COLLISION: somebody is at that altitude. STATUS_INVALID_PARAMETER: it is none.
NTSTATUS NTAPI CmRegisterCallbackEx(PEX_CALLBACK_FUNCTION function, PCUNICODE_STRING altitude, PVOID driver,
                                    PVOID context, PLARGE_INTEGER cookie, PVOID reserved)
{
    (void)driver, (void)reserved;
    if (!altitude || !ex_is_altitude(altitude))
        return STATUS_INVALID_PARAMETER;
    if (ex_hooks_any(&callbacks, is_at, altitude))
        return STATUS_FLT_INSTANCE_ALTITUDE_COLLISION;
    return add(function, altitude, context, cookie);
}

void NTAPI CmGetCallbackVersion(PULONG major, PULONG minor)
{
    *major = 1;
    *minor = 0;
}

// ---- contexts of key objects ---------------------------------------------------------------------------------------

// What a driver wants to find with a Key object again; under cm_lock.
struct cm_context {
    struct cm_context *next;
    LONGLONG cookie;
    PVOID value;
};

static struct cm_context **find_context(struct cm_key *key, LONGLONG cookie)
{
    struct cm_context **at = &key->contexts;
    while (*at && (*at)->cookie != cookie)
        at = &(*at)->next;
    return at;
}

static PVOID context_of(struct cm_key *key, LONGLONG cookie)
{
    if (!key || !key->contexts)
        return NULL;
    hal_mutex_lock(&cm_lock);
    struct cm_context *found = *find_context(key, cookie);
    PVOID value = found ? found->value : NULL;
    hal_mutex_unlock(&cm_lock);
    return value;
}

// A NULL context takes it away. When the Key object goes, the driver is told of what it left
// (RegNtCallbackObjectContextCleanup).
NTSTATUS NTAPI CmSetCallbackObjectContext(PVOID object, PLARGE_INTEGER cookie, PVOID new_context, PVOID *old_context)
{
    struct cm_key *key = object;
    struct cm_context *spare = new_context ? ex_allocate_zeroed(sizeof *spare, TAG) : NULL;
    if (new_context && !spare)
        return STATUS_INSUFFICIENT_RESOURCES;
    hal_mutex_lock(&cm_lock);
    struct cm_context **at = find_context(key, cookie->QuadPart), *found = *at;
    PVOID old = found ? found->value : NULL;
    if (found && !new_context) {
        *at = found->next;
        spare = found;
    } else if (found) {
        found->value = new_context;
    } else if (new_context) {
        *spare = (struct cm_context){.next = NULL, .cookie = cookie->QuadPart, .value = new_context};
        *at = spare;
        spare = NULL;
    }
    hal_mutex_unlock(&cm_lock);
    if (spare)
        ex_free(spare);
    if (old_context)
        *old_context = old;
    return STATUS_SUCCESS;
}

struct cleanup {
    struct cm_key *key;
    const struct cm_context *context;
};

static bool clean_up(struct ex_hook *hook, void *argument)
{
    const struct cleanup *cleanup = argument;
    struct registration *registration = registration_of(hook);
    if (registration->cookie != cleanup->context->cookie)
        return true;
    REG_CALLBACK_CONTEXT_CLEANUP_INFORMATION information = {.Object = cleanup->key,
                                                            .ObjectContext = cleanup->context->value};
    registration->function(registration->context, (PVOID)(ULONG_PTR)RegNtCallbackObjectContextCleanup, &information);
    return false;
}

// The Key object goes.
void cm_drop_contexts(struct cm_key *key)
{
    for (struct cm_context *context; (context = key->contexts); ex_free(context)) {
        key->contexts = context->next;
        ex_hooks_walk(&callbacks, "a registry callback", clean_up, &(struct cleanup){key, context});
    }
}

static bool has_cookie(struct ex_hook *hook, const void *cookie)
{
    return registration_of(hook)->cookie == ((const LARGE_INTEGER *)cookie)->QuadPart;
}

// Waits until it has returned in every thread. STATUS_INVALID_PARAMETER: there is no such registration.
NTSTATUS NTAPI CmUnRegisterCallback(LARGE_INTEGER cookie)
{
    struct ex_hook *hook = ex_hooks_take(&callbacks, has_cookie, &cookie);
    if (!hook)
        return STATUS_INVALID_PARAMETER;
    ex_free(registration_of(hook));
    return STATUS_SUCCESS;
}

// ---- telling -------------------------------------------------------------------------------------------------------

static bool is_in(const struct ex_hook *hook)
{
    struct active *at = innermost;
    while (at && at->hook != hook)
        at = at->outer;
    return at;
}

// A bugcheck in the routine leaves it on the list of a stack that is gone: cm_begin and cm_end put the list back.
static NTSTATUS call(const struct ex_hook *hook, REG_NOTIFY_CLASS what, void *information)
{
    struct registration *registration = registration_of(hook);
    struct active active = {.hook = hook, .outer = innermost};
    innermost = &active;
    NTSTATUS status = registration->function(registration->context, (PVOID)(ULONG_PTR)what, information);
    innermost = active.outer;
    return status;
}

static bool before(struct ex_hook *hook, void *argument)
{
    struct cm_notice *notice = argument;
    if (is_in(hook))
        return true;
    *notice->call_context = NULL;
    *notice->object_context = context_of(notice->key, registration_of(hook)->cookie);
    notice->status = call(hook, notice->before, notice->information);
    if (notice->status == STATUS_SUCCESS || NT_SUCCESS(notice->status))
        ex_note_call(&notice->calls, hook, *notice->call_context);
    return NT_SUCCESS(notice->status);
}

bool cm_begin(struct cm_notice *notice)
{
    struct active *outer = innermost;
    notice->active = !ex_hooks_empty(&callbacks);
    if (!notice->active)
        return true;
    ex_hooks_walk(&callbacks, "a registry callback", before, notice);
    innermost = outer;
    if (NT_SUCCESS(notice->status))
        return true;
    if (notice->status == STATUS_CALLBACK_BYPASS)
        notice->status = STATUS_SUCCESS;
    return false;
}

struct outcome {
    struct cm_notice *notice;
    NTSTATUS status;
};

static bool after(struct ex_hook *hook, void *argument)
{
    struct outcome *outcome = argument;
    const struct ex_noted_call *noted = ex_noted_call(&outcome->notice->calls, hook);
    if (!noted)
        return true;
    REG_POST_OPERATION_INFORMATION information = {.Object = outcome->notice->key,
                                                  .Status = outcome->status,
                                                  .PreInformation = outcome->notice->information,
                                                  .ReturnStatus = outcome->status,
                                                  .CallContext = noted->context,
                                                  .ObjectContext =
                                                      context_of(outcome->notice->key, registration_of(hook)->cookie)};
    if (call(hook, outcome->notice->after, &information) == STATUS_CALLBACK_BYPASS)
        outcome->status = information.ReturnStatus;
    return true;
}

NTSTATUS cm_end(struct cm_notice *notice, NTSTATUS status)
{
    struct active *outer = innermost;
    struct outcome outcome = {notice, status};
    if (!notice->active)
        return status;
    ex_hooks_walk_back(&callbacks, "a registry callback", after, &outcome);
    innermost = outer;
    return outcome.status;
}

// ---- names ---------------------------------------------------------------------------------------------------------

static NTSTATUS name_of(struct cm_key *key, UNICODE_STRING **name)
{
    hal_mutex_lock(&cm_lock);
    UNICODE_STRING full = key->node->deleted ? (UNICODE_STRING){0} : cm_full_name(key->node);
    bool deleted = key->node->deleted;
    hal_mutex_unlock(&cm_lock);
    UNICODE_STRING *made = full.Buffer ? ex_allocate(sizeof *made + full.Length + sizeof(WCHAR), TAG) : NULL;
    if (made) {
        *made = (UNICODE_STRING){.Length = full.Length,
                                 .MaximumLength = (USHORT)(full.Length + sizeof(WCHAR)),
                                 .Buffer = (WCHAR *)(made + 1)};
        __builtin_memcpy(made->Buffer, full.Buffer, full.Length);
        made->Buffer[full.Length / sizeof(WCHAR)] = 0;
    }
    hal_free(full.Buffer);
    *name = made;
    return made ? STATUS_SUCCESS : deleted ? STATUS_KEY_DELETED : STATUS_INSUFFICIENT_RESOURCES;
}

// id tells two keys apart, the same for each Key object of a key. *name is to be given back with
// CmCallbackReleaseKeyObjectIDEx. Either may be NULL; flags must be 0.
NTSTATUS NTAPI CmCallbackGetKeyObjectIDEx(PLARGE_INTEGER cookie, PVOID object, PULONG_PTR id, PCUNICODE_STRING *name,
                                          ULONG flags)
{
    struct cm_key *key = object;
    (void)cookie;
    if (!object || flags || ob_type(object) != &cm_key_type)
        return STATUS_INVALID_PARAMETER;
    if (id)
        *id = (ULONG_PTR)key->node;
    return name ? name_of(key, (UNICODE_STRING **)name) : STATUS_SUCCESS;
}

void NTAPI CmCallbackReleaseKeyObjectIDEx(PCUNICODE_STRING name)
{
    if (name)
        ex_free((void *)name);
}

// The older one: the name is the Key object's, and lives as long.
NTSTATUS NTAPI CmCallbackGetKeyObjectID(PLARGE_INTEGER cookie, PVOID object, PULONG_PTR id, PCUNICODE_STRING *name)
{
    struct cm_key *key = object;
    UNICODE_STRING *made = NULL;
    NTSTATUS status = CmCallbackGetKeyObjectIDEx(cookie, object, id, NULL, 0);
    if (!NT_SUCCESS(status) || !name)
        return status;
    status = key->name ? STATUS_SUCCESS : name_of(key, &made);
    if (!NT_SUCCESS(status))
        return status;
    hal_mutex_lock(&cm_lock);
    if (!key->name) {
        key->name = made;
        made = NULL;
    }
    *name = key->name;
    hal_mutex_unlock(&cm_lock);
    if (made)
        ex_free(made);
    return status;
}
