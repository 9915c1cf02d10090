// FOR_EACH(macro, context, a, b, ...) is macro(context, a) macro(context, b) ... for up to 256 arguments.
#pragma once

#define FE_PARENS       ()
#define FE_EXPAND(...)  FE_EXPAND4(FE_EXPAND4(FE_EXPAND4(FE_EXPAND4(__VA_ARGS__))))
#define FE_EXPAND4(...) FE_EXPAND3(FE_EXPAND3(FE_EXPAND3(FE_EXPAND3(__VA_ARGS__))))
#define FE_EXPAND3(...) FE_EXPAND2(FE_EXPAND2(FE_EXPAND2(FE_EXPAND2(__VA_ARGS__))))
#define FE_EXPAND2(...) FE_EXPAND1(FE_EXPAND1(FE_EXPAND1(FE_EXPAND1(__VA_ARGS__))))
#define FE_EXPAND1(...) __VA_ARGS__

#define FOR_EACH(macro, context, ...) __VA_OPT__(FE_EXPAND(FE_STEP(macro, context, __VA_ARGS__)))
#define FE_STEP(macro, context, first, ...)                                                                            \
    macro(context, first) __VA_OPT__(FE_AGAIN FE_PARENS(macro, context, __VA_ARGS__))
#define FE_AGAIN() FE_STEP
