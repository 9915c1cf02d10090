// Memory: MDLs, probing, locking and mapping, page protections, sections.
#pragma once

#include <nt/ex.h>

#define PAGE_SIZE  0x1000
#define PAGE_SHIFT 12

#define PAGE_ALIGN(address)   ((PVOID)((ULONG_PTR)(address) & ~(ULONG_PTR)(PAGE_SIZE - 1)))
#define BYTE_OFFSET(address)  ((ULONG)((ULONG_PTR)(address) & (PAGE_SIZE - 1)))
#define BYTES_TO_PAGES(bytes) (((bytes) >> PAGE_SHIFT) + (((bytes) & (PAGE_SIZE - 1)) != 0))
#define ROUND_TO_PAGES(bytes) (((ULONG_PTR)(bytes) + PAGE_SIZE - 1) & ~(ULONG_PTR)(PAGE_SIZE - 1))
#define ADDRESS_AND_SIZE_TO_SPAN_PAGES(address, size)                                                                  \
    ((ULONG)((BYTE_OFFSET(address) + (SIZE_T)(size) + (PAGE_SIZE - 1)) >> PAGE_SHIFT))

#define PAGE_NOACCESS          0x01
#define PAGE_READONLY          0x02
#define PAGE_READWRITE         0x04
#define PAGE_WRITECOPY         0x08
#define PAGE_EXECUTE           0x10
#define PAGE_EXECUTE_READ      0x20
#define PAGE_EXECUTE_READWRITE 0x40
#define PAGE_EXECUTE_WRITECOPY 0x80
#define PAGE_GUARD             0x100
#define PAGE_NOCACHE           0x200
#define PAGE_WRITECOMBINE      0x400

#define MEM_COMMIT      0x00001000
#define MEM_RESERVE     0x00002000
#define MEM_DECOMMIT    0x00004000
#define MEM_RELEASE     0x00008000
#define MEM_FREE        0x00010000
#define MEM_PRIVATE     0x00020000
#define MEM_MAPPED      0x00040000
#define MEM_RESET       0x00080000
#define MEM_TOP_DOWN    0x00100000
#define MEM_LARGE_PAGES 0x20000000
#define MEM_IMAGE       0x01000000

#define SEC_FILE    0x00800000
#define SEC_IMAGE   0x01000000
#define SEC_RESERVE 0x04000000
#define SEC_COMMIT  0x08000000
#define SEC_NOCACHE 0x10000000

#define SECTION_QUERY       0x0001
#define SECTION_MAP_WRITE   0x0002
#define SECTION_MAP_READ    0x0004
#define SECTION_MAP_EXECUTE 0x0008
#define SECTION_EXTEND_SIZE 0x0010
#define SECTION_ALL_ACCESS  0x000F001F

// The page frame numbers follow the structure.
typedef struct _MDL {
    struct _MDL *Next;
    CSHORT Size;
    CSHORT MdlFlags;
    struct _EPROCESS *Process;
    PVOID MappedSystemVa;
    PVOID StartVa; // page aligned
    ULONG ByteCount;
    ULONG ByteOffset; // within the first page
} MDL;

#define MDL_MAPPED_TO_SYSTEM_VA     0x0001
#define MDL_PAGES_LOCKED            0x0002
#define MDL_SOURCE_IS_NONPAGED_POOL 0x0004
#define MDL_ALLOCATED_FIXED_SIZE    0x0008
#define MDL_PARTIAL                 0x0010
#define MDL_PARTIAL_HAS_BEEN_MAPPED 0x0020
#define MDL_IO_PAGE_READ            0x0040
#define MDL_WRITE_OPERATION         0x0080
#define MDL_LOCKED_PAGE_TABLES      0x0100
#define MDL_PARENT_MAPPED_SYSTEM_VA MDL_LOCKED_PAGE_TABLES
#define MDL_FREE_EXTRA_PTES         0x0200
#define MDL_DESCRIBES_AWE           0x0400
#define MDL_IO_SPACE                0x0800
#define MDL_NETWORK_HEADER          0x1000
#define MDL_MAPPING_CAN_FAIL        0x2000
#define MDL_PAGE_CONTENTS_INVARIANT 0x4000
#define MDL_ALLOCATED_MUST_SUCCEED  MDL_PAGE_CONTENTS_INVARIANT
#define MDL_INTERNAL                0x8000

#define MmGetMdlByteCount(mdl)      ((mdl)->ByteCount)
#define MmGetMdlByteOffset(mdl)     ((mdl)->ByteOffset)
#define MmGetMdlBaseVa(mdl)         ((mdl)->StartVa)
#define MmGetMdlVirtualAddress(mdl) ((PVOID)((PCHAR)(mdl)->StartVa + (mdl)->ByteOffset))
#define MmGetMdlPfnArray(mdl)       ((PPFN_NUMBER)((mdl) + 1))

#define MmInitializeMdl(mdl, base, length)                                                                             \
    ((mdl)->Next = NULL,                                                                                               \
     (mdl)->Size = (CSHORT)(sizeof(MDL) + sizeof(PFN_NUMBER) * ADDRESS_AND_SIZE_TO_SPAN_PAGES(base, length)),          \
     (mdl)->MdlFlags = 0, (mdl)->StartVa = PAGE_ALIGN(base), (mdl)->ByteOffset = BYTE_OFFSET(base),                    \
     (mdl)->ByteCount = (ULONG)(length))

typedef enum _LOCK_OPERATION { IoReadAccess, IoWriteAccess, IoModifyAccess } LOCK_OPERATION;

typedef enum _MEMORY_CACHING_TYPE {
    MmNonCached,
    MmCached,
    MmWriteCombined,
    MmHardwareCoherentCached,
    MmNonCachedUnordered,
    MmUSWCCached,
    MmMaximumCacheType,
    MmNotMapped = -1,
} MEMORY_CACHING_TYPE;

typedef enum _MM_PAGE_PRIORITY { LowPagePriority = 0, NormalPagePriority = 16, HighPagePriority = 32 } MM_PAGE_PRIORITY;

#define MdlMappingNoWrite   0x80000000
#define MdlMappingNoExecute 0x40000000

typedef enum _MM_SYSTEM_SIZE { MmSmallSystem, MmMediumSystem, MmLargeSystem } MM_SYSTEMSIZE;

typedef enum _SECTION_INHERIT { ViewShare = 1, ViewUnmap = 2 } SECTION_INHERIT;

typedef struct _PHYSICAL_MEMORY_RANGE {
    PHYSICAL_ADDRESS BaseAddress;
    LARGE_INTEGER NumberOfBytes;
} PHYSICAL_MEMORY_RANGE, *PPHYSICAL_MEMORY_RANGE;

typedef struct _MM_COPY_ADDRESS {
    union {
        PVOID VirtualAddress;
        PHYSICAL_ADDRESS PhysicalAddress;
    };
} MM_COPY_ADDRESS, *PMMCOPY_ADDRESS;

#define MM_COPY_MEMORY_PHYSICAL 0x1
#define MM_COPY_MEMORY_VIRTUAL  0x2

typedef struct _MEMORY_BASIC_INFORMATION {
    PVOID BaseAddress;
    PVOID AllocationBase;
    ULONG AllocationProtect;
    USHORT PartitionId;
    SIZE_T RegionSize;
    ULONG State;
    ULONG Protect;
    ULONG Type;
} MEMORY_BASIC_INFORMATION, *PMEMORY_BASIC_INFORMATION;

typedef enum _MEMORY_INFORMATION_CLASS { MemoryBasicInformation } MEMORY_INFORMATION_CLASS;

VOID NTAPI MmProbeAndLockPages(PMDL mdl, KPROCESSOR_MODE mode, LOCK_OPERATION operation);
VOID NTAPI MmProbeAndLockProcessPages(PMDL mdl, PEPROCESS process, KPROCESSOR_MODE mode, LOCK_OPERATION operation);
VOID NTAPI MmUnlockPages(PMDL mdl);
VOID NTAPI MmBuildMdlForNonPagedPool(PMDL mdl);
PVOID NTAPI MmMapLockedPages(PMDL mdl, KPROCESSOR_MODE mode);
PVOID NTAPI MmMapLockedPagesSpecifyCache(PMDL mdl, KPROCESSOR_MODE mode, MEMORY_CACHING_TYPE cache, PVOID address,
                                         ULONG bugcheck_on_failure, ULONG priority);
VOID NTAPI MmUnmapLockedPages(PVOID address, PMDL mdl);
NTSTATUS NTAPI MmProtectMdlSystemAddress(PMDL mdl, ULONG protection);
PMDL NTAPI MmCreateMdl(PMDL mdl, PVOID base, SIZE_T length);
SIZE_T NTAPI MmSizeOfMdl(PVOID base, SIZE_T length);
PMDL NTAPI MmAllocatePagesForMdl(PHYSICAL_ADDRESS low, PHYSICAL_ADDRESS high, PHYSICAL_ADDRESS skip, SIZE_T bytes);
PMDL NTAPI MmAllocatePagesForMdlEx(PHYSICAL_ADDRESS low, PHYSICAL_ADDRESS high, PHYSICAL_ADDRESS skip, SIZE_T bytes,
                                   MEMORY_CACHING_TYPE cache, ULONG flags);
VOID NTAPI MmFreePagesFromMdl(PMDL mdl);

// NULL when the pages cannot be mapped.
FORCEINLINE PVOID MmGetSystemAddressForMdlSafe(PMDL mdl, ULONG priority)
{
    if (mdl->MdlFlags & (MDL_MAPPED_TO_SYSTEM_VA | MDL_SOURCE_IS_NONPAGED_POOL))
        return mdl->MappedSystemVa;
    return MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE, priority);
}

FORCEINLINE VOID MmPrepareMdlForReuse(PMDL mdl)
{
    if ((mdl->MdlFlags & MDL_PARTIAL_HAS_BEEN_MAPPED) != 0)
        MmUnmapLockedPages(mdl->MappedSystemVa, mdl);
}

VOID NTAPI ProbeForRead(const volatile VOID *address, SIZE_T length, ULONG alignment);
VOID NTAPI ProbeForWrite(volatile VOID *address, SIZE_T length, ULONG alignment);
BOOLEAN NTAPI MmIsAddressValid(PVOID address);
PVOID NTAPI MmGetSystemRoutineAddress(PUNICODE_STRING name);
PVOID NTAPI MmMapIoSpace(PHYSICAL_ADDRESS address, SIZE_T bytes, MEMORY_CACHING_TYPE cache);
PVOID NTAPI MmMapIoSpaceEx(PHYSICAL_ADDRESS address, SIZE_T bytes, ULONG protection);
VOID NTAPI MmUnmapIoSpace(PVOID address, SIZE_T bytes);
PHYSICAL_ADDRESS NTAPI MmGetPhysicalAddress(PVOID address);
PVOID NTAPI MmGetVirtualForPhysical(PHYSICAL_ADDRESS address);
PPHYSICAL_MEMORY_RANGE NTAPI MmGetPhysicalMemoryRanges(void);
PVOID NTAPI MmAllocateContiguousMemory(SIZE_T bytes, PHYSICAL_ADDRESS highest);
PVOID NTAPI MmAllocateContiguousMemorySpecifyCache(SIZE_T bytes, PHYSICAL_ADDRESS lowest, PHYSICAL_ADDRESS highest,
                                                   PHYSICAL_ADDRESS boundary, MEMORY_CACHING_TYPE cache);
PVOID NTAPI MmAllocateContiguousMemorySpecifyCacheNode(SIZE_T bytes, PHYSICAL_ADDRESS lowest, PHYSICAL_ADDRESS highest,
                                                       PHYSICAL_ADDRESS boundary, MEMORY_CACHING_TYPE cache,
                                                       ULONG node);
VOID NTAPI MmFreeContiguousMemory(PVOID address);
VOID NTAPI MmFreeContiguousMemorySpecifyCache(PVOID address, SIZE_T bytes, MEMORY_CACHING_TYPE cache);
PVOID NTAPI MmAllocateNonCachedMemory(SIZE_T bytes);
VOID NTAPI MmFreeNonCachedMemory(PVOID address, SIZE_T bytes);
PVOID NTAPI MmAllocateMappingAddress(SIZE_T bytes, ULONG tag);
VOID NTAPI MmFreeMappingAddress(PVOID address, ULONG tag);
NTSTATUS NTAPI MmCopyMemory(PVOID target, MM_COPY_ADDRESS source, SIZE_T bytes, ULONG flags, PSIZE_T copied);
NTSTATUS NTAPI MmCopyVirtualMemory(PEPROCESS from, PVOID source, PEPROCESS to, PVOID target, SIZE_T bytes,
                                   KPROCESSOR_MODE mode, PSIZE_T copied);
HANDLE NTAPI MmSecureVirtualMemory(PVOID address, SIZE_T size, ULONG mode);
VOID NTAPI MmUnsecureVirtualMemory(HANDLE secure);
PVOID NTAPI MmLockPagableDataSection(PVOID address);
VOID NTAPI MmUnlockPagableImageSection(PVOID section);
VOID NTAPI MmLockPagableSectionByHandle(PVOID section);
PVOID NTAPI MmPageEntireDriver(PVOID address);
VOID NTAPI MmResetDriverPaging(PVOID address);
MM_SYSTEMSIZE NTAPI MmQuerySystemSize(void);
BOOLEAN NTAPI MmIsThisAnNtAsSystem(void);
NTSTATUS NTAPI MmMapViewInSystemSpace(PVOID section, PVOID *base, PSIZE_T size);
NTSTATUS NTAPI MmUnmapViewInSystemSpace(PVOID base);
