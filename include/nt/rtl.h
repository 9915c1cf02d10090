// The run-time library: lists, strings, bitmaps, trees, security descriptors, time, registry helpers,
// unwinding. The C library names that ntoskrnl exports are in nt/crt.h.
#pragma once

#include <nt/cm.h>
#include <nt/crt.h>

// Doubly linked lists with a head that is an entry.

FORCEINLINE VOID InitializeListHead(PLIST_ENTRY head)
{
    head->Flink = head->Blink = head;
}

FORCEINLINE BOOLEAN IsListEmpty(const LIST_ENTRY *head)
{
    return head->Flink == head;
}

// TRUE when the list is empty afterwards.
FORCEINLINE BOOLEAN RemoveEntryList(PLIST_ENTRY entry)
{
    PLIST_ENTRY next = entry->Flink, previous = entry->Blink;
    previous->Flink = next;
    next->Blink = previous;
    return next == previous;
}

FORCEINLINE PLIST_ENTRY RemoveHeadList(PLIST_ENTRY head)
{
    PLIST_ENTRY entry = head->Flink;
    RemoveEntryList(entry);
    return entry;
}

FORCEINLINE PLIST_ENTRY RemoveTailList(PLIST_ENTRY head)
{
    PLIST_ENTRY entry = head->Blink;
    RemoveEntryList(entry);
    return entry;
}

FORCEINLINE VOID InsertTailList(PLIST_ENTRY head, PLIST_ENTRY entry)
{
    PLIST_ENTRY last = head->Blink;
    entry->Flink = head;
    entry->Blink = last;
    last->Flink = entry;
    head->Blink = entry;
}

FORCEINLINE VOID InsertHeadList(PLIST_ENTRY head, PLIST_ENTRY entry)
{
    PLIST_ENTRY first = head->Flink;
    entry->Flink = first;
    entry->Blink = head;
    first->Blink = entry;
    head->Flink = entry;
}

// Appends the list that starts at `to_append` (which is an entry, not a head).
FORCEINLINE VOID AppendTailList(PLIST_ENTRY head, PLIST_ENTRY to_append)
{
    PLIST_ENTRY end = head->Blink;
    head->Blink->Flink = to_append;
    head->Blink = to_append->Blink;
    to_append->Blink->Flink = head;
    to_append->Blink = end;
}

FORCEINLINE VOID PushEntryList(PSINGLE_LIST_ENTRY head, PSINGLE_LIST_ENTRY entry)
{
    entry->Next = head->Next;
    head->Next = entry;
}

FORCEINLINE PSINGLE_LIST_ENTRY PopEntryList(PSINGLE_LIST_ENTRY head)
{
    PSINGLE_LIST_ENTRY first = head->Next;
    if (first != NULL)
        head->Next = first->Next;
    return first;
}

#define RtlCopyMemory(target, source, bytes) __builtin_memcpy(target, source, bytes)
#define RtlMoveMemory(target, source, bytes) __builtin_memmove(target, source, bytes)
#define RtlFillMemory(target, bytes, value)  __builtin_memset(target, value, bytes)
#define RtlZeroMemory(target, bytes)         __builtin_memset(target, 0, bytes)
#define RtlEqualMemory(a, b, bytes)          (__builtin_memcmp(a, b, bytes) == 0)

#define RtlInitEmptyUnicodeString(string, buffer, bytes)                                                               \
    ((string)->Buffer = (buffer), (string)->MaximumLength = (USHORT)(bytes), (string)->Length = 0)

typedef struct _RTL_BITMAP {
    ULONG SizeOfBitMap;
    PULONG Buffer;
} RTL_BITMAP, *PRTL_BITMAP;

typedef struct _RTL_BITMAP_RUN {
    ULONG StartingIndex;
    ULONG NumberOfBits;
} RTL_BITMAP_RUN, *PRTL_BITMAP_RUN;

typedef struct _TIME_FIELDS {
    CSHORT Year;
    CSHORT Month;
    CSHORT Day;
    CSHORT Hour;
    CSHORT Minute;
    CSHORT Second;
    CSHORT Milliseconds;
    CSHORT Weekday; // 0 is Sunday
} TIME_FIELDS, *PTIME_FIELDS;

typedef struct _OSVERSIONINFOW {
    ULONG dwOSVersionInfoSize;
    ULONG dwMajorVersion;
    ULONG dwMinorVersion;
    ULONG dwBuildNumber;
    ULONG dwPlatformId;
    WCHAR szCSDVersion[128];
} OSVERSIONINFOW, *POSVERSIONINFOW, RTL_OSVERSIONINFOW, *PRTL_OSVERSIONINFOW;

typedef struct _OSVERSIONINFOEXW {
    ULONG dwOSVersionInfoSize;
    ULONG dwMajorVersion;
    ULONG dwMinorVersion;
    ULONG dwBuildNumber;
    ULONG dwPlatformId;
    WCHAR szCSDVersion[128];
    USHORT wServicePackMajor;
    USHORT wServicePackMinor;
    USHORT wSuiteMask;
    UCHAR wProductType;
    UCHAR wReserved;
} OSVERSIONINFOEXW, *POSVERSIONINFOEXW, RTL_OSVERSIONINFOEXW, *PRTL_OSVERSIONINFOEXW;

#define VER_MINORVERSION     0x0001
#define VER_MAJORVERSION     0x0002
#define VER_BUILDNUMBER      0x0004
#define VER_PLATFORMID       0x0008
#define VER_SERVICEPACKMINOR 0x0010
#define VER_SERVICEPACKMAJOR 0x0020
#define VER_SUITENAME        0x0040
#define VER_PRODUCT_TYPE     0x0080
#define VER_EQUAL            1
#define VER_GREATER          2
#define VER_GREATER_EQUAL    3
#define VER_LESS             4
#define VER_LESS_EQUAL       5
#define VER_AND              6
#define VER_OR               7

// Generic tables: splay trees and AVL trees behind the same calls.
typedef enum _TABLE_SEARCH_RESULT {
    TableEmptyTree,
    TableFoundNode,
    TableInsertAsLeft,
    TableInsertAsRight,
} TABLE_SEARCH_RESULT;

typedef enum _RTL_GENERIC_COMPARE_RESULTS {
    GenericLessThan,
    GenericGreaterThan,
    GenericEqual
} RTL_GENERIC_COMPARE_RESULTS;

typedef struct _RTL_SPLAY_LINKS {
    struct _RTL_SPLAY_LINKS *Parent;
    struct _RTL_SPLAY_LINKS *LeftChild;
    struct _RTL_SPLAY_LINKS *RightChild;
} RTL_SPLAY_LINKS, *PRTL_SPLAY_LINKS;

struct _RTL_GENERIC_TABLE;
typedef RTL_GENERIC_COMPARE_RESULTS(NTAPI *PRTL_GENERIC_COMPARE_ROUTINE)(struct _RTL_GENERIC_TABLE *table, PVOID first,
                                                                         PVOID second);
typedef PVOID(NTAPI *PRTL_GENERIC_ALLOCATE_ROUTINE)(struct _RTL_GENERIC_TABLE *table, ULONG bytes);
typedef VOID(NTAPI *PRTL_GENERIC_FREE_ROUTINE)(struct _RTL_GENERIC_TABLE *table, PVOID buffer);

typedef struct _RTL_GENERIC_TABLE {
    PRTL_SPLAY_LINKS TableRoot;
    LIST_ENTRY InsertOrderList;
    PLIST_ENTRY OrderedPointer;
    ULONG WhichOrderedElement;
    ULONG NumberGenericTableElements;
    PRTL_GENERIC_COMPARE_ROUTINE CompareRoutine;
    PRTL_GENERIC_ALLOCATE_ROUTINE AllocateRoutine;
    PRTL_GENERIC_FREE_ROUTINE FreeRoutine;
    PVOID TableContext;
} RTL_GENERIC_TABLE, *PRTL_GENERIC_TABLE;

typedef struct _RTL_BALANCED_LINKS {
    struct _RTL_BALANCED_LINKS *Parent;
    struct _RTL_BALANCED_LINKS *LeftChild;
    struct _RTL_BALANCED_LINKS *RightChild;
    CHAR Balance;
    UCHAR Reserved[3];
} RTL_BALANCED_LINKS, *PRTL_BALANCED_LINKS;

struct _RTL_AVL_TABLE;
typedef RTL_GENERIC_COMPARE_RESULTS(NTAPI *PRTL_AVL_COMPARE_ROUTINE)(struct _RTL_AVL_TABLE *table, PVOID first,
                                                                     PVOID second);
typedef PVOID(NTAPI *PRTL_AVL_ALLOCATE_ROUTINE)(struct _RTL_AVL_TABLE *table, ULONG bytes);
typedef VOID(NTAPI *PRTL_AVL_FREE_ROUTINE)(struct _RTL_AVL_TABLE *table, PVOID buffer);

typedef struct _RTL_AVL_TABLE {
    RTL_BALANCED_LINKS BalancedRoot;
    PVOID OrderedPointer;
    ULONG WhichOrderedElement;
    ULONG NumberGenericTableElements;
    ULONG DepthOfTree;
    PRTL_BALANCED_LINKS RestartKey;
    ULONG DeleteCount;
    PRTL_AVL_COMPARE_ROUTINE CompareRoutine;
    PRTL_AVL_ALLOCATE_ROUTINE AllocateRoutine;
    PRTL_AVL_FREE_ROUTINE FreeRoutine;
    PVOID TableContext;
} RTL_AVL_TABLE, *PRTL_AVL_TABLE;

// RtlQueryRegistryValues.
typedef NTSTATUS(NTAPI *PRTL_QUERY_REGISTRY_ROUTINE)(PWSTR value_name, ULONG type, PVOID data, ULONG length,
                                                     PVOID context, PVOID entry_context);

typedef struct _RTL_QUERY_REGISTRY_TABLE {
    PRTL_QUERY_REGISTRY_ROUTINE QueryRoutine;
    ULONG Flags;
    PWSTR Name;
    PVOID EntryContext;
    ULONG DefaultType;
    PVOID DefaultData;
    ULONG DefaultLength;
} RTL_QUERY_REGISTRY_TABLE, *PRTL_QUERY_REGISTRY_TABLE;

#define RTL_QUERY_REGISTRY_SUBKEY          0x00000001
#define RTL_QUERY_REGISTRY_TOPKEY          0x00000002
#define RTL_QUERY_REGISTRY_REQUIRED        0x00000004
#define RTL_QUERY_REGISTRY_NOVALUE         0x00000008
#define RTL_QUERY_REGISTRY_NOEXPAND        0x00000010
#define RTL_QUERY_REGISTRY_DIRECT          0x00000020
#define RTL_QUERY_REGISTRY_DELETE          0x00000040
#define RTL_QUERY_REGISTRY_TYPECHECK       0x00000100
#define RTL_QUERY_REGISTRY_TYPECHECK_SHIFT 24
#define RTL_REGISTRY_ABSOLUTE              0
#define RTL_REGISTRY_SERVICES              1
#define RTL_REGISTRY_CONTROL               2
#define RTL_REGISTRY_WINDOWS_NT            3
#define RTL_REGISTRY_DEVICEMAP             4
#define RTL_REGISTRY_USER                  5
#define RTL_REGISTRY_HANDLE                0x40000000
#define RTL_REGISTRY_OPTIONAL              0x80000000

// Unwinding.
typedef struct _IMAGE_RUNTIME_FUNCTION_ENTRY {
    ULONG BeginAddress;
    ULONG EndAddress;
    union {
        ULONG UnwindInfoAddress;
        ULONG UnwindData;
    };
} IMAGE_RUNTIME_FUNCTION_ENTRY, *PIMAGE_RUNTIME_FUNCTION_ENTRY, RUNTIME_FUNCTION, *PRUNTIME_FUNCTION;

typedef union _UNWIND_CODE {
    struct {
        UCHAR CodeOffset;
        UCHAR UnwindOp : 4;
        UCHAR OpInfo : 4;
    };
    USHORT FrameOffset;
} UNWIND_CODE, *PUNWIND_CODE;

// Followed by the rounded-up code array, then by a handler and its data or a chained RUNTIME_FUNCTION.
typedef struct _UNWIND_INFO {
    UCHAR Version : 3;
    UCHAR Flags : 5;
    UCHAR SizeOfProlog;
    UCHAR CountOfCodes;
    UCHAR FrameRegister : 4;
    UCHAR FrameOffset : 4;
    UNWIND_CODE UnwindCode[1];
} UNWIND_INFO, *PUNWIND_INFO;

enum {
    UWOP_PUSH_NONVOL,
    UWOP_ALLOC_LARGE,
    UWOP_ALLOC_SMALL,
    UWOP_SET_FPREG,
    UWOP_SAVE_NONVOL,
    UWOP_SAVE_NONVOL_FAR,
    UWOP_EPILOG, // version 2
    UWOP_SPARE_CODE,
    UWOP_SAVE_XMM128,
    UWOP_SAVE_XMM128_FAR,
    UWOP_PUSH_MACHFRAME,
};

#define UNW_FLAG_NHANDLER  0x0
#define UNW_FLAG_EHANDLER  0x1
#define UNW_FLAG_UHANDLER  0x2
#define UNW_FLAG_CHAININFO 0x4

#define UNWIND_HISTORY_TABLE_SIZE 12

typedef struct _UNWIND_HISTORY_TABLE_ENTRY {
    ULONG64 ImageBase;
    PRUNTIME_FUNCTION FunctionEntry;
} UNWIND_HISTORY_TABLE_ENTRY, *PUNWIND_HISTORY_TABLE_ENTRY;

typedef struct _UNWIND_HISTORY_TABLE {
    ULONG Count;
    UCHAR LocalHint;
    UCHAR GlobalHint;
    UCHAR Search;
    UCHAR Once;
    ULONG64 LowAddress;
    ULONG64 HighAddress;
    UNWIND_HISTORY_TABLE_ENTRY Entry[UNWIND_HISTORY_TABLE_SIZE];
} UNWIND_HISTORY_TABLE, *PUNWIND_HISTORY_TABLE;

struct _DISPATCHER_CONTEXT;
typedef EXCEPTION_DISPOSITION(NTAPI *PEXCEPTION_ROUTINE)(PEXCEPTION_RECORD record, PVOID frame, PCONTEXT context,
                                                         struct _DISPATCHER_CONTEXT *dispatcher);

typedef struct _DISPATCHER_CONTEXT {
    ULONG64 ControlPc;
    ULONG64 ImageBase;
    PRUNTIME_FUNCTION FunctionEntry;
    ULONG64 EstablisherFrame;
    ULONG64 TargetIp;
    PCONTEXT ContextRecord;
    PEXCEPTION_ROUTINE LanguageHandler;
    PVOID HandlerData;
    PUNWIND_HISTORY_TABLE HistoryTable;
    ULONG ScopeIndex;
    ULONG Fill0;
} DISPATCHER_CONTEXT, *PDISPATCHER_CONTEXT;

typedef struct _SCOPE_TABLE_AMD64 {
    ULONG Count;
    struct {
        ULONG BeginAddress;
        ULONG EndAddress;
        ULONG HandlerAddress; // filter or finally; 1 means EXCEPTION_EXECUTE_HANDLER
        ULONG JumpTarget;     // 0 for a finally
    } ScopeRecord[1];
} SCOPE_TABLE_AMD64, *PSCOPE_TABLE_AMD64;

typedef struct _KNONVOLATILE_CONTEXT_POINTERS {
    PM128A FloatingContext[16];
    PULONG64 IntegerContext[16];
} KNONVOLATILE_CONTEXT_POINTERS, *PKNONVOLATILE_CONTEXT_POINTERS;

// Strings.
VOID NTAPI RtlInitUnicodeString(PUNICODE_STRING target, PCWSTR source);
NTSTATUS NTAPI RtlInitUnicodeStringEx(PUNICODE_STRING target, PCWSTR source);
VOID NTAPI RtlInitAnsiString(PANSI_STRING target, PCSZ source);
NTSTATUS NTAPI RtlInitAnsiStringEx(PANSI_STRING target, PCSZ source);
VOID NTAPI RtlInitString(PSTRING target, PCSZ source);
BOOLEAN NTAPI RtlCreateUnicodeString(PUNICODE_STRING target, PCWSTR source);
NTSTATUS NTAPI RtlDuplicateUnicodeString(ULONG flags, PCUNICODE_STRING source, PUNICODE_STRING target);
NTSTATUS NTAPI RtlValidateUnicodeString(ULONG flags, PCUNICODE_STRING string);
VOID NTAPI RtlCopyUnicodeString(PUNICODE_STRING target, PCUNICODE_STRING source);
VOID NTAPI RtlCopyString(PSTRING target, const STRING *source);
NTSTATUS NTAPI RtlAppendStringToString(PSTRING target, const STRING *source);
NTSTATUS NTAPI RtlAppendUnicodeToString(PUNICODE_STRING target, PCWSTR source);
NTSTATUS NTAPI RtlAppendUnicodeStringToString(PUNICODE_STRING target, PCUNICODE_STRING source);
BOOLEAN NTAPI RtlEqualUnicodeString(PCUNICODE_STRING a, PCUNICODE_STRING b, BOOLEAN ignore_case);
LONG NTAPI RtlCompareUnicodeString(PCUNICODE_STRING a, PCUNICODE_STRING b, BOOLEAN ignore_case);
LONG NTAPI RtlCompareUnicodeStrings(PCWCH a, SIZE_T a_length, PCWCH b, SIZE_T b_length, BOOLEAN ignore_case);
BOOLEAN NTAPI RtlPrefixUnicodeString(PCUNICODE_STRING prefix, PCUNICODE_STRING string, BOOLEAN ignore_case);
NTSTATUS NTAPI RtlHashUnicodeString(PCUNICODE_STRING string, BOOLEAN ignore_case, ULONG algorithm, PULONG hash);
BOOLEAN NTAPI RtlEqualString(const STRING *a, const STRING *b, BOOLEAN ignore_case);
LONG NTAPI RtlCompareString(const STRING *a, const STRING *b, BOOLEAN ignore_case);
BOOLEAN NTAPI RtlPrefixString(const STRING *prefix, const STRING *string, BOOLEAN ignore_case);
WCHAR NTAPI RtlUpcaseUnicodeChar(WCHAR character);
WCHAR NTAPI RtlDowncaseUnicodeChar(WCHAR character);
CHAR NTAPI RtlUpperChar(CHAR character);
VOID NTAPI RtlUpperString(PSTRING target, const STRING *source);
NTSTATUS NTAPI RtlUpcaseUnicodeString(PUNICODE_STRING target, PCUNICODE_STRING source, BOOLEAN allocate);
NTSTATUS NTAPI RtlDowncaseUnicodeString(PUNICODE_STRING target, PCUNICODE_STRING source, BOOLEAN allocate);
NTSTATUS NTAPI RtlAnsiStringToUnicodeString(PUNICODE_STRING target, PCANSI_STRING source, BOOLEAN allocate);
NTSTATUS NTAPI RtlUnicodeStringToAnsiString(PANSI_STRING target, PCUNICODE_STRING source, BOOLEAN allocate);
ULONG NTAPI RtlxAnsiStringToUnicodeSize(PCANSI_STRING string);
ULONG NTAPI RtlxUnicodeStringToAnsiSize(PCUNICODE_STRING string);
ULONG NTAPI RtlxOemStringToUnicodeSize(PCOEM_STRING string);
ULONG NTAPI RtlxUnicodeStringToOemSize(PCUNICODE_STRING string);
NTSTATUS NTAPI RtlOemStringToUnicodeString(PUNICODE_STRING target, PCOEM_STRING source, BOOLEAN allocate);
NTSTATUS NTAPI RtlUnicodeStringToOemString(POEM_STRING target, PCUNICODE_STRING source, BOOLEAN allocate);
VOID NTAPI RtlFreeUnicodeString(PUNICODE_STRING string);
VOID NTAPI RtlFreeAnsiString(PANSI_STRING string);
VOID NTAPI RtlFreeOemString(POEM_STRING string);
NTSTATUS NTAPI RtlIntegerToUnicodeString(ULONG value, ULONG base, PUNICODE_STRING string);
NTSTATUS NTAPI RtlInt64ToUnicodeString(ULONGLONG value, ULONG base, PUNICODE_STRING string);
NTSTATUS NTAPI RtlUnicodeStringToInteger(PCUNICODE_STRING string, ULONG base, PULONG value);
NTSTATUS NTAPI RtlCharToInteger(PCSZ string, ULONG base, PULONG value);
NTSTATUS NTAPI RtlUnicodeToUTF8N(PCHAR target, ULONG size, PULONG bytes, PCWCH source, ULONG source_bytes);
NTSTATUS NTAPI RtlUTF8ToUnicodeN(PWSTR target, ULONG size, PULONG bytes, const CHAR *source, ULONG source_bytes);
NTSTATUS NTAPI RtlMultiByteToUnicodeN(PWCH target, ULONG size, PULONG bytes, const CHAR *source, ULONG source_bytes);
NTSTATUS NTAPI RtlUnicodeToMultiByteN(PCHAR target, ULONG size, PULONG bytes, PCWCH source, ULONG source_bytes);
NTSTATUS NTAPI RtlUpcaseUnicodeToMultiByteN(PCHAR target, ULONG size, PULONG bytes, PCWCH source, ULONG source_bytes);
NTSTATUS NTAPI RtlUnicodeToOemN(PCHAR target, ULONG size, PULONG bytes, PCWCH source, ULONG source_bytes);
NTSTATUS NTAPI RtlOemToUnicodeN(PWSTR target, ULONG size, PULONG bytes, const CHAR *source, ULONG source_bytes);
NTSTATUS NTAPI RtlUnicodeToMultiByteSize(PULONG bytes, PCWCH source, ULONG source_bytes);
NTSTATUS NTAPI RtlMultiByteToUnicodeSize(PULONG bytes, const CHAR *source, ULONG source_bytes);
WCHAR NTAPI RtlAnsiCharToUnicodeChar(PUCHAR *source);
extern BOOLEAN NlsMbCodePageTag;
extern BOOLEAN NlsMbOemCodePageTag;
extern USHORT NlsAnsiCodePage;
extern USHORT NlsOemCodePage;
BOOLEAN NTAPI FsRtlIsNameInExpression(PUNICODE_STRING pattern, PUNICODE_STRING name, BOOLEAN ignore_case, PWCH table);
BOOLEAN NTAPI FsRtlDoesNameContainWildCards(PUNICODE_STRING name);
NTSTATUS NTAPI RtlStringFromGUID(const GUID *guid, PUNICODE_STRING string);
NTSTATUS NTAPI RtlGUIDFromString(PCUNICODE_STRING string, GUID *guid);

// Memory.
SIZE_T NTAPI RtlCompareMemory(const VOID *a, const VOID *b, SIZE_T length);
SIZE_T NTAPI RtlCompareMemoryUlong(PVOID source, SIZE_T length, ULONG pattern);

// Bitmaps.
VOID NTAPI RtlInitializeBitMap(PRTL_BITMAP bitmap, PULONG buffer, ULONG bits);
VOID NTAPI RtlClearBit(PRTL_BITMAP bitmap, ULONG bit);
VOID NTAPI RtlSetBit(PRTL_BITMAP bitmap, ULONG bit);
BOOLEAN NTAPI RtlTestBit(PRTL_BITMAP bitmap, ULONG bit);
VOID NTAPI RtlClearAllBits(PRTL_BITMAP bitmap);
VOID NTAPI RtlSetAllBits(PRTL_BITMAP bitmap);
VOID NTAPI RtlClearBits(PRTL_BITMAP bitmap, ULONG start, ULONG count);
VOID NTAPI RtlSetBits(PRTL_BITMAP bitmap, ULONG start, ULONG count);
ULONG NTAPI RtlFindClearBits(PRTL_BITMAP bitmap, ULONG count, ULONG hint);
ULONG NTAPI RtlFindSetBits(PRTL_BITMAP bitmap, ULONG count, ULONG hint);
ULONG NTAPI RtlFindClearBitsAndSet(PRTL_BITMAP bitmap, ULONG count, ULONG hint);
ULONG NTAPI RtlFindSetBitsAndClear(PRTL_BITMAP bitmap, ULONG count, ULONG hint);
ULONG NTAPI RtlFindClearRuns(PRTL_BITMAP bitmap, PRTL_BITMAP_RUN runs, ULONG count, BOOLEAN longest);
ULONG NTAPI RtlFindFirstRunClear(PRTL_BITMAP bitmap, PULONG start);
ULONG NTAPI RtlFindNextForwardRunClear(PRTL_BITMAP bitmap, ULONG from, PULONG start);
ULONG NTAPI RtlFindLongestRunClear(PRTL_BITMAP bitmap, PULONG start);
ULONG NTAPI RtlFindLastBackwardRunClear(PRTL_BITMAP bitmap, ULONG from, PULONG start);
BOOLEAN NTAPI RtlAreBitsClear(PRTL_BITMAP bitmap, ULONG start, ULONG count);
BOOLEAN NTAPI RtlAreBitsSet(PRTL_BITMAP bitmap, ULONG start, ULONG count);
ULONG NTAPI RtlNumberOfClearBits(PRTL_BITMAP bitmap);
ULONG NTAPI RtlNumberOfSetBits(PRTL_BITMAP bitmap);
CCHAR NTAPI RtlFindLeastSignificantBit(ULONGLONG set);
CCHAR NTAPI RtlFindMostSignificantBit(ULONGLONG set);

// Generic tables.
VOID NTAPI RtlInitializeGenericTable(PRTL_GENERIC_TABLE table, PRTL_GENERIC_COMPARE_ROUTINE compare,
                                     PRTL_GENERIC_ALLOCATE_ROUTINE allocate, PRTL_GENERIC_FREE_ROUTINE release,
                                     PVOID context);
PVOID NTAPI RtlInsertElementGenericTable(PRTL_GENERIC_TABLE table, PVOID buffer, ULONG size, PBOOLEAN is_new);
BOOLEAN NTAPI RtlDeleteElementGenericTable(PRTL_GENERIC_TABLE table, PVOID buffer);
PVOID NTAPI RtlLookupElementGenericTable(PRTL_GENERIC_TABLE table, PVOID buffer);
PVOID NTAPI RtlEnumerateGenericTable(PRTL_GENERIC_TABLE table, BOOLEAN restart);
PVOID NTAPI RtlEnumerateGenericTableWithoutSplaying(PRTL_GENERIC_TABLE table, PVOID *key);
PRTL_SPLAY_LINKS NTAPI RtlSplay(PRTL_SPLAY_LINKS node);
PRTL_SPLAY_LINKS NTAPI RtlRealSuccessor(PRTL_SPLAY_LINKS node);
PRTL_SPLAY_LINKS NTAPI RtlDelete(PRTL_SPLAY_LINKS node);
PVOID NTAPI RtlGetElementGenericTable(PRTL_GENERIC_TABLE table, ULONG index);
ULONG NTAPI RtlNumberGenericTableElements(PRTL_GENERIC_TABLE table);
BOOLEAN NTAPI RtlIsGenericTableEmpty(PRTL_GENERIC_TABLE table);
VOID NTAPI RtlInitializeGenericTableAvl(PRTL_AVL_TABLE table, PRTL_AVL_COMPARE_ROUTINE compare,
                                        PRTL_AVL_ALLOCATE_ROUTINE allocate, PRTL_AVL_FREE_ROUTINE release,
                                        PVOID context);
PVOID NTAPI RtlInsertElementGenericTableAvl(PRTL_AVL_TABLE table, PVOID buffer, ULONG size, PBOOLEAN is_new);
BOOLEAN NTAPI RtlDeleteElementGenericTableAvl(PRTL_AVL_TABLE table, PVOID buffer);
PVOID NTAPI RtlLookupElementGenericTableAvl(PRTL_AVL_TABLE table, PVOID buffer);
PVOID NTAPI RtlEnumerateGenericTableAvl(PRTL_AVL_TABLE table, BOOLEAN restart);
PVOID NTAPI RtlEnumerateGenericTableWithoutSplayingAvl(PRTL_AVL_TABLE table, PVOID *key);
PVOID NTAPI RtlGetElementGenericTableAvl(PRTL_AVL_TABLE table, ULONG index);
ULONG NTAPI RtlNumberGenericTableElementsAvl(PRTL_AVL_TABLE table);
BOOLEAN NTAPI RtlIsGenericTableEmptyAvl(PRTL_AVL_TABLE table);

// Time, random numbers, versions.
VOID NTAPI RtlTimeToTimeFields(PLARGE_INTEGER time, PTIME_FIELDS fields);
BOOLEAN NTAPI RtlTimeFieldsToTime(PTIME_FIELDS fields, PLARGE_INTEGER time);
BOOLEAN NTAPI RtlTimeToSecondsSince1970(PLARGE_INTEGER time, PULONG seconds);
VOID NTAPI RtlSecondsSince1970ToTime(ULONG seconds, PLARGE_INTEGER time);
BOOLEAN NTAPI RtlTimeToSecondsSince1980(PLARGE_INTEGER time, PULONG seconds);
VOID NTAPI RtlSecondsSince1980ToTime(ULONG seconds, PLARGE_INTEGER time);
ULONG NTAPI RtlRandom(PULONG seed);
ULONG NTAPI RtlRandomEx(PULONG seed);
NTSTATUS NTAPI RtlGetVersion(PRTL_OSVERSIONINFOW information);
NTSTATUS NTAPI RtlVerifyVersionInfo(PRTL_OSVERSIONINFOEXW information, ULONG mask, ULONGLONG conditions);
ULONGLONG NTAPI VerSetConditionMask(ULONGLONG mask, ULONG type, UCHAR condition);
BOOLEAN NTAPI RtlIsNtDdiVersionAvailable(ULONG version);

// Security structures.
ULONG NTAPI RtlLengthSid(PSID sid);
ULONG NTAPI RtlLengthRequiredSid(ULONG count);
BOOLEAN NTAPI RtlValidSid(PSID sid);
BOOLEAN NTAPI RtlEqualSid(PSID a, PSID b);
NTSTATUS NTAPI RtlInitializeSid(PSID sid, PSID_IDENTIFIER_AUTHORITY authority, UCHAR count);
PULONG NTAPI RtlSubAuthoritySid(PSID sid, ULONG index);
PUCHAR NTAPI RtlSubAuthorityCountSid(PSID sid);
NTSTATUS NTAPI RtlCopySid(ULONG length, PSID target, PSID source);
NTSTATUS NTAPI RtlConvertSidToUnicodeString(PUNICODE_STRING string, PSID sid, BOOLEAN allocate);
NTSTATUS NTAPI RtlCreateAcl(PACL acl, ULONG length, ULONG revision);
NTSTATUS NTAPI RtlAddAccessAllowedAce(PACL acl, ULONG revision, ACCESS_MASK access, PSID sid);
NTSTATUS NTAPI RtlAddAccessAllowedAceEx(PACL acl, ULONG revision, ULONG flags, ACCESS_MASK access, PSID sid);
NTSTATUS NTAPI RtlAddAccessDeniedAce(PACL acl, ULONG revision, ACCESS_MASK access, PSID sid);
NTSTATUS NTAPI RtlAddAccessDeniedAceEx(PACL acl, ULONG revision, ULONG flags, ACCESS_MASK access, PSID sid);
NTSTATUS NTAPI RtlAddAce(PACL acl, ULONG revision, ULONG index, PVOID aces, ULONG length);
NTSTATUS NTAPI RtlDeleteAce(PACL acl, ULONG index);
NTSTATUS NTAPI RtlGetAce(PACL acl, ULONG index, PVOID *ace);
BOOLEAN NTAPI RtlFirstFreeAce(PACL acl, PVOID *ace);
NTSTATUS NTAPI RtlQueryInformationAcl(PACL acl, PVOID information, ULONG length,
                                      ACL_INFORMATION_CLASS information_class);
BOOLEAN NTAPI RtlValidAcl(PACL acl);
NTSTATUS NTAPI RtlCreateSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor, ULONG revision);
ULONG NTAPI RtlLengthSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor);
BOOLEAN NTAPI RtlValidSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor);
BOOLEAN NTAPI RtlValidRelativeSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor, ULONG length,
                                                 SECURITY_INFORMATION required);
NTSTATUS NTAPI RtlSetDaclSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor, BOOLEAN present, PACL dacl,
                                            BOOLEAN defaulted);
NTSTATUS NTAPI RtlGetDaclSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor, PBOOLEAN present, PACL *dacl,
                                            PBOOLEAN defaulted);
NTSTATUS NTAPI RtlSetSaclSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor, BOOLEAN present, PACL sacl,
                                            BOOLEAN defaulted);
NTSTATUS NTAPI RtlGetSaclSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor, PBOOLEAN present, PACL *sacl,
                                            PBOOLEAN defaulted);
NTSTATUS NTAPI RtlGetControlSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor, PSECURITY_DESCRIPTOR_CONTROL control,
                                               PULONG revision);
NTSTATUS NTAPI RtlSetControlSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor, SECURITY_DESCRIPTOR_CONTROL mask,
                                               SECURITY_DESCRIPTOR_CONTROL control);
NTSTATUS NTAPI RtlSetOwnerSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor, PSID owner, BOOLEAN defaulted);
NTSTATUS NTAPI RtlGetOwnerSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor, PSID *owner, PBOOLEAN defaulted);
NTSTATUS NTAPI RtlSetGroupSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor, PSID group, BOOLEAN defaulted);
NTSTATUS NTAPI RtlGetGroupSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor, PSID *group, PBOOLEAN defaulted);
NTSTATUS NTAPI RtlAbsoluteToSelfRelativeSD(PSECURITY_DESCRIPTOR absolute, PSECURITY_DESCRIPTOR relative, PULONG length);
NTSTATUS NTAPI RtlSelfRelativeToAbsoluteSD(PSECURITY_DESCRIPTOR relative, PSECURITY_DESCRIPTOR absolute,
                                           PULONG absolute_size, PACL dacl, PULONG dacl_size, PACL sacl,
                                           PULONG sacl_size, PSID owner, PULONG owner_size, PSID group,
                                           PULONG group_size);
VOID NTAPI RtlMapGenericMask(PACCESS_MASK access, const GENERIC_MAPPING *mapping);
BOOLEAN NTAPI RtlAreAllAccessesGranted(ACCESS_MASK granted, ACCESS_MASK desired);
BOOLEAN NTAPI RtlAreAnyAccessesGranted(ACCESS_MASK granted, ACCESS_MASK desired);

// The registry.
NTSTATUS NTAPI RtlQueryRegistryValues(ULONG relative_to, PCWSTR path, PRTL_QUERY_REGISTRY_TABLE table, PVOID context,
                                      PVOID environment);
NTSTATUS NTAPI RtlWriteRegistryValue(ULONG relative_to, PCWSTR path, PCWSTR name, ULONG type, PVOID data, ULONG length);
NTSTATUS NTAPI RtlDeleteRegistryValue(ULONG relative_to, PCWSTR path, PCWSTR name);
NTSTATUS NTAPI RtlCheckRegistryKey(ULONG relative_to, PWSTR path);
NTSTATUS NTAPI RtlCreateRegistryKey(ULONG relative_to, PWSTR path);

// Images, exceptions, stacks.
PVOID NTAPI RtlImageNtHeader(PVOID base);
NTSTATUS NTAPI RtlVolumeDeviceToDosName(PVOID device, PUNICODE_STRING name);
PVOID NTAPI RtlImageDirectoryEntryToData(PVOID base, BOOLEAN mapped_as_image, USHORT directory, PULONG size);
PVOID NTAPI RtlFindExportedRoutineByName(PVOID base, PCSTR name);
PVOID NTAPI RtlPcToFileHeader(PVOID pc, PVOID *base);
PRUNTIME_FUNCTION NTAPI RtlLookupFunctionEntry(ULONG64 pc, PULONG64 base, PUNWIND_HISTORY_TABLE history);
PEXCEPTION_ROUTINE NTAPI RtlVirtualUnwind(ULONG handler_type, ULONG64 image_base, ULONG64 pc,
                                          PRUNTIME_FUNCTION function, PCONTEXT context, PVOID *handler_data,
                                          PULONG64 establisher_frame, PKNONVOLATILE_CONTEXT_POINTERS pointers);
VOID NTAPI RtlUnwind(PVOID target_frame, PVOID target_ip, PEXCEPTION_RECORD record, PVOID return_value);
VOID NTAPI RtlUnwindEx(PVOID target_frame, PVOID target_ip, PEXCEPTION_RECORD record, PVOID return_value,
                       PCONTEXT context, PUNWIND_HISTORY_TABLE history);
VOID NTAPI RtlRaiseException(PEXCEPTION_RECORD record);
NTAPI_NORETURN VOID RtlRaiseStatus(NTSTATUS status);
VOID NTAPI RtlCaptureContext(PCONTEXT context);
VOID NTAPI RtlRestoreContext(PCONTEXT context, PEXCEPTION_RECORD record);
USHORT NTAPI RtlCaptureStackBackTrace(ULONG skip, ULONG count, PVOID *trace, PULONG hash);
ULONG NTAPI RtlWalkFrameChain(PVOID *callers, ULONG count, ULONG flags);
VOID NTAPI RtlAssert(PVOID assertion, PVOID file, ULONG line, PSTR message);
ULONG NTAPI RtlNtStatusToDosError(NTSTATUS status);
ULONG NTAPI RtlNtStatusToDosErrorNoTeb(NTSTATUS status);
EXCEPTION_DISPOSITION NTAPI __C_specific_handler(PEXCEPTION_RECORD record, PVOID frame, PCONTEXT context,
                                                 PDISPATCHER_CONTEXT dispatcher);
VOID NTAPI __chkstk(void);
