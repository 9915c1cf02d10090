// The base types of the NT ABI for an ELF (LP64) build.
//
// Windows is LLP64: LONG and ULONG stay 32 bits, only pointers and the _PTR types are 64. Nothing here may be
// spelled `long`. Everything is compiled with -fshort-wchar, so L"..." is an array of WCHAR.
//
// The layout test (tests/layout) compares every structure of these headers with mingw-w64's DDK headers.
#pragma once

#include <stddef.h>
#include <stdint.h>

#define NTAPI          __attribute__((ms_abi))
#define NTAPI_NORETURN __attribute__((ms_abi, noreturn))
#define FASTCALL       NTAPI // x64 has one calling convention; the name remains in prototypes drivers know
#define NTSYSAPI
#define NTKERNELAPI

#define DECLSPEC_ALIGN(n)           __attribute__((aligned(n)))
#define MEMORY_ALLOCATION_ALIGNMENT 16
#define SYSTEM_CACHE_ALIGNMENT_SIZE 64
#define FORCEINLINE                 static inline __attribute__((always_inline, unused))
#define UNREFERENCED_PARAMETER(p)   ((void)(p))
#define ANYSIZE_ARRAY               1

#define VOID void

typedef void *PVOID;
typedef const void *PCVOID;
typedef void *LPVOID;
typedef char CHAR;
typedef char CCHAR;
typedef int8_t SCHAR;
typedef uint8_t UCHAR;
typedef uint8_t BYTE;
typedef uint8_t BOOLEAN;
typedef int16_t SHORT;
typedef int16_t CSHORT;
typedef uint16_t USHORT;
typedef uint16_t WORD;
typedef int32_t LONG;
typedef uint32_t ULONG;
typedef uint32_t DWORD;
typedef int32_t BOOL;
typedef int32_t INT;
typedef uint32_t UINT;
typedef int32_t INT32;
typedef uint32_t UINT32;
typedef int64_t LONGLONG;
typedef uint64_t ULONGLONG;
typedef uint64_t DWORDLONG;
typedef int64_t LONG64;
typedef uint64_t ULONG64;
typedef uint64_t DWORD64;
typedef int64_t INT64;
typedef uint64_t UINT64;
typedef int64_t LONG_PTR;
typedef uint64_t ULONG_PTR;
typedef uint64_t DWORD_PTR;
typedef int64_t INT_PTR;
typedef uint64_t UINT_PTR;
typedef uint64_t SIZE_T;
typedef int64_t SSIZE_T;
typedef uint64_t KAFFINITY;
typedef uint16_t WCHAR;
typedef int32_t NTSTATUS;
typedef int32_t HRESULT;
typedef void *HANDLE;
typedef uint8_t KIRQL;
typedef int8_t KPROCESSOR_MODE;
typedef int32_t KPRIORITY;
typedef uint64_t KSPIN_LOCK;
typedef uint32_t ACCESS_MASK;
typedef uint32_t LCID;
typedef uint32_t LOGICAL;
typedef uint64_t PFN_NUMBER;
typedef ULONG DEVICE_TYPE;
typedef uint64_t ERESOURCE_THREAD;

typedef CHAR *PCHAR, *PSTR, *PSZ, *LPSTR;
typedef const CHAR *PCCHAR, *PCSTR, *PCSZ, *LPCSTR;
typedef UCHAR *PUCHAR;
typedef const UCHAR *PCUCHAR;
typedef BYTE *PBYTE;
typedef BOOLEAN *PBOOLEAN;
typedef SHORT *PSHORT;
typedef USHORT *PUSHORT;
typedef LONG *PLONG;
typedef ULONG *PULONG;
typedef const ULONG *PCULONG;
typedef DWORD *PDWORD;
typedef LONGLONG *PLONGLONG;
typedef ULONGLONG *PULONGLONG;
typedef LONG64 *PLONG64;
typedef ULONG64 *PULONG64;
typedef LONG_PTR *PLONG_PTR;
typedef ULONG_PTR *PULONG_PTR;
typedef SIZE_T *PSIZE_T;
typedef WCHAR *PWCHAR, *PWCH, *PWSTR, *LPWSTR;
typedef const WCHAR *PCWCH, *PCWSTR, *LPCWSTR;
typedef PWSTR *PZPWSTR;
typedef HANDLE *PHANDLE;
typedef NTSTATUS *PNTSTATUS;
typedef KIRQL *PKIRQL;
typedef KSPIN_LOCK *PKSPIN_LOCK;
typedef ACCESS_MASK *PACCESS_MASK;
typedef LCID *PLCID;
typedef KAFFINITY *PKAFFINITY;
typedef PFN_NUMBER *PPFN_NUMBER;
typedef PVOID PSECURITY_DESCRIPTOR;
typedef PVOID PSID;

typedef enum _MODE { KernelMode, UserMode, MaximumMode } MODE;

#define TRUE  1
#define FALSE 0

#define MAXUSHORT   0xFFFF
#define MAXLONG     0x7FFFFFFF
#define MAXULONG    0xFFFFFFFFu
#define MAXLONGLONG 0x7FFFFFFFFFFFFFFFLL

// A status has severity in its top two bits; success and informational are both "success".
#define NT_SUCCESS(status)     ((NTSTATUS)(status) >= 0)
#define NT_INFORMATION(status) (((ULONG)(status) >> 30) == 1)
#define NT_WARNING(status)     (((ULONG)(status) >> 30) == 2)
#define NT_ERROR(status)       (((ULONG)(status) >> 30) == 3)

#define FIELD_OFFSET(type, field)               ((LONG)offsetof(type, field))
#define UFIELD_OFFSET(type, field)              ((ULONG)offsetof(type, field))
#define RTL_FIELD_SIZE(type, field)             (sizeof(((type *)0)->field))
#define RTL_SIZEOF_THROUGH_FIELD(type, field)   (offsetof(type, field) + RTL_FIELD_SIZE(type, field))
#define CONTAINING_RECORD(address, type, field) ((type *)((char *)(address)-offsetof(type, field)))
#define RTL_NUMBER_OF(array)                    (sizeof(array) / sizeof((array)[0]))
#define ARRAYSIZE(array)                        RTL_NUMBER_OF(array)
#define ALIGN_DOWN_BY(value, alignment)         ((ULONG_PTR)(value) & ~((ULONG_PTR)(alignment)-1))
#define ALIGN_UP_BY(value, alignment)           ALIGN_DOWN_BY((ULONG_PTR)(value) + (alignment)-1, alignment)

typedef union _LARGE_INTEGER {
    struct {
        ULONG LowPart;
        LONG HighPart;
    };
    struct {
        ULONG LowPart;
        LONG HighPart;
    } u;
    LONGLONG QuadPart;
} LARGE_INTEGER, *PLARGE_INTEGER;

typedef union _ULARGE_INTEGER {
    struct {
        ULONG LowPart;
        ULONG HighPart;
    };
    struct {
        ULONG LowPart;
        ULONG HighPart;
    } u;
    ULONGLONG QuadPart;
} ULARGE_INTEGER, *PULARGE_INTEGER;

typedef LARGE_INTEGER PHYSICAL_ADDRESS, *PPHYSICAL_ADDRESS;

typedef struct _LUID {
    ULONG LowPart;
    LONG HighPart;
} LUID, *PLUID;

typedef struct _GUID {
    ULONG Data1;
    USHORT Data2;
    USHORT Data3;
    UCHAR Data4[8];
} GUID, UUID;
typedef GUID *LPGUID;
typedef const GUID *LPCGUID;

// Length and MaximumLength count bytes, not characters; Buffer need not be terminated.
typedef struct _UNICODE_STRING {
    USHORT Length;
    USHORT MaximumLength;
    PWSTR Buffer;
} UNICODE_STRING, *PUNICODE_STRING;
typedef const UNICODE_STRING *PCUNICODE_STRING;

typedef struct _STRING {
    USHORT Length;
    USHORT MaximumLength;
    PCHAR Buffer;
} STRING, *PSTRING, ANSI_STRING, *PANSI_STRING, OEM_STRING, *POEM_STRING, UTF8_STRING, *PUTF8_STRING;
typedef const STRING *PCSTRING, *PCANSI_STRING, *PCOEM_STRING, *PCUTF8_STRING;

#define UNICODE_NULL ((WCHAR)0)
#define ANSI_NULL    ((CHAR)0)

// A UNICODE_STRING over a wide literal.
#define RTL_CONSTANT_STRING(literal)                                                                                   \
    {                                                                                                                  \
        sizeof(literal) - sizeof((literal)[0]), sizeof(literal), (void *)(literal)                                     \
    }

typedef struct _LIST_ENTRY {
    struct _LIST_ENTRY *Flink;
    struct _LIST_ENTRY *Blink;
} LIST_ENTRY, *PLIST_ENTRY;

typedef struct _SINGLE_LIST_ENTRY {
    struct _SINGLE_LIST_ENTRY *Next;
} SINGLE_LIST_ENTRY, *PSINGLE_LIST_ENTRY;

typedef struct DECLSPEC_ALIGN(16) _SLIST_ENTRY {
    struct _SLIST_ENTRY *Next;
} SLIST_ENTRY, *PSLIST_ENTRY;

// Changed with one 16-byte compare-exchange; entries are 16-byte aligned, so the low four bits of a pointer
// are free.
typedef union DECLSPEC_ALIGN(16) _SLIST_HEADER {
    struct {
        ULONGLONG Alignment;
        ULONGLONG Region;
    };
    struct {
        ULONGLONG Depth : 16;
        ULONGLONG Sequence : 48;
        ULONGLONG Reserved : 4;
        ULONGLONG NextEntry : 60;
    } HeaderX64;
} SLIST_HEADER, *PSLIST_HEADER;

typedef struct _CLIENT_ID {
    HANDLE UniqueProcess;
    HANDLE UniqueThread;
} CLIENT_ID, *PCLIENT_ID;

typedef struct _PROCESSOR_NUMBER {
    USHORT Group;
    UCHAR Number;
    UCHAR Reserved;
} PROCESSOR_NUMBER, *PPROCESSOR_NUMBER;

typedef struct _GROUP_AFFINITY {
    KAFFINITY Mask;
    USHORT Group;
    USHORT Reserved[3];
} GROUP_AFFINITY, *PGROUP_AFFINITY;

typedef struct _OBJECT_ATTRIBUTES {
    ULONG Length;
    HANDLE RootDirectory;
    PUNICODE_STRING ObjectName;
    ULONG Attributes;
    PVOID SecurityDescriptor;       // PSECURITY_DESCRIPTOR
    PVOID SecurityQualityOfService; // PSECURITY_QUALITY_OF_SERVICE
} OBJECT_ATTRIBUTES, *POBJECT_ATTRIBUTES;
typedef const OBJECT_ATTRIBUTES *PCOBJECT_ATTRIBUTES;

#define OBJ_INHERIT                       0x00000002
#define OBJ_PERMANENT                     0x00000010
#define OBJ_EXCLUSIVE                     0x00000020
#define OBJ_CASE_INSENSITIVE              0x00000040
#define OBJ_OPENIF                        0x00000080
#define OBJ_OPENLINK                      0x00000100
#define OBJ_KERNEL_HANDLE                 0x00000200
#define OBJ_FORCE_ACCESS_CHECK            0x00000400
#define OBJ_IGNORE_IMPERSONATED_DEVICEMAP 0x00000800
#define OBJ_DONT_REPARSE                  0x00001000
#define OBJ_VALID_ATTRIBUTES              0x00001FF2

#define InitializeObjectAttributes(attributes, name, flags, root, descriptor)                                          \
    (*(attributes) = (OBJECT_ATTRIBUTES){                                                                              \
         .Length = sizeof(OBJECT_ATTRIBUTES),                                                                          \
         .RootDirectory = (root),                                                                                      \
         .ObjectName = (name),                                                                                         \
         .Attributes = (flags),                                                                                        \
         .SecurityDescriptor = (descriptor),                                                                           \
     })

typedef struct _IO_STATUS_BLOCK {
    union {
        NTSTATUS Status;
        PVOID Pointer;
    };
    ULONG_PTR Information;
} IO_STATUS_BLOCK, *PIO_STATUS_BLOCK;

// Defined by the rooms that own them; everybody else passes pointers.
typedef struct _KTHREAD *PKTHREAD;
typedef struct _ETHREAD *PETHREAD;
typedef struct _KPROCESS *PKPROCESS;
typedef struct _EPROCESS *PEPROCESS;
typedef struct _OBJECT_TYPE *POBJECT_TYPE;
typedef struct _DRIVER_OBJECT *PDRIVER_OBJECT;
typedef struct _DEVICE_OBJECT *PDEVICE_OBJECT;
typedef struct _FILE_OBJECT *PFILE_OBJECT;
typedef struct _IRP *PIRP;
typedef struct _MDL *PMDL;
typedef struct _CONTEXT *PCONTEXT;
typedef struct _EXCEPTION_RECORD *PEXCEPTION_RECORD;

typedef enum _EVENT_TYPE { NotificationEvent, SynchronizationEvent } EVENT_TYPE;
typedef enum _TIMER_TYPE { NotificationTimer, SynchronizationTimer } TIMER_TYPE;
typedef enum _WAIT_TYPE { WaitAll, WaitAny } WAIT_TYPE;

// Volatile-safe atomic operations, with full barriers as on Windows.

FORCEINLINE LONG InterlockedIncrement(volatile LONG *value)
{
    return __atomic_add_fetch(value, 1, __ATOMIC_SEQ_CST);
}

FORCEINLINE LONG InterlockedDecrement(volatile LONG *value)
{
    return __atomic_sub_fetch(value, 1, __ATOMIC_SEQ_CST);
}

FORCEINLINE LONG InterlockedExchange(volatile LONG *target, LONG value)
{
    return __atomic_exchange_n(target, value, __ATOMIC_SEQ_CST);
}

FORCEINLINE LONG InterlockedExchangeAdd(volatile LONG *target, LONG value)
{
    return __atomic_fetch_add(target, value, __ATOMIC_SEQ_CST);
}

FORCEINLINE LONG InterlockedOr(volatile LONG *target, LONG value)
{
    return __atomic_fetch_or(target, value, __ATOMIC_SEQ_CST);
}

FORCEINLINE LONG InterlockedAnd(volatile LONG *target, LONG value)
{
    return __atomic_fetch_and(target, value, __ATOMIC_SEQ_CST);
}

FORCEINLINE LONG InterlockedCompareExchange(volatile LONG *target, LONG value, LONG comparand)
{
    __atomic_compare_exchange_n(target, &comparand, value, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return comparand;
}

FORCEINLINE LONG64 InterlockedIncrement64(volatile LONG64 *value)
{
    return __atomic_add_fetch(value, 1, __ATOMIC_SEQ_CST);
}

FORCEINLINE LONG64 InterlockedDecrement64(volatile LONG64 *value)
{
    return __atomic_sub_fetch(value, 1, __ATOMIC_SEQ_CST);
}

FORCEINLINE LONG64 InterlockedExchange64(volatile LONG64 *target, LONG64 value)
{
    return __atomic_exchange_n(target, value, __ATOMIC_SEQ_CST);
}

FORCEINLINE LONG64 InterlockedExchangeAdd64(volatile LONG64 *target, LONG64 value)
{
    return __atomic_fetch_add(target, value, __ATOMIC_SEQ_CST);
}

FORCEINLINE LONG64 InterlockedCompareExchange64(volatile LONG64 *target, LONG64 value, LONG64 comparand)
{
    __atomic_compare_exchange_n(target, &comparand, value, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return comparand;
}

FORCEINLINE PVOID interlocked_exchange_pointer(PVOID volatile *target, PVOID value)
{
    return __atomic_exchange_n(target, value, __ATOMIC_SEQ_CST);
}

FORCEINLINE PVOID interlocked_compare_exchange_pointer(PVOID volatile *target, PVOID value, PVOID comparand)
{
    __atomic_compare_exchange_n(target, &comparand, value, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return comparand;
}

// Macros, so that a pointer to any kind of pointer is accepted.
#define InterlockedExchangePointer(target, value)                                                                      \
    interlocked_exchange_pointer((PVOID volatile *)(target), (PVOID)(value))
#define InterlockedCompareExchangePointer(target, value, comparand)                                                    \
    interlocked_compare_exchange_pointer((PVOID volatile *)(target), (PVOID)(value), (PVOID)(comparand))
