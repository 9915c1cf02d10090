// Every registry operation that the filters hear of, once.

#include "cmfilter.h"

static HANDLE Create(HANDLE root, const WCHAR *path)
{
    OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING name;
    HANDLE key = NULL;

    RtlInitUnicodeString(&name, path);
    InitializeObjectAttributes(&attributes, &name, OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE, root, NULL);
    NTSTATUS status = ZwCreateKey(&key, KEY_ALL_ACCESS, &attributes, 0, NULL, REG_OPTION_VOLATILE, NULL);
    DbgPrint("= ZwCreateKey: %08lX\n", status);
    return NT_SUCCESS(status) ? key : NULL;
}

static void Set(HANDLE key, const WCHAR *value)
{
    UNICODE_STRING name;
    ULONG data = 7;

    RtlInitUnicodeString(&name, value);
    NTSTATUS status = ZwSetValueKey(key, &name, 0, REG_DWORD, &data, sizeof data);
    DbgPrint("= ZwSetValueKey: %08lX\n", status);
}

static void Query(HANDLE key, const WCHAR *value)
{
    UCHAR buffer[64];
    KEY_VALUE_PARTIAL_INFORMATION *answer = (void *)buffer;
    UNICODE_STRING name;
    ULONG length;

    RtlInitUnicodeString(&name, value);
    NTSTATUS status = ZwQueryValueKey(key, &name, KeyValuePartialInformation, buffer, sizeof buffer, &length);
    DbgPrint("= ZwQueryValueKey: %08lX, %lu\n", status, NT_SUCCESS(status) ? *(ULONG *)answer->Data : 0);
}

static void Look(HANDLE parent, HANDLE key)
{
    UCHAR buffer[256];
    ULONG length;

    DbgPrint("= ZwEnumerateValueKey: %08lX\n",
             ZwEnumerateValueKey(key, 0, KeyValueBasicInformation, buffer, sizeof buffer, &length));
    DbgPrint("= ZwEnumerateKey: %08lX\n",
             ZwEnumerateKey(parent, 0, KeyBasicInformation, buffer, sizeof buffer, &length));
    DbgPrint("= ZwQueryKey: %08lX\n", ZwQueryKey(key, KeyBasicInformation, buffer, sizeof buffer, &length));
    DbgPrint("= ZwFlushKey: %08lX\n", ZwFlushKey(key));
}

static void Open(HANDLE root, const WCHAR *path)
{
    OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING name;
    HANDLE key;

    RtlInitUnicodeString(&name, path);
    InitializeObjectAttributes(&attributes, &name, OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE, root, NULL);
    NTSTATUS status = ZwOpenKey(&key, KEY_READ, &attributes);
    DbgPrint("= ZwOpenKey: %08lX\n", status);
    if (NT_SUCCESS(status))
        DbgPrint("= ZwClose: %08lX\n", ZwClose(key));
}

void Work(void)
{
    UNICODE_STRING plain = RTL_CONSTANT_STRING(L"Plain");

    HANDLE parent = Create(NULL, L"\\Registry\\Machine\\Software\\NthostCmFilter");
    HANDLE key = Create(parent, L"Nested");
    Set(key, L"Plain");
    Set(key, L"Refused");
    Set(key, L"Swallowed");
    Set(key, L"Denied");
    Query(key, L"Plain");
    Query(key, L"Swallowed");
    Query(key, L"Denied");
    Look(parent, key);
    DbgPrint("= ZwDeleteValueKey: %08lX\n", ZwDeleteValueKey(key, &plain));
    Open(parent, L"Nested");
    Open(parent, L"Missing");
    Create(parent, L"Forbidden");
    DbgPrint("= ZwDeleteKey: %08lX\n", ZwDeleteKey(key));
    DbgPrint("= ZwClose: %08lX\n", ZwClose(key));
    DbgPrint("= ZwDeleteKey: %08lX\n", ZwDeleteKey(parent));
    DbgPrint("= ZwClose: %08lX\n", ZwClose(parent));
}
