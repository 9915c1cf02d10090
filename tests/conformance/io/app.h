// What the files of conformance-io share.
#pragma once

#include <windows.h>
#include <winioctl.h>
#include <stdio.h>
#include <string.h>

#include "io.h"

#define DEVICE    "\\\\.\\NthostIo"
#define DIRECT    "\\\\.\\NthostIoDirect"
#define NEITHER   "\\\\.\\NthostIoNeither"
#define EXCLUSIVE "\\\\.\\NthostIoExclusive"
#define LATE      "\\\\.\\NthostIoLate"

#define UNTOUCHED 0xDEADF00D
#define PATIENCE  3000 // milliseconds until something that must come has not come
#define MOMENT    200  // milliseconds in which something that must not come would have come

extern HANDLE control; // DEVICE, for synchronous calls, for reading and writing

HANDLE open_device(const char *name, DWORD access, DWORD flags);
const char *result(BOOL done); // "TRUE" or "FALSE, error N"; asks GetLastError
BOOL is_set(HANDLE object);    // without waiting
BOOL ask(DWORD code);          // on `control`, without buffers
BOOL tell(DWORD code, void *input, DWORD size);
void finish_one(LONG status); // the oldest kept request
void wait_until_kept(DWORD count);
BOOL start(HANDLE device, DWORD code, ULONG name, OVERLAPPED *overlapped); // an overlapped control code
const char *outcome(HANDLE device, OVERLAPPED *overlapped);                // of an overlapped request, waits PATIENCE

void show_buffers(void);
void show_opens(void);
void show_positions(void);
void show_ends(void);
void show_waits(void);
void show_statuses(void);
