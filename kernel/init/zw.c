// ZwXxx: the services as the kernel calls them. PreviousMode is KernelMode for the time of the call, so handles
// and pointers are trusted (semantics 42). All arguments travel as words, which the ABI allows for integers and
// pointers; that is why the prototypes of nt/zw.h are not included here.
#include "ke/ke_mode.h"

#define PARAMETERS_0  void
#define PARAMETERS_1  ULONG_PTR a
#define PARAMETERS_2  PARAMETERS_1, ULONG_PTR b
#define PARAMETERS_3  PARAMETERS_2, ULONG_PTR c
#define PARAMETERS_4  PARAMETERS_3, ULONG_PTR d
#define PARAMETERS_5  PARAMETERS_4, ULONG_PTR e
#define PARAMETERS_6  PARAMETERS_5, ULONG_PTR f
#define PARAMETERS_7  PARAMETERS_6, ULONG_PTR g
#define PARAMETERS_8  PARAMETERS_7, ULONG_PTR h
#define PARAMETERS_9  PARAMETERS_8, ULONG_PTR i
#define PARAMETERS_10 PARAMETERS_9, ULONG_PTR j
#define PARAMETERS_11 PARAMETERS_10, ULONG_PTR k
#define ARGUMENTS_0
#define ARGUMENTS_1  a
#define ARGUMENTS_2  a, b
#define ARGUMENTS_3  a, b, c
#define ARGUMENTS_4  a, b, c, d
#define ARGUMENTS_5  a, b, c, d, e
#define ARGUMENTS_6  a, b, c, d, e, f
#define ARGUMENTS_7  a, b, c, d, e, f, g
#define ARGUMENTS_8  a, b, c, d, e, f, g, h
#define ARGUMENTS_9  a, b, c, d, e, f, g, h, i
#define ARGUMENTS_10 a, b, c, d, e, f, g, h, i, j
#define ARGUMENTS_11 a, b, c, d, e, f, g, h, i, j, k

#define ZW(name, count)                                                                                                \
    NTSTATUS NTAPI Nt##name(PARAMETERS_##count);                                                                       \
    NTSTATUS NTAPI Zw##name(PARAMETERS_##count);                                                                       \
    NTSTATUS NTAPI Zw##name(PARAMETERS_##count)                                                                        \
    {                                                                                                                  \
        CCHAR before = ke_set_previous_mode(0);                                                                        \
        NTSTATUS status = Nt##name(ARGUMENTS_##count);                                                                 \
        ke_set_previous_mode(before);                                                                                  \
        return status;                                                                                                 \
    }
#include "init/zw.def"
