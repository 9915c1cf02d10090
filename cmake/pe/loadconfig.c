// What every driver of ours carries for the loader: the load configuration, with the stack cookie.
//
// The loader overwrites the default cookie with a random one before DriverEntry runs. The compiler checks it
// (-fstack-protector-strong) under the names __stack_chk_guard and __stack_chk_fail; it is the same cell that
// the load configuration calls SecurityCookie, as with Microsoft's /GS. A smashed stack ends in the fast-fail
// that /GS uses.
//
// With GUARD_CF it has what Microsoft's /guard:cf adds: two pointers to functions, which the loader replaces by its own,
// and the linker's table of call targets.

#include <ntdef.h>
#include <ntimage.h>

#define DEFAULT_COOKIE 0x00002B992DDFA232 // the value by which the loader knows that it has not been set yet

// mingw-w64's structure ends where the guard's members begin.
struct load_config {
    IMAGE_LOAD_CONFIG_DIRECTORY64 head;
#ifdef GUARD_CF
    UINT64 check, dispatch, table, count, flags;
#endif
};
extern const struct load_config _load_config_used;
void __stack_chk_fail(void);

UINT64 __stack_chk_guard = DEFAULT_COOKIE;

#ifdef GUARD_CF
static void Nothing(void)
{
}

__attribute__((naked)) static void Dispatch(void)
{
    __asm__("jmpq *%rax");
}

extern void (*__guard_check_icall_fptr)(void), (*__guard_dispatch_icall_fptr)(void);
void (*__guard_check_icall_fptr)(void) = Nothing;
void (*__guard_dispatch_icall_fptr)(void) = Dispatch;
extern const char __guard_fids_table[], __guard_fids_count[], __guard_flags[]; // the linker's
#endif

const struct load_config _load_config_used = {
    .head = {.Size = sizeof _load_config_used, .SecurityCookie = (UINT64)&__stack_chk_guard},
#ifdef GUARD_CF
    .check = (UINT64)&__guard_check_icall_fptr,
    .dispatch = (UINT64)&__guard_dispatch_icall_fptr,
    .table = (UINT64)__guard_fids_table,
    .count = (UINT64)__guard_fids_count,
    .flags = (UINT64)__guard_flags,
#endif
};

__attribute__((noreturn, no_stack_protector)) void __stack_chk_fail(void)
{
    __asm__ volatile("int $0x29" : : "c"(2)); // FAST_FAIL_STACK_COOKIE_CHECK_FAILURE
    __builtin_unreachable();
}
