// KUSER_SHARED_DATA at 0xFFFFF78000000000.
//
// No Linux process can have memory at that address, so each access traps. A page that stands for it is mapped where
// Windows shows it to user mode (0x7FFE0000, below 2 GiB). The instruction is encoded anew with that page's absolute
// address, put into a slot of code followed by a jump back, and execution goes there:
//
//     mov eax, [rcx+14h]          (rcx = 0xFFFFF78000000000, traps)
//     slot: mov eax, [7FFE0014h]
//           jmp back
//
// So every instruction that can read memory works, and none is emulated but the string moves, which name no address.
// The clocks in the page are set at each trap. Writing is what it is on Windows: a bugcheck.
//
// Everything here runs in the signal handler.
#include "trap/shared.h"

#include "trap/trap.h"

#include <Zydis/Zydis.h>

#include <string.h>
#include <unistd.h>

enum {
    SLOTS = 1024,
    SLOT_BYTES = 32, // the longest instruction and a jump of 14 bytes
    TICK_100NS = 156250,
    TICK_MULTIPLIER = 0xFA00000, // 15.625 ms in units of 2^-24 ms
    RCX = 1,
    RSI = 6,
    RDI = 7,
};

enum state { ABSENT, BEING_MADE, READY, FAILED };

struct site { // an instruction that has a slot
    uint64_t pc;
    uint8_t length, bytes[ZYDIS_MAX_INSTRUCTION_LENGTH];
};

static _Atomic uint32_t state;
static KUSER_SHARED_DATA *page; // writable
static uint64_t page_shown;     // the same page below 2 GiB, read only
static uint8_t *slots_written;
static const uint8_t *slots_run;
static struct site sites[SLOTS];
static _Atomic unsigned site_count;
static _Atomic uint32_t busy; // a slot is being made, or the clocks are being set

// ---- the page -------------------------------------------------------------------------------------------------------

static void set_time(volatile KSYSTEM_TIME *time, uint64_t value)
{
    time->High2Time = (LONG)(value >> 32);
    time->LowPart = (ULONG)value;
    time->High1Time = (LONG)(value >> 32);
}

static void *map_twice(size_t bytes, const char *name, uintptr_t preferred, unsigned protection, void **second)
{
    int fd;
    void *first = hal_map_shared(bytes, name, &fd);
    if (!first)
        return NULL;
    *second = NULL;
    for (uintptr_t try = preferred; !*second && try + bytes <= INT32_MAX && try >= preferred / 2; try -= 0x10000)
        *second = hal_map_file(try, bytes, protection, fd);
    if (!*second && !preferred)
        *second = hal_map_file(0, bytes, protection, fd);
    close(fd);
    return first;
}

static void fill_constants(void)
{
    static const WCHAR root[] = L"C:\\Windows";
    static const uint8_t features[] = {PF_XMMI_INSTRUCTIONS_AVAILABLE,
                                       PF_RDTSC_INSTRUCTION_AVAILABLE,
                                       PF_PAE_ENABLED,
                                       PF_XMMI64_INSTRUCTIONS_AVAILABLE,
                                       PF_NX_ENABLED,
                                       PF_SSE3_INSTRUCTIONS_AVAILABLE,
                                       PF_COMPARE_EXCHANGE128,
                                       PF_FASTFAIL_AVAILABLE};
    OSVERSIONINFOEXW version = {.dwOSVersionInfoSize = sizeof version};
    RtlGetVersion((PRTL_OSVERSIONINFOW)&version);
    page->TickCountMultiplier = TICK_MULTIPLIER;
    page->ImageNumberLow = page->ImageNumberHigh = 0x8664;
    memcpy(page->NtSystemRoot, root, sizeof root);
    page->LargePageMinimum = 0x200000;
    page->NtBuildNumber = version.dwBuildNumber;
    page->NtMajorVersion = version.dwMajorVersion;
    page->NtMinorVersion = version.dwMinorVersion;
    page->NtProductType = NtProductWinNt;
    page->ProductTypeIsValid = TRUE;
    page->NativeProcessorArchitecture = 9; // x64
    for (size_t i = 0; i < sizeof features; i++)
        page->ProcessorFeatures[features[i]] = TRUE;
    page->SuiteMask = version.wSuiteMask;
    page->NumberOfPhysicalPages = 0x100000;
    page->QpcFrequency = 10000000;
    set_time(&page->TimeZoneBias, (uint64_t)-hal_zone_100ns());
    page->ActiveProcessorCount = hal_processor_count();
    page->ActiveGroupCount = 1;
}

static bool make(void)
{
    void *shown = NULL, *run = NULL;
    page = map_twice(HAL_PAGE, "nthost-shared-data", MM_SHARED_USER_DATA_VA, HAL_READ, &shown);
    slots_written = map_twice(SLOTS * SLOT_BYTES, "nthost-shared-code", 0, HAL_READ | HAL_EXECUTE, &run);
    if (!page || !shown || !slots_written || !run)
        return false;
    page_shown = (uint64_t)(uintptr_t)shown;
    slots_run = run;
    fill_constants();
    return true;
}

static bool ready(void)
{
    uint32_t seen = ABSENT;
    if (atomic_compare_exchange_strong(&state, &seen, BEING_MADE)) {
        atomic_store(&state, make() ? READY : FAILED);
    } else {
        while (atomic_load(&state) == BEING_MADE)
            hal_yield();
    }
    return atomic_load(&state) == READY;
}

static void set_clocks(void)
{
    uint64_t now = ke_interrupt_time();
    set_time(&page->SystemTime, hal_system_time_100ns());
    set_time(&page->InterruptTime, now);
    set_time(&page->TickCount, now / TICK_100NS);
    page->TickCountLowDeprecated = (ULONG)(now / TICK_100NS);
}

// ---- instructions ---------------------------------------------------------------------------------------------------

struct access {
    struct hal_fault *fault;
    uint64_t address;
    uint8_t bytes[ZYDIS_MAX_INSTRUCTION_LENGTH];
    ZydisDecodedInstruction instruction;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
};

static bool decode(struct access *access)
{
    ZydisDecoder decoder;
    size_t length = sizeof access->bytes;
    while (length && !hal_copy(access->bytes, access->fault->instruction, length))
        length--; // the last bytes of a page
    return ZYAN_SUCCESS(ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64)) &&
           ZYAN_SUCCESS(
               ZydisDecoderDecodeFull(&decoder, access->bytes, length, &access->instruction, access->operands));
}

// A string move out of the page: what is left of it, at once.
static bool move_string(const struct access *access, unsigned bytes)
{
    uint64_t *registers = access->fault->registers.integer;
    bool repeated = access->instruction.attributes & (ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE);
    uint64_t count = repeated ? registers[RCX] : 1, offset = registers[RSI] - KI_USER_SHARED_DATA;
    if (access->fault->write || offset >= HAL_PAGE || count > (HAL_PAGE - offset) / bytes ||
        !hal_copy((void *)(uintptr_t)registers[RDI], (char *)page + offset, count * bytes))
        return false;
    registers[RSI] += count * bytes;
    registers[RDI] += count * bytes;
    if (repeated)
        registers[RCX] = 0;
    access->fault->registers.rip += access->instruction.length;
    return true;
}

static bool string_bytes(ZydisMnemonic mnemonic, unsigned *bytes)
{
    *bytes = mnemonic == ZYDIS_MNEMONIC_MOVSB   ? 1
             : mnemonic == ZYDIS_MNEMONIC_MOVSW ? 2
             : mnemonic == ZYDIS_MNEMONIC_MOVSD ? 4
             : mnemonic == ZYDIS_MNEMONIC_MOVSQ ? 8
                                                : 0;
    return *bytes != 0;
}

// The effective address of a memory operand, with the registers of the fault.
static bool address_of(const struct access *access, const ZydisDecodedOperand *operand, uint64_t *address)
{
    ZydisRegisterContext context = {{0}};
    for (int i = 0; i < 16; i++)
        context.values[ZYDIS_REGISTER_RAX + i] = access->fault->registers.integer[i];
    return ZYAN_SUCCESS(
        ZydisCalcAbsoluteAddressEx(&access->instruction, operand, access->fault->registers.rip, &context, address));
}

// The instruction with its memory operand in the page that stands for KUSER_SHARED_DATA.
static bool encode(const struct access *access, uint8_t *code, ZyanUSize *length)
{
    ZydisEncoderRequest request;
    uint64_t address;
    unsigned visible = access->instruction.operand_count_visible;
    if (!ZYAN_SUCCESS(ZydisEncoderDecodedInstructionToEncoderRequest(&access->instruction, access->operands,
                                                                     (ZyanU8)visible, &request)))
        return false;
    for (unsigned i = 0; i < visible; i++) {
        if (access->operands[i].type != ZYDIS_OPERAND_TYPE_MEMORY)
            continue;
        if (access->operands[i].actions & ZYDIS_OPERAND_ACTION_MASK_WRITE ||
            !address_of(access, &access->operands[i], &address) || address - KI_USER_SHARED_DATA >= HAL_PAGE)
            return false;
        request.operands[i].mem.base = request.operands[i].mem.index = ZYDIS_REGISTER_NONE;
        request.operands[i].mem.scale = 0;
        request.operands[i].mem.displacement = (ZyanI64)(page_shown + address - KI_USER_SHARED_DATA);
    }
    request.prefixes &= ~(ZydisInstructionAttributes)ZYDIS_ATTRIB_HAS_SEGMENT;
    *length = ZYDIS_MAX_INSTRUCTION_LENGTH;
    return ZYAN_SUCCESS(ZydisEncoderEncodeInstruction(&request, code, length));
}

// The same registers at the same place may hold another address the next time, so the code is part of the key.
static const uint8_t *find_slot(uint64_t pc, const uint8_t *code, ZyanUSize length)
{
    unsigned count = atomic_load(&site_count);
    for (unsigned i = 0; i < count; i++)
        if (sites[i].pc == pc && sites[i].length == length && memcmp(sites[i].bytes, code, length) == 0)
            return slots_run + i * SLOT_BYTES;
    return NULL;
}

static const uint8_t *make_slot(uint64_t pc, uint64_t back, const uint8_t *code, ZyanUSize length)
{
    static const uint8_t jump[] = {0xFF, 0x25, 0, 0, 0, 0}; // jmp [rip+0]; the address follows
    unsigned i = atomic_load(&site_count);
    uint8_t *slot = slots_written + i * SLOT_BYTES;
    if (i == SLOTS)
        return NULL;
    memcpy(slot, code, length);
    memcpy(slot + length, jump, sizeof jump);
    memcpy(slot + length + sizeof jump, &back, sizeof back);
    sites[i] = (struct site){.pc = pc, .length = (uint8_t)length};
    memcpy(sites[i].bytes, code, length);
    atomic_store(&site_count, i + 1);
    return slots_run + i * SLOT_BYTES;
}

static bool redirect(const struct access *access)
{
    uint8_t code[ZYDIS_MAX_INSTRUCTION_LENGTH];
    ZyanUSize length;
    uint64_t pc = access->fault->registers.rip;
    if (!encode(access, code, &length))
        return false;
    const uint8_t *slot = find_slot(pc, code, length);
    if (!slot)
        slot = make_slot(pc, pc + access->instruction.length, code, length);
    access->fault->registers.rip = (uint64_t)(uintptr_t)slot;
    return slot != NULL;
}

bool trap_shared_data_fault(struct hal_fault *fault)
{
    struct access access = {.fault = fault, .address = (uint64_t)(uintptr_t)fault->address};
    unsigned bytes;
    if (access.address - KI_USER_SHARED_DATA >= HAL_PAGE || fault->write || !ready() || !decode(&access))
        return false;
    while (atomic_exchange(&busy, 1))
        hal_yield();
    set_clocks();
    bool done = string_bytes(access.instruction.mnemonic, &bytes) && access.instruction.operand_count_visible == 0
                    ? move_string(&access, bytes)
                    : redirect(&access);
    atomic_store(&busy, 0);
    return done;
}
