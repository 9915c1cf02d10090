// The basic types and macros of Win32, for Linux programs.
//
// Names, sizes and values are those of the Windows headers (LLP64): LONG and DWORD have 32 bits, WCHAR
// has 16. Programs are compiled with -fshort-wchar, which makes L"..." an array of WCHAR. The calls follow
// the host's own calling convention: WINAPI says nothing here.
//
// The library's own sources see the NT headers too (win32/win32.h). These define the types and constants that
// both worlds share; NTHOST_NT_TYPES says that they have been read.
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
static_assert(sizeof(wchar_t) == 2, "compile programs that use windows.h with -fshort-wchar");
#define NTHOST_BEGIN_C extern "C" {
#define NTHOST_END_C   }
#else
_Static_assert(sizeof(wchar_t) == 2, "compile programs that use windows.h with -fshort-wchar");
#define NTHOST_BEGIN_C
#define NTHOST_END_C
#endif

#ifndef WIN32
#define WIN32 1
#endif

#define WINAPI
#define CALLBACK
#define APIENTRY
#define WINBASEAPI __attribute__((visibility("default")))
#define WINADVAPI  __attribute__((visibility("default")))
#ifndef __cdecl
#define __cdecl
#endif
#ifndef __stdcall
#define __stdcall
#endif
#ifndef __int64
#define __int64 long long
#endif
#ifndef IN
#define IN
#endif
#ifndef OUT
#define OUT
#endif
#ifndef OPTIONAL
#define OPTIONAL
#endif
#ifndef CONST
#define CONST const
#endif

#define MAX_PATH 260

NTHOST_BEGIN_C

#ifndef NTHOST_NT_TYPES

#define VOID  void
#define TRUE  1
#define FALSE 0

typedef char CHAR;
typedef char CCHAR;
typedef uint8_t UCHAR;
typedef uint8_t BYTE;
typedef uint8_t BOOLEAN;
typedef int16_t SHORT;
typedef uint16_t USHORT;
typedef uint16_t WORD;
typedef int32_t INT;
typedef uint32_t UINT;
typedef int32_t LONG;
typedef uint32_t ULONG;
typedef uint32_t DWORD;
typedef int32_t BOOL;
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
typedef int32_t HRESULT;
#ifdef __cplusplus
typedef wchar_t WCHAR;
#else
typedef uint16_t WCHAR;
#endif

typedef void *PVOID;
typedef void *LPVOID;
typedef void *HANDLE;
typedef CHAR *PCHAR, *PSTR, *PSZ, *LPSTR;
typedef const CHAR *PCSTR, *LPCSTR;
typedef WCHAR *PWCHAR, *PWSTR, *LPWSTR;
typedef const WCHAR *PCWSTR, *LPCWSTR;
typedef UCHAR *PUCHAR;
typedef BYTE *PBYTE;
typedef BOOLEAN *PBOOLEAN;
typedef SHORT *PSHORT;
typedef USHORT *PUSHORT;
typedef LONG *PLONG;
typedef ULONG *PULONG;
typedef DWORD *PDWORD;
typedef LONGLONG *PLONGLONG;
typedef ULONGLONG *PULONGLONG;
typedef ULONG64 *PULONG64;
typedef LONG_PTR *PLONG_PTR;
typedef ULONG_PTR *PULONG_PTR;
typedef SIZE_T *PSIZE_T;
typedef HANDLE *PHANDLE;
typedef PVOID PSECURITY_DESCRIPTOR;
typedef PVOID PSID;

#endif // NTHOST_NT_TYPES

typedef const void *LPCVOID;
typedef BOOL *PBOOL, *LPBOOL;
typedef BYTE *LPBYTE;
typedef WORD *PWORD, *LPWORD;
typedef INT *PINT, *LPINT;
typedef UINT *PUINT;
typedef LONG *LPLONG;
typedef DWORD *LPDWORD;
typedef DWORD_PTR *PDWORD_PTR;
typedef float FLOAT;
typedef const CHAR *LPCCH;
typedef WCHAR *LPWCH;
typedef const WCHAR *LPCWCH;
typedef HANDLE *LPHANDLE;
typedef HANDLE HLOCAL;
typedef HANDLE HGLOBAL;

#define DECLARE_HANDLE(name)                                                                                           \
    struct name##__ {                                                                                                  \
        int unused;                                                                                                    \
    };                                                                                                                 \
    typedef struct name##__ *name

#define LOWORD(value)       ((WORD)((DWORD_PTR)(value)&0xffff))
#define HIWORD(value)       ((WORD)(((DWORD_PTR)(value) >> 16) & 0xffff))
#define LOBYTE(value)       ((BYTE)((DWORD_PTR)(value)&0xff))
#define HIBYTE(value)       ((BYTE)(((DWORD_PTR)(value) >> 8) & 0xff))
#define MAKEWORD(low, high) ((WORD)((BYTE)(low) | (WORD)((BYTE)(high)) << 8))
#define MAKELONG(low, high) ((LONG)((WORD)(low) | (DWORD)((WORD)(high)) << 16))

NTHOST_END_C
