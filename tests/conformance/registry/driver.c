// conformance-registry.sys: keys and values, with Zw routines and with the run-time library's.
//
// https://learn.microsoft.com/windows-hardware/drivers/kernel/using-the-registry-in-a-driver
// https://learn.microsoft.com/windows-hardware/drivers/ddi/wdm/nf-wdm-rtlqueryregistryvalues
#include "../check.h"

#define ROOT L"\\Registry\\Machine\\SYSTEM\\CurrentControlSet\\Services\\conformance-registry"

static HANDLE Root;

static UNICODE_STRING Text(const WCHAR *text)
{
    UNICODE_STRING string;
    RtlInitUnicodeString(&string, text);
    return string;
}

static NTSTATUS Open(const WCHAR *name, HANDLE parent, HANDLE *key)
{
    UNICODE_STRING string = Text(name);
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &string, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, parent, NULL);
    return ZwOpenKey(key, KEY_ALL_ACCESS, &attributes);
}

static NTSTATUS Create(const WCHAR *name, HANDLE *key, ULONG *disposition)
{
    UNICODE_STRING string = Text(name);
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &string, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, Root, NULL);
    return ZwCreateKey(key, KEY_ALL_ACCESS, &attributes, 0, NULL, REG_OPTION_VOLATILE, disposition);
}

static void Keys(void)
{
    HANDLE key, again;
    ULONG disposition = 0, length;
    UNICODE_STRING name = Text(L"Sub");
    OBJECT_ATTRIBUTES attributes;
    union {
        KEY_BASIC_INFORMATION basic;
        KEY_FULL_INFORMATION full;
        UCHAR room[256];
    } u;
    CHECK_IS(Open(ROOT, NULL, &Root), STATUS_SUCCESS);
    CHECK_IS(Open(L"NoSuchKey", Root, &key), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_IS(Create(L"Sub", &key, &disposition), STATUS_SUCCESS);
    CHECK_IS(disposition, REG_CREATED_NEW_KEY);
    CHECK_IS(Create(L"SUB", &again, &disposition), STATUS_SUCCESS);
    CHECK_IS(disposition, REG_OPENED_EXISTING_KEY);
    CHECK_IS(ZwClose(again), STATUS_SUCCESS);
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, Root, NULL);
    CHECK_IS(ZwOpenKeyEx(&again, KEY_READ, &attributes, 0), STATUS_SUCCESS);
    ZwClose(again);
    CHECK_IS(ZwQueryKey(key, KeyBasicInformation, &u, sizeof u, &length), STATUS_SUCCESS);
    CHECK_IS(u.basic.NameLength, 6);
    CHECK(u.basic.Name[0] == 'S' && u.basic.Name[2] == 'b');
    CHECK_IS(ZwQueryKey(key, KeyFullInformation, &u, sizeof u, &length), STATUS_SUCCESS);
    CHECK(u.full.SubKeys == 0 && u.full.Values == 0);
    CHECK_IS(ZwQueryKey(key, KeyBasicInformation, &u, 4, &length), STATUS_BUFFER_TOO_SMALL);
    CHECK_IS(length, FIELD_OFFSET(KEY_BASIC_INFORMATION, Name) + 6);
    BOOLEAN found = FALSE;
    NTSTATUS status;
    for (ULONG i = 0; (status = ZwEnumerateKey(Root, i, KeyBasicInformation, &u, sizeof u, &length)) == 0; i++)
        found |= u.basic.NameLength == 6 && u.basic.Name[0] == 'S' && u.basic.Name[1] == 'u';
    CHECK_IS(status, STATUS_NO_MORE_ENTRIES);
    CHECK(found);
    CHECK_IS(ZwFlushKey(key), STATUS_SUCCESS);
    CHECK_IS(ZwDeleteKey(key), STATUS_SUCCESS);
    CHECK_IS(ZwQueryKey(key, KeyBasicInformation, &u, sizeof u, &length), STATUS_KEY_DELETED);
    CHECK_IS(ZwClose(key), STATUS_SUCCESS);
    CHECK_IS(Open(L"Sub", Root, &key), STATUS_OBJECT_NAME_NOT_FOUND);
}

static void Values(void)
{
    HANDLE key;
    ULONG disposition, length, number = 0x12345678;
    UNICODE_STRING name = Text(L"Number");
    union {
        KEY_VALUE_PARTIAL_INFORMATION partial;
        KEY_VALUE_FULL_INFORMATION full;
        UCHAR room[128];
    } u;
    CHECK_IS(Create(L"Values", &key, &disposition), STATUS_SUCCESS);
    CHECK_IS(ZwSetValueKey(key, &name, 0, REG_DWORD, &number, sizeof number), STATUS_SUCCESS);
    name = Text(L"NUMBER");
    CHECK_IS(ZwQueryValueKey(key, &name, KeyValuePartialInformation, &u, sizeof u, &length), STATUS_SUCCESS);
    CHECK(u.partial.Type == REG_DWORD && u.partial.DataLength == 4 && *(ULONG *)u.partial.Data == number);
    CHECK_IS(length, FIELD_OFFSET(KEY_VALUE_PARTIAL_INFORMATION, Data) + 4);
    CHECK_IS(ZwQueryValueKey(key, &name, KeyValuePartialInformation, &u, 12, &length), STATUS_BUFFER_OVERFLOW);
    CHECK_IS(ZwQueryValueKey(key, &name, KeyValuePartialInformation, &u, 4, &length), STATUS_BUFFER_TOO_SMALL);
    CHECK_IS(ZwEnumerateValueKey(key, 0, KeyValueFullInformation, &u, sizeof u, &length), STATUS_SUCCESS);
    CHECK(u.full.NameLength == 12 && u.full.Name[0] == 'N' && u.full.Name[1] == 'u');
    CHECK_IS(*(ULONG *)(u.room + u.full.DataOffset), number);
    CHECK_IS(ZwEnumerateValueKey(key, 1, KeyValueFullInformation, &u, sizeof u, &length), STATUS_NO_MORE_ENTRIES);
    CHECK_IS(ZwDeleteValueKey(key, &name), STATUS_SUCCESS);
    CHECK_IS(ZwDeleteValueKey(key, &name), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_IS(ZwQueryValueKey(key, &name, KeyValuePartialInformation, &u, sizeof u, &length),
             STATUS_OBJECT_NAME_NOT_FOUND);
    ZwDeleteKey(key);
    ZwClose(key);
}

static ULONG Called;

static NTSTATUS NTAPI OnValue(PWSTR name, ULONG type, PVOID data, ULONG length, PVOID context, PVOID entry)
{
    CHECK_WIDE(name, L"Text");
    CHECK(type == REG_SZ && length == 8 && ((WCHAR *)data)[2] == 'c' && context == &Called && entry == (PVOID)5);
    Called++;
    return STATUS_SUCCESS;
}

// Each of these routines names its key by RELATIVE_TO and a path.
static void RunTime(void)
{
    ULONG number = 77, back = 0, missing = 0, fallback = 5;
    WCHAR room[8];
    UNICODE_STRING string = {.MaximumLength = sizeof room, .Buffer = room};
    RTL_QUERY_REGISTRY_TABLE table[] = {
        {.Flags = RTL_QUERY_REGISTRY_DIRECT, .Name = L"Number", .EntryContext = &back, .DefaultType = REG_NONE},
        {.Flags = RTL_QUERY_REGISTRY_DIRECT, .Name = L"Text", .EntryContext = &string, .DefaultType = REG_NONE},
        {.Flags = RTL_QUERY_REGISTRY_DIRECT,
         .Name = L"Missing",
         .EntryContext = &missing,
         .DefaultType = REG_DWORD,
         .DefaultData = &fallback,
         .DefaultLength = sizeof fallback},
        {.QueryRoutine = OnValue, .Name = L"Text", .EntryContext = (PVOID)5},
        {0},
    };
    RTL_QUERY_REGISTRY_TABLE required[] = {
        {.Flags = RTL_QUERY_REGISTRY_REQUIRED, .QueryRoutine = OnValue, .Name = L"Missing"}, {0}};
    PCWSTR path = L"conformance-registry\\Run";
    CHECK_IS(RtlCheckRegistryKey(RTL_REGISTRY_SERVICES, (PWSTR)path), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_IS(RtlCreateRegistryKey(RTL_REGISTRY_SERVICES, (PWSTR)path), STATUS_SUCCESS);
    CHECK_IS(RtlCheckRegistryKey(RTL_REGISTRY_SERVICES, (PWSTR)path), STATUS_SUCCESS);
    CHECK_IS(RtlWriteRegistryValue(RTL_REGISTRY_SERVICES, path, L"Number", REG_DWORD, &number, sizeof number),
             STATUS_SUCCESS);
    CHECK_IS(RtlWriteRegistryValue(RTL_REGISTRY_SERVICES, path, L"Text", REG_SZ, L"abc", 8), STATUS_SUCCESS);
    Called = 0;
    CHECK_IS(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, path, table, &Called, NULL), STATUS_SUCCESS);
    CHECK_IS(back, 77);
    CHECK_IS(missing, 5);
    CHECK_UNICODE(&string, L"abc");
    CHECK_IS(Called, 1);
    CHECK_IS(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, path, required, &Called, NULL),
             STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_IS(RtlDeleteRegistryValue(RTL_REGISTRY_SERVICES, path, L"Number"), STATUS_SUCCESS);
    CHECK_IS(RtlDeleteRegistryValue(RTL_REGISTRY_SERVICES, path, L"Number"), STATUS_OBJECT_NAME_NOT_FOUND);
    HANDLE key;
    CHECK_IS(Open(L"Run", Root, &key), STATUS_SUCCESS);
    ZwDeleteKey(key);
    ZwClose(key);
    ZwClose(Root);
}

CHECK_DRIVER({"keys", Keys}, {"values", Values}, {"run time", RunTime})
