// What every driver of ours carries for the loader: the load configuration, with the stack cookie.
//
// The loader overwrites the default cookie with a random one before DriverEntry runs. The compiler checks it
// (-fstack-protector-strong) under the names __stack_chk_guard and __stack_chk_fail; it is the same cell that
// the load configuration calls SecurityCookie, as with Microsoft's /GS. A smashed stack ends in the fast-fail
// that /GS uses.

#include <ntdef.h>
#include <ntimage.h>

#define DEFAULT_COOKIE 0x00002B992DDFA232 // the value by which the loader knows that it has not been set yet

extern const IMAGE_LOAD_CONFIG_DIRECTORY64 _load_config_used;
void __stack_chk_fail(void);

UINT64 __stack_chk_guard = DEFAULT_COOKIE;

const IMAGE_LOAD_CONFIG_DIRECTORY64 _load_config_used = {
    .Size = sizeof _load_config_used,
    .SecurityCookie = (UINT64)&__stack_chk_guard,
};

__attribute__((noreturn, no_stack_protector)) void __stack_chk_fail(void)
{
    __asm__ volatile("int $0x29" : : "c"(2)); // FAST_FAIL_STACK_COOKIE_CHECK_FAILURE
    __builtin_unreachable();
}
