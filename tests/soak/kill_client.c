// A client of soak-kill: each thread has handles of its own and compares every byte that comes back. It goes on until it
// is killed.
#include <windows.h>
#include <winioctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kill.h"
#include "echo.h"

enum { FEW = 64, LATER_MS = 20000 };

struct worker {
    struct soak_kill *shared;
    unsigned place, index, seed;
    HANDLE buffered, direct, event;
    unsigned char *sent, *got; // ECHO_BYTES each
};

static void wrong(struct worker *worker, const char *what, DWORD number)
{
    fprintf(stderr, "soak-kill: client %u, thread %u: %s (%u)\n", worker->place, worker->index, what, number);
    atomic_fetch_add(&worker->shared->failures, 1);
}

static DWORD fill(struct worker *worker)
{
    bool small = rand_r(&worker->seed) % 4;
    DWORD length = 1 + (DWORD)rand_r(&worker->seed) % (small ? FEW : ECHO_BYTES);
    unsigned char first = (unsigned char)rand_r(&worker->seed), step = (unsigned char)rand_r(&worker->seed);
    for (DWORD i = 0; i < length; i++)
        worker->sent[i] = (unsigned char)(first + i * step + (i >> 8));
    return length;
}

static void compare(struct worker *worker, DWORD length, DWORD got, unsigned char mask)
{
    if (got != length)
        wrong(worker, "a number of bytes", got);
    for (DWORD i = 0; i < length && i < got; i++)
        if (worker->got[i] != (unsigned char)(worker->sent[i] ^ mask)) {
            wrong(worker, "a wrong byte at", i);
            break;
        }
    atomic_fetch_add(&worker->shared->bytes, length);
}

static void write_and_read(struct worker *worker, HANDLE device)
{
    DWORD length = fill(worker), done = 0;
    if (!WriteFile(device, worker->sent, length, &done, NULL) || done != length)
        wrong(worker, "WriteFile", GetLastError());
    memset(worker->got, 0, length);
    if (!ReadFile(device, worker->got, length, &done, NULL))
        wrong(worker, "ReadFile", GetLastError());
    compare(worker, length, done, 0);
}

// Through a handle of its own, sometimes cancelled on its way.
static void invert_later(struct worker *worker)
{
    DWORD length = fill(worker), done = 0;
    OVERLAPPED overlapped = {.hEvent = worker->event};
    HANDLE device = CreateFileA("\\\\.\\EchoBuffered", GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING,
                                FILE_FLAG_OVERLAPPED, NULL);
    if (device == INVALID_HANDLE_VALUE) {
        wrong(worker, "CreateFile", GetLastError());
        return;
    }
    if (!DeviceIoControl(device, IOCTL_ECHO_LATER, worker->sent, length, worker->got, length, NULL, &overlapped) &&
        GetLastError() != ERROR_IO_PENDING)
        wrong(worker, "DeviceIoControl", GetLastError());
    bool cancel = rand_r(&worker->seed) % 8 == 0;
    if (cancel)
        CancelIoEx(device, &overlapped);
    if (WaitForSingleObject(worker->event, LATER_MS) != WAIT_OBJECT_0)
        wrong(worker, "a request is lost", GetLastError());
    else if (GetOverlappedResult(device, &overlapped, &done, FALSE))
        compare(worker, length, done, 0xff);
    else if (!cancel || GetLastError() != ERROR_OPERATION_ABORTED)
        wrong(worker, "GetOverlappedResult", GetLastError());
    CloseHandle(device);
}

static HANDLE open_device(struct worker *worker, const char *name)
{
    HANDLE device = CreateFileA(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    if (device == INVALID_HANDLE_VALUE)
        wrong(worker, name, GetLastError());
    return device;
}

static DWORD WINAPI work(LPVOID parameter)
{
    struct worker *worker = parameter;
    worker->buffered = open_device(worker, "\\\\.\\EchoBuffered");
    worker->direct = open_device(worker, "\\\\.\\EchoDirect");
    worker->event = CreateEventA(NULL, TRUE, FALSE, NULL);
    for (;;) {
        switch (rand_r(&worker->seed) % 8) {
        case 0:
            invert_later(worker);
            break;
        case 1:
        case 2:
        case 3:
            write_and_read(worker, worker->direct);
            break;
        default:
            write_and_read(worker, worker->buffered);
        }
        atomic_fetch_add(&worker->shared->moves[worker->place][worker->index], 1);
    }
    return 0;
}

int soak_kill_client(struct soak_kill *shared, unsigned place, unsigned threads, unsigned seed)
{
    static struct worker workers[SOAK_KILL_THREADS];
    HANDLE thread = NULL;
    for (unsigned i = 0; i < threads; i++) {
        struct worker *worker = &workers[i];
        *worker = (struct worker){.shared = shared, .place = place, .index = i, .seed = seed * 16 + i};
        // Of half the threads the driver sees the buffers themselves.
        worker->sent =
            i % 2 ? VirtualAlloc(NULL, ECHO_BYTES, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE) : malloc(ECHO_BYTES);
        worker->got =
            i % 2 ? VirtualAlloc(NULL, ECHO_BYTES, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE) : malloc(ECHO_BYTES);
        thread = worker->sent && worker->got ? CreateThread(NULL, 0, work, worker, 0, NULL) : NULL;
        if (!thread)
            wrong(worker, "CreateThread", GetLastError());
    }
    WaitForSingleObject(thread, INFINITE);
    return 1;
}
