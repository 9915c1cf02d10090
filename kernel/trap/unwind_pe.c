// Unwinding drivers' frames by their .pdata and .xdata.
//
//     pc --RtlLookupFunctionEntry--> RUNTIME_FUNCTION --> UNWIND_INFO --RtlVirtualUnwind--> the caller's registers
//
// What the image says about itself is not believed: every read is guarded, chains have a limit, and an unknown
// unwind code ends the walk.
//
// https://learn.microsoft.com/cpp/build/exception-handling-x64
// https://learn.microsoft.com/windows/win32/api/winnt/nf-winnt-rtlvirtualunwind
#include "trap/unwind.h"

#include "ldr/patch.h"

#include <stddef.h>

enum {
    CHAIN_LIMIT = 32,
    INDIRECT = 1, // low bit of UnwindData: the RVA of another RUNTIME_FUNCTION
    FAR_SLOTS = 3,
};

struct info {
    UNWIND_INFO head;
    UNWIND_CODE codes[256];
    uint64_t tail; // the handler's RVA or the chained RUNTIME_FUNCTION
};

static bool load_info(uint64_t image_base, ULONG rva, struct info *info)
{
    uint64_t address = image_base + rva, codes = address + offsetof(UNWIND_INFO, UnwindCode);
    if (!unwind_read(address, &info->head, offsetof(UNWIND_INFO, UnwindCode)) || info->head.Version < 1 ||
        info->head.Version > 2)
        return false;
    info->tail = codes + (info->head.CountOfCodes + 1u) / 2 * 2 * sizeof(UNWIND_CODE);
    return unwind_read(codes, info->codes, info->head.CountOfCodes * sizeof(UNWIND_CODE));
}

// How many of the 16-bit slots this code takes; 0: it is none.
static unsigned slots_of(UNWIND_CODE code)
{
    switch (code.UnwindOp) {
    case UWOP_PUSH_NONVOL:
    case UWOP_ALLOC_SMALL:
    case UWOP_SET_FPREG:
    case UWOP_PUSH_MACHFRAME:
        return 1;
    case UWOP_ALLOC_LARGE:
        return code.OpInfo ? 3 : 2;
    case UWOP_SAVE_NONVOL:
    case UWOP_SAVE_XMM128:
    case UWOP_EPILOG:
        return 2;
    case UWOP_SAVE_NONVOL_FAR:
    case UWOP_SAVE_XMM128_FAR:
        return 3;
    default:
        return 0;
    }
}

// The operand in the slots after a code: one slot, times scale, or two as they are.
static uint32_t operand(const struct info *info, unsigned at, unsigned slots, unsigned scale)
{
    uint32_t low = at + 1 < info->head.CountOfCodes ? info->codes[at + 1].FrameOffset : 0;
    uint32_t high = at + 2 < info->head.CountOfCodes ? info->codes[at + 2].FrameOffset : 0;
    return slots == FAR_SLOTS ? low | high << 16 : low * scale;
}

static uint64_t frame_base(const UNWIND_INFO *head, PCONTEXT context)
{
    return *unwind_integer(context, head->FrameRegister) - head->FrameOffset * 16u;
}

// What the function calls its frame: the frame register's base once that is set, the stack pointer otherwise.
static uint64_t establisher_of(const struct info *info, uint64_t offset, PCONTEXT context)
{
    if (info->head.FrameRegister == 0)
        return context->Rsp;
    if (offset >= info->head.SizeOfProlog || info->head.Flags & UNW_FLAG_CHAININFO)
        return frame_base(&info->head, context);
    for (unsigned at = 0, slots; at < info->head.CountOfCodes; at += slots) {
        slots = slots_of(info->codes[at]);
        if (slots == 0)
            break;
        if (info->codes[at].UnwindOp == UWOP_SET_FPREG && offset >= info->codes[at].CodeOffset)
            return frame_base(&info->head, context);
    }
    return context->Rsp;
}

struct undoing {
    PCONTEXT context;
    PKNONVOLATILE_CONTEXT_POINTERS pointers;
    uint64_t frame;
    bool machine_frame; // a trap frame gave rip and rsp
};

static bool restore_integer(struct undoing *undoing, unsigned number, uint64_t address)
{
    if (undoing->pointers)
        undoing->pointers->IntegerContext[number] = (PULONG64)(uintptr_t)address;
    return unwind_read(address, unwind_integer(undoing->context, number), sizeof(ULONG64));
}

static bool restore_vector(struct undoing *undoing, unsigned number, uint64_t address)
{
    if (undoing->pointers)
        undoing->pointers->FloatingContext[number] = (PM128A)(uintptr_t)address;
    return unwind_read(address, &undoing->context->Xmm0 + number, sizeof(M128A));
}

static bool restore_machine_frame(struct undoing *undoing, bool error_code)
{
    uint64_t frame[5]; // rip, cs, flags, rsp, ss
    if (!unwind_read(undoing->context->Rsp + (error_code ? 8 : 0), frame, sizeof frame))
        return false;
    undoing->context->Rip = frame[0];
    undoing->context->Rsp = frame[3];
    undoing->machine_frame = true;
    return true;
}

static bool undo(struct undoing *undoing, const struct info *info, unsigned at, unsigned slots)
{
    PCONTEXT context = undoing->context;
    UNWIND_CODE code = info->codes[at];
    switch (code.UnwindOp) {
    case UWOP_PUSH_NONVOL:
        return unwind_pop(context, code.OpInfo, undoing->pointers);
    case UWOP_ALLOC_LARGE:
        context->Rsp += operand(info, at, slots, 8);
        return true;
    case UWOP_ALLOC_SMALL:
        context->Rsp += code.OpInfo * 8u + 8;
        return true;
    case UWOP_SET_FPREG:
        context->Rsp = frame_base(&info->head, context);
        return true;
    case UWOP_SAVE_NONVOL:
    case UWOP_SAVE_NONVOL_FAR:
        return restore_integer(undoing, code.OpInfo, undoing->frame + operand(info, at, slots, 8));
    case UWOP_SAVE_XMM128:
    case UWOP_SAVE_XMM128_FAR:
        return restore_vector(undoing, code.OpInfo, undoing->frame + operand(info, at, slots, 16));
    case UWOP_PUSH_MACHFRAME:
        return restore_machine_frame(undoing, code.OpInfo != 0);
    default: // UWOP_EPILOG says where epilogues are; unwind_epilogue sees that from the code
        return true;
    }
}

// Undo the prologue as far as it had run at `offset` from the function's beginning.
static bool undo_prologue(struct undoing *undoing, const struct info *info, uint64_t offset)
{
    for (unsigned at = 0, slots; at < info->head.CountOfCodes; at += slots) {
        slots = slots_of(info->codes[at]);
        if (slots == 0)
            return false;
        if (offset >= info->codes[at].CodeOffset && !undo(undoing, info, at, slots))
            return false;
    }
    return true;
}

// Undo a function and what it is chained to; info is the last one's afterwards.
static bool undo_function(struct undoing *undoing, struct info *info, uint64_t image_base, uint64_t offset)
{
    RUNTIME_FUNCTION parent;
    if (!undo_prologue(undoing, info, offset))
        return false;
    for (int chained = 0; info->head.Flags & UNW_FLAG_CHAININFO; chained++)
        if (chained == CHAIN_LIMIT || !unwind_read(info->tail, &parent, sizeof parent) ||
            !load_info(image_base, parent.UnwindData, info) || !undo_prologue(undoing, info, UINT64_MAX))
            return false;
    return undoing->machine_frame || unwind_return(undoing->context);
}

static PEXCEPTION_ROUTINE handler_of(const struct info *info, ULONG type, uint64_t image_base, PVOID *data)
{
    ULONG rva;
    if (!(info->head.Flags & type & (UNW_FLAG_EHANDLER | UNW_FLAG_UHANDLER)) ||
        !unwind_read(info->tail, &rva, sizeof rva))
        return NULL;
    *data = (PVOID)(uintptr_t)(info->tail + sizeof rva);
    return (PEXCEPTION_ROUTINE)(uintptr_t)(image_base + rva);
}

// The handler of the wanted type, or NULL; an unreadable stack or a broken table leaves Rip 0.
PEXCEPTION_ROUTINE NTAPI RtlVirtualUnwind(ULONG type, ULONG64 image_base, ULONG64 pc, PRUNTIME_FUNCTION function,
                                          PCONTEXT context, PVOID *handler_data, PULONG64 establisher,
                                          PKNONVOLATILE_CONTEXT_POINTERS pointers)
{
    struct undoing undoing = {.context = context, .pointers = pointers};
    RUNTIME_FUNCTION entry;
    struct info info;
    *handler_data = NULL;
    *establisher = context->Rsp;
    if (!unwind_read((uint64_t)(uintptr_t)function, &entry, sizeof entry) ||
        !load_info(image_base, entry.UnwindData, &info)) {
        context->Rip = 0;
        return NULL;
    }
    uint64_t begin = image_base + entry.BeginAddress, offset = pc - begin;
    bool body = offset >= info.head.SizeOfProlog;
    *establisher = undoing.frame = establisher_of(&info, offset, context);
    if (body && unwind_epilogue(pc, begin, image_base + entry.EndAddress, &info.head, context, pointers))
        return NULL;
    if (!undo_function(&undoing, &info, image_base, offset)) {
        context->Rip = 0;
        return NULL;
    }
    return body ? handler_of(&info, type, image_base, handler_data) : NULL;
}

static PRUNTIME_FUNCTION search(const struct ldr_image *image, ULONG rva)
{
    PRUNTIME_FUNCTION table = (PRUNTIME_FUNCTION)(uintptr_t)image->pdata;
    size_t low = 0, high = table ? image->pdata_size / sizeof *table : 0;
    while (low < high) {
        size_t middle = (low + high) / 2;
        RUNTIME_FUNCTION entry;
        if (!unwind_read((uint64_t)(uintptr_t)&table[middle], &entry, sizeof entry))
            return NULL;
        if (rva < entry.BeginAddress)
            high = middle;
        else if (rva >= entry.EndAddress)
            low = middle + 1;
        else
            return &table[middle];
    }
    return NULL;
}

// NULL: a leaf function, or no driver's code at all (then *base is 0). The history is not needed here.
PRUNTIME_FUNCTION NTAPI RtlLookupFunctionEntry(ULONG64 pc, PULONG64 base, PUNWIND_HISTORY_TABLE history)
{
    const struct ldr_image *image = ldr_find_image((const void *)(uintptr_t)pc);
    RUNTIME_FUNCTION entry;
    (void)history;
    *base = image ? (ULONG64)(uintptr_t)image->base : 0;
    if (!image)
        return NULL;
    PRUNTIME_FUNCTION found = search(image, (ULONG)(pc - *base));
    if (found && unwind_read((uint64_t)(uintptr_t)found, &entry, sizeof entry) && entry.UnwindData & INDIRECT)
        found = (PRUNTIME_FUNCTION)(uintptr_t)(*base + (entry.UnwindData & ~(ULONG)INDIRECT));
    return found;
}
