// Three filters: two with altitudes, one of the older kind, which stands above them. They tell of what the driver's own
// thread does, and meddle with it.

#include "cmfilter.h"

static LARGE_INTEGER Upper, Lower, Older;
static HANDLE Thread;

static BOOLEAN Begins(const UNICODE_STRING *text, const WCHAR *with)
{
    UNICODE_STRING beginning;

    RtlInitUnicodeString(&beginning, with);
    return text && RtlPrefixUnicodeString(&beginning, (UNICODE_STRING *)text, TRUE);
}

static UNICODE_STRING LastName(const UNICODE_STRING *path)
{
    UNICODE_STRING last = *path;

    while (last.Length && last.Buffer[last.Length / sizeof(WCHAR) - 1] != '\\')
        last.Length -= sizeof(WCHAR);
    last.Buffer += last.Length / sizeof(WCHAR);
    last.Length = path->Length - last.Length;
    return last;
}

static BOOLEAN IsForbidden(const UNICODE_STRING *path)
{
    UNICODE_STRING name = LastName(path);

    return Begins(&name, L"Forbidden");
}

// The key's last name; what the routines of the configuration manager say of it.
static void Tell(LARGE_INTEGER *cookie, void *object, const char *who, const char *what)
{
    const UNICODE_STRING *name, *older;
    ULONG_PTR id = 0, again = 0;

    NTSTATUS status = CmCallbackGetKeyObjectIDEx(cookie, object, &id, &name, 0);
    if (!NT_SUCCESS(status)) {
        DbgPrint("%s: %s, a key that says %08lX\n", who, what, status);
        return;
    }
    UNICODE_STRING last = LastName(name);
    CmCallbackGetKeyObjectID(cookie, object, &again, &older);
    DbgPrint("%s: %s %wZ, a number %d, the older routine agrees %d\n", who, what, &last, id != 0,
             id == again && RtlEqualUnicodeString(name, older, FALSE));
    CmCallbackReleaseKeyObjectIDEx(name);
}

static NTSTATUS BeforeSet(const REG_SET_VALUE_KEY_INFORMATION *info)
{
    DbgPrint("upper: set %wZ, type %lu, %lu bytes, the first %u\n", info->ValueName, info->Type, info->DataSize,
             info->DataSize ? *(UCHAR *)info->Data : 0);
    if (Begins(info->ValueName, L"Refused"))
        return STATUS_ACCESS_DENIED;
    return Begins(info->ValueName, L"Swallowed") ? STATUS_CALLBACK_BYPASS : STATUS_SUCCESS;
}

static NTSTATUS AfterSet(const REG_POST_OPERATION_INFORMATION *post)
{
    const REG_SET_VALUE_KEY_INFORMATION *info = post->PreInformation;

    DbgPrint("upper: set %wZ, done: %08lX, object context: %d\n", info->ValueName, post->Status,
             post->ObjectContext == &Upper);
    if (!Begins(info->ValueName, L"Denied"))
        return STATUS_SUCCESS;
    ((REG_POST_OPERATION_INFORMATION *)post)->ReturnStatus = STATUS_INVALID_SIGNATURE;
    return STATUS_CALLBACK_BYPASS;
}

static void AfterCreate(const REG_POST_OPERATION_INFORMATION *post, const char *what)
{
    void *old = &old;

    if (!NT_SUCCESS(post->Status)) {
        DbgPrint("upper: %s, done: %08lX, no object: %d\n", what, post->Status, post->Object == NULL);
        return;
    }
    Tell(&Upper, post->Object, "upper", what);
    NTSTATUS status = CmSetCallbackObjectContext(post->Object, &Upper, &Upper, &old);
    DbgPrint("upper: context set: %08lX, none before: %d\n", status, old == NULL);
}

static NTSTATUS NTAPI UpperFilter(void *context, void *what, void *information)
{
    const REG_CREATE_KEY_INFORMATION *create = information;
    const REG_CALLBACK_CONTEXT_CLEANUP_INFORMATION *cleanup = information;
    UNICODE_STRING none = RTL_CONSTANT_STRING(L"\\Registry\\Machine\\Software\\None");
    OBJECT_ATTRIBUTES attributes;
    HANDLE key;

    UNREFERENCED_PARAMETER(context);
    if ((REG_NOTIFY_CLASS)(ULONG_PTR)what == RegNtPreCreateKeyEx && IsForbidden(create->CompleteName))
        return STATUS_ACCESS_DENIED;
    if (PsGetCurrentThreadId() != Thread)
        return STATUS_SUCCESS;
    switch ((REG_NOTIFY_CLASS)(ULONG_PTR)what) {
    case RegNtPreCreateKeyEx:
        DbgPrint("upper: create %wZ, options %lX\n", create->CompleteName, create->CreateOptions);
        // What it does itself it does not hear of; the lower filter does.
        InitializeObjectAttributes(&attributes, &none, OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE, NULL, NULL);
        if (Begins(create->CompleteName, L"Nested"))
            DbgPrint("upper: opens a key meanwhile: %08lX\n", ZwOpenKey(&key, KEY_READ, &attributes));
        return STATUS_SUCCESS;
    case RegNtPostCreateKeyEx:
        AfterCreate(information, "created");
        return STATUS_SUCCESS;
    case RegNtPreSetValueKey:
        return BeforeSet(information);
    case RegNtPostSetValueKey:
        return AfterSet(information);
    case RegNtCallbackObjectContextCleanup:
        DbgPrint("upper: context given back: %d\n", cleanup->ObjectContext == &Upper);
        return STATUS_SUCCESS;
    default:
        return STATUS_SUCCESS;
    }
}

static NTSTATUS NTAPI LowerFilter(void *context, void *what, void *information)
{
    const REG_POST_OPERATION_INFORMATION *post = information;
    const REG_DELETE_KEY_INFORMATION *plain = information; // most begin with the object

    if (PsGetCurrentThreadId() != Thread)
        return STATUS_SUCCESS;
    switch ((REG_NOTIFY_CLASS)(ULONG_PTR)what) {
    case RegNtPreOpenKeyEx:
        DbgPrint("%s: open %wZ\n", (char *)context, ((REG_CREATE_KEY_INFORMATION *)information)->CompleteName);
        return STATUS_SUCCESS;
    case RegNtPostOpenKeyEx:
        DbgPrint("%s: opened: %08lX\n", (char *)context, post->Status);
        return STATUS_SUCCESS;
    case RegNtPreCreateKeyEx:
        DbgPrint("%s: create\n", (char *)context);
        return STATUS_SUCCESS;
    case RegNtPostCreateKeyEx:
        DbgPrint("%s: created: %08lX, %s\n", (char *)context, post->Status,
                 *((REG_CREATE_KEY_INFORMATION *)post->PreInformation)->Disposition == REG_CREATED_NEW_KEY ? "new"
                                                                                                           : "old");
        return STATUS_SUCCESS;
    case RegNtPreSetValueKey:
        ((REG_SET_VALUE_KEY_INFORMATION *)information)->CallContext = context;
        DbgPrint("%s: set\n", (char *)context);
        return STATUS_SUCCESS;
    case RegNtPostSetValueKey:
        DbgPrint("%s: set: %08lX, call context: %d\n", (char *)context, post->Status, post->CallContext == context);
        return STATUS_SUCCESS;
    case RegNtPreQueryValueKey:
        DbgPrint("%s: query %wZ\n", (char *)context, ((REG_QUERY_VALUE_KEY_INFORMATION *)information)->ValueName);
        return STATUS_SUCCESS;
    case RegNtPreDeleteValueKey:
        DbgPrint("%s: delete %wZ\n", (char *)context, ((REG_DELETE_VALUE_KEY_INFORMATION *)information)->ValueName);
        return STATUS_SUCCESS;
    case RegNtPreEnumerateKey:
        DbgPrint("%s: enumerate key %lu\n", (char *)context, ((REG_ENUMERATE_KEY_INFORMATION *)information)->Index);
        return STATUS_SUCCESS;
    case RegNtPreEnumerateValueKey:
        DbgPrint("%s: enumerate value %lu\n", (char *)context,
                 ((REG_ENUMERATE_VALUE_KEY_INFORMATION *)information)->Index);
        return STATUS_SUCCESS;
    case RegNtPreQueryKey:
        Tell(&Lower, plain->Object, (char *)context, "query key");
        return STATUS_SUCCESS;
    case RegNtPreFlushKey:
        DbgPrint("%s: flush\n", (char *)context);
        return STATUS_SUCCESS;
    case RegNtPreDeleteKey:
        Tell(&Lower, plain->Object, (char *)context, "delete key");
        return STATUS_SUCCESS;
    case RegNtPostDeleteKey:
        DbgPrint("%s: deleted: %08lX\n", (char *)context, post->Status);
        return STATUS_SUCCESS;
    case RegNtPreKeyHandleClose:
        DbgPrint("%s: close\n", (char *)context);
        return STATUS_SUCCESS;
    default:
        return STATUS_SUCCESS;
    }
}

static NTSTATUS NTAPI OlderFilter(void *context, void *what, void *information)
{
    UNREFERENCED_PARAMETER(information);
    if (PsGetCurrentThreadId() == Thread && (REG_NOTIFY_CLASS)(ULONG_PTR)what == RegNtPreSetValueKey)
        DbgPrint("%s: set\n", (char *)context);
    return STATUS_SUCCESS;
}

void Register(DRIVER_OBJECT *driver)
{
    UNICODE_STRING upper = RTL_CONSTANT_STRING(L"360000"), lower = RTL_CONSTANT_STRING(L"40000.25");
    LARGE_INTEGER cookie;
    ULONG major, minor;

    Thread = PsGetCurrentThreadId();
    CmGetCallbackVersion(&major, &minor);
    DbgPrint("version %lu.%lu\n", major, minor);
    DbgPrint("lower: %08lX\n", CmRegisterCallbackEx(LowerFilter, &lower, driver, "lower", &Lower, NULL));
    DbgPrint("upper: %08lX\n", CmRegisterCallbackEx(UpperFilter, &upper, driver, "upper", &Upper, NULL));
    DbgPrint("at an altitude that is taken: %08lX\n",
             CmRegisterCallbackEx(UpperFilter, &upper, driver, "third", &cookie, NULL));
    DbgPrint("older: %08lX\n", CmRegisterCallback(OlderFilter, "older", &Older));
}

void Unregister(void)
{
    DbgPrint("upper unregistered: %08lX\n", CmUnRegisterCallback(Upper));
    DbgPrint("lower unregistered: %08lX\n", CmUnRegisterCallback(Lower));
    DbgPrint("older unregistered: %08lX\n", CmUnRegisterCallback(Older));
    DbgPrint("once more: %08lX\n", CmUnRegisterCallback(Older));
}
