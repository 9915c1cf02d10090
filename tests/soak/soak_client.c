// A client of the soak: each thread picks one action after the other at random.
//
//     Modes     reads, writes, control codes in every way; what is read must be what one writer wrote
//     Mailbox   reads that stay pending, cancelled one by one or all, ended by the close of their handle or
//     by the
//               exit of their thread, heard by event, port or completion routine; letters, and ticks of a
//               timer
//
// A read that has not ended LOST_MS after it had to is a lost request.

#include <windows.h>
#include <winioctl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "soak.h"
#include "../../drivers/mailbox/mailbox.h"
#include "../../drivers/modes/modes.h"

enum { LOST_MS = 30000, SLOTS = 8, THREADS_MAX = 256, ROUND = 4 };

static const char *const Modes[] = {"\\\\.\\ModesBuffered", "\\\\.\\ModesDirect", "\\\\.\\ModesNeither"};
enum { MODES = sizeof Modes / sizeof *Modes, SCRATCH = 2 }; // the message of Modes[SCRATCH] may be of several writers

struct slot {
    OVERLAPPED overlapped; // with an event of its own
    struct mailbox_letter letter;
    bool busy;
};

struct worker {
    struct soak_shared *shared;
    unsigned seed;
    HANDLE mailbox; // for overlapped calls
    HANDLE modes[MODES];
    struct slot slots[SLOTS];
    HANDLE thread;
    _Atomic bool visited; // what the visitor wrote is there; the wait for it goes through another process
};

static unsigned pick(struct worker *worker, unsigned below)
{
    return (unsigned)rand_r(&worker->seed) % below;
}

void soak_fail(struct soak_shared *shared, const char *format, ...)
{
    va_list arguments;

    if (atomic_fetch_add(&shared->failures, 1) >= 20)
        return;
    va_start(arguments, format);
    fprintf(stderr, "soak: ");
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}

static bool may_issue(struct worker *worker)
{
    return !atomic_load(&worker->shared->stop) &&
           atomic_load(&worker->shared->issued) < atomic_load(&worker->shared->target);
}

// A request that has ended before the call returned.
static void count_one(struct worker *worker)
{
    atomic_fetch_add(&worker->shared->issued, 1);
    atomic_fetch_add(&worker->shared->ended, 1);
}

static void expect(struct worker *worker, const char *what, BOOL done, DWORD a, DWORD b)
{
    DWORD error = done ? 0 : GetLastError();

    if (error != a && error != b)
        soak_fail(worker->shared, "%s: error %u", what, error);
}

static HANDLE open_device(struct worker *worker, const char *name, DWORD flags)
{
    HANDLE device = CreateFileA(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, flags, NULL);

    if (device == INVALID_HANDLE_VALUE)
        soak_fail(worker->shared, "open %s: error %u", name, GetLastError());
    return device;
}

// ---- reads of the mailbox -----------------------------------------------------------------------------------------

static bool begin_read(struct worker *worker, HANDLE mailbox, struct slot *slot)
{
    HANDLE event = slot->overlapped.hEvent;

    slot->overlapped = (OVERLAPPED){.hEvent = event};
    atomic_fetch_add(&worker->shared->issued, 1);
    BOOL done = ReadFile(mailbox, &slot->letter, sizeof slot->letter, NULL, &slot->overlapped);
    if (!done && GetLastError() != ERROR_IO_PENDING) {
        soak_fail(worker->shared, "read of the mailbox: error %u", GetLastError());
        atomic_fetch_add(&worker->shared->ended, 1);
        return false;
    }
    atomic_fetch_add(&worker->shared->pended, 1);
    slot->busy = true;
    return true;
}

// With the status and the count of an ended read.
static void account(struct worker *worker, ULONG_PTR status, ULONG_PTR bytes, const struct mailbox_letter *letter)
{
    struct soak_shared *shared = worker->shared;

    atomic_fetch_add(&shared->ended, 1);
    if ((ULONG)status == 0xC0000120) { // STATUS_CANCELLED
        atomic_fetch_add(&shared->cancelled, 1);
    } else if (status != 0 || bytes != sizeof *letter) {
        soak_fail(shared, "a read ended with status 0x%08X, %u bytes", (unsigned)status, (unsigned)bytes);
    } else {
        atomic_fetch_add(&shared->letters_heard, 1);
        atomic_fetch_add(&shared->numbers_heard, letter->number);
    }
}

static bool end_read(struct worker *worker, struct slot *slot, DWORD milliseconds)
{
    if (WaitForSingleObject(slot->overlapped.hEvent, milliseconds) != WAIT_OBJECT_0)
        return false;
    slot->busy = false;
    account(worker, slot->overlapped.Internal, slot->overlapped.InternalHigh, &slot->letter);
    return true;
}

static void end_or_lose(struct worker *worker, struct slot *slot, const char *why)
{
    if (end_read(worker, slot, LOST_MS))
        return;
    soak_fail(worker->shared, "a read was lost: %s", why);
    slot->busy = false;
    *slot = (struct slot){.overlapped.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL)};
}

static void end_all(struct worker *worker, const char *why)
{
    for (int i = 0; i < SLOTS; i++)
        if (worker->slots[i].busy)
            end_or_lose(worker, &worker->slots[i], why);
}

static void listen_once(struct worker *worker)
{
    struct slot *slot = &worker->slots[pick(worker, SLOTS)];

    if (slot->busy && !end_read(worker, slot, 0))
        return;
    begin_read(worker, worker->mailbox, slot);
}

static void cancel_one(struct worker *worker)
{
    struct slot *slot = &worker->slots[pick(worker, SLOTS)];

    if (!slot->busy)
        return;
    expect(worker, "CancelIoEx", CancelIoEx(worker->mailbox, &slot->overlapped), 0, ERROR_NOT_FOUND);
    end_or_lose(worker, slot, "CancelIoEx");
}

static void cancel_all(struct worker *worker)
{
    if (pick(worker, 2))
        expect(worker, "CancelIo", CancelIo(worker->mailbox), 0, 0);
    else
        expect(worker, "CancelIoEx of all", CancelIoEx(worker->mailbox, NULL), 0, ERROR_NOT_FOUND);
    end_all(worker, "CancelIo");
}

static void close_with_reads(struct worker *worker)
{
    HANDLE second = NULL;

    if (pick(worker, 2)) // the reads end with the last of two handles
        DuplicateHandle(GetCurrentProcess(), worker->mailbox, GetCurrentProcess(), &second, 0, FALSE,
                        DUPLICATE_SAME_ACCESS);
    CloseHandle(worker->mailbox);
    if (second)
        CloseHandle(second);
    end_all(worker, "CloseHandle");
    worker->mailbox = open_device(worker, "\\\\.\\Mailbox", FILE_FLAG_OVERLAPPED);
}

static DWORD WINAPI visit(LPVOID parameter)
{
    struct worker *worker = parameter;

    for (int i = 0; i < ROUND; i++)
        begin_read(worker, worker->mailbox, &worker->slots[i]);
    atomic_store(&worker->visited, true);
    return 0;
}

// The reads of a thread end with it. The worker waits meanwhile, so the two never use the slots at once.
static void end_thread_with_reads(struct worker *worker)
{
    cancel_all(worker);
    HANDLE thread = CreateThread(NULL, 0, visit, worker, 0, NULL);
    if (!thread) {
        soak_fail(worker->shared, "CreateThread: error %u", GetLastError());
        return;
    }
    if (WaitForSingleObject(thread, LOST_MS) != WAIT_OBJECT_0 || !atomic_exchange(&worker->visited, false))
        soak_fail(worker->shared, "a thread does not end");
    CloseHandle(thread);
    end_all(worker, "the exit of its thread");
}

// ---- by port and by completion routine ----------------------------------------------------------------------------

struct packet_read {
    OVERLAPPED overlapped;
    struct mailbox_letter letter;
};

static void listen_by_port(struct worker *worker)
{
    HANDLE mailbox = open_device(worker, "\\\\.\\Mailbox", FILE_FLAG_OVERLAPPED);
    HANDLE port = CreateIoCompletionPort(mailbox, NULL, 1, 0);
    struct packet_read reads[ROUND] = {0};
    OVERLAPPED *which;
    ULONG_PTR key;
    DWORD bytes;

    if (mailbox == INVALID_HANDLE_VALUE || !port)
        return;
    for (int i = 0; i < ROUND; i++) {
        atomic_fetch_add(&worker->shared->issued, 1);
        atomic_fetch_add(&worker->shared->pended, 1);
        if (ReadFile(mailbox, &reads[i].letter, sizeof reads[i].letter, NULL, &reads[i].overlapped) ||
            GetLastError() != ERROR_IO_PENDING)
            soak_fail(worker->shared, "read by port: error %u", GetLastError());
    }
    CancelIoEx(mailbox, NULL);
    for (int i = 0; i < ROUND; i++) {
        which = NULL;
        GetQueuedCompletionStatus(port, &bytes, &key, &which, LOST_MS);
        if (!which) {
            soak_fail(worker->shared, "a packet was lost");
            break;
        }
        struct packet_read *read = CONTAINING_RECORD(which, struct packet_read, overlapped);
        account(worker, which->Internal, bytes, &read->letter);
    }
    bool port_first = pick(worker, 2);
    CloseHandle(port_first ? port : mailbox);
    CloseHandle(port_first ? mailbox : port);
}

struct routine_read {
    OVERLAPPED overlapped; // hEvent: the worker
    struct mailbox_letter letter;
    int *calls;
};

static void WINAPI routine(DWORD error, DWORD bytes, LPOVERLAPPED overlapped)
{
    struct routine_read *read = CONTAINING_RECORD(overlapped, struct routine_read, overlapped);

    account(overlapped->hEvent, error == ERROR_OPERATION_ABORTED ? 0xC0000120 : error, bytes, &read->letter);
    ++*read->calls;
}

static void listen_by_routine(struct worker *worker)
{
    HANDLE mailbox = open_device(worker, "\\\\.\\Mailbox", FILE_FLAG_OVERLAPPED);
    struct routine_read reads[ROUND] = {0};
    int calls = 0;

    if (mailbox == INVALID_HANDLE_VALUE)
        return;
    for (int i = 0; i < ROUND; i++) {
        reads[i].overlapped.hEvent = worker;
        reads[i].calls = &calls;
        atomic_fetch_add(&worker->shared->issued, 1);
        atomic_fetch_add(&worker->shared->pended, 1);
        if (!ReadFileEx(mailbox, &reads[i].letter, sizeof reads[i].letter, &reads[i].overlapped, routine))
            soak_fail(worker->shared, "ReadFileEx: error %u", GetLastError());
    }
    if (pick(worker, 2))
        CancelIo(mailbox);
    else
        CloseHandle(mailbox), mailbox = NULL;
    while (calls < ROUND && SleepEx(LOST_MS, TRUE) == WAIT_IO_COMPLETION)
        ;
    if (calls < ROUND)
        soak_fail(worker->shared, "%d completion routines were lost", ROUND - calls);
    if (mailbox)
        CloseHandle(mailbox);
}

// ---- letters ------------------------------------------------------------------------------------------------------

static void post(struct worker *worker)
{
    static const char text[] = "soak";
    OVERLAPPED overlapped = {0};
    BOOL done = WriteFile(worker->mailbox, text, sizeof text - 1, NULL, &overlapped);

    count_one(worker);
    if (done)
        atomic_fetch_add(&worker->shared->letters_posted, 1);
    else
        expect(worker, "post", done, ERROR_BUSY, ERROR_BUSY);
}

static void tick(struct worker *worker)
{
    struct mailbox_ticks ticks = {.period = 1 + pick(worker, 5), .count = pick(worker, 4)};
    OVERLAPPED overlapped = {0};

    count_one(worker);
    expect(worker, "ticks",
           DeviceIoControl(worker->mailbox, IOCTL_MAILBOX_TICKS, &ticks, sizeof ticks, NULL, 0, NULL, &overlapped), 0,
           ERROR_BUSY);
}

// ---- the modes ----------------------------------------------------------------------------------------------------

// A message comes from one writer, who writes one byte again and again.
static void check_uniform(struct worker *worker, unsigned mode, const char *data, DWORD length)
{
    for (DWORD i = 1; mode != SCRATCH && i < length; i++)
        if (data[i] != data[0]) {
            soak_fail(worker->shared, "%s: bytes of two writers in one message", Modes[mode]);
            return;
        }
}

static void write_message(struct worker *worker)
{
    char data[MODES_CAPACITY + 64];
    DWORD length = pick(worker, sizeof data + 1), bytes = 0;
    unsigned mode = pick(worker, MODES);

    memset(data, (int)('a' + pick(worker, 26)), sizeof data);
    BOOL done = WriteFile(worker->modes[mode], data, length, &bytes, NULL);
    count_one(worker);
    DWORD error = length > MODES_CAPACITY ? ERROR_INVALID_USER_BUFFER : 0;
    expect(worker, "write", done, error, error);
    if (done && bytes != length)
        soak_fail(worker->shared, "write: %u of %u bytes", bytes, length);
}

static void read_message(struct worker *worker)
{
    char data[MODES_CAPACITY + 64];
    DWORD length = pick(worker, sizeof data + 1), bytes = 0;
    unsigned mode = pick(worker, MODES);
    BOOL done = ReadFile(worker->modes[mode], data, length, &bytes, NULL);

    count_one(worker);
    expect(worker, "read", done, 0, ERROR_MORE_DATA);
    if (bytes > length)
        soak_fail(worker->shared, "read: %u bytes into %u", bytes, length);
    else
        check_uniform(worker, mode, data, bytes);
}

static void control(struct worker *worker)
{
    unsigned mode = pick(worker, MODES);
    HANDLE device = worker->modes[mode];
    struct modes_place place = {pick(worker, MODES_CAPACITY)};
    struct modes_range range = {place.offset, pick(worker, MODES_CAPACITY)};
    struct modes_found found;
    struct modes_sum sum;
    char data[MODES_CAPACITY] = "";
    DWORD bytes = 0;

    count_one(worker);
    switch (pick(worker, 4)) {
    case 0:
        expect(worker, "sum",
               DeviceIoControl(device, IOCTL_MODES_SUM, &range, sizeof range, &sum, sizeof sum, &bytes, NULL), 0,
               ERROR_INVALID_PARAMETER);
        break;
    case 1:
        if (DeviceIoControl(device, IOCTL_MODES_GET, &place, sizeof place, data, sizeof data, &bytes, NULL))
            check_uniform(worker, mode, data, bytes);
        else
            expect(worker, "get", FALSE, ERROR_HANDLE_EOF, ERROR_HANDLE_EOF);
        break;
    case 2:
        if (!DeviceIoControl(worker->modes[SCRATCH], IOCTL_MODES_PUT, &place, sizeof place, data, 16, &bytes, NULL))
            expect(worker, "put", FALSE, ERROR_INVALID_PARAMETER, ERROR_INVALID_USER_BUFFER);
        break;
    default:
        expect(worker, "find", DeviceIoControl(device, IOCTL_MODES_FIND, "a", 1, &found, sizeof found, &bytes, NULL), 0,
               ERROR_NOT_FOUND);
    }
}

static void make_bad_calls(struct worker *worker)
{
    DWORD bytes;

    count_one(worker);
    expect(worker, "read to a bad address", ReadFile(worker->modes[pick(worker, MODES)], (void *)16, 8, &bytes, NULL),
           ERROR_NOACCESS, ERROR_NOACCESS);
    expect(worker, "close of a bad handle", CloseHandle((HANDLE)(ULONG_PTR)0x7FFFFFF0), ERROR_INVALID_HANDLE,
           ERROR_INVALID_HANDLE);
}

static void reopen(struct worker *worker)
{
    unsigned mode = pick(worker, MODES);

    CloseHandle(worker->modes[mode]);
    worker->modes[mode] = open_device(worker, Modes[mode], 0);
}

// ---- a thread -----------------------------------------------------------------------------------------------------

static const struct {
    unsigned weight; // of 1000
    void (*act)(struct worker *worker);
} Actions[] = {
    {250, read_message},
    {200, write_message},
    {150, control},
    {140, listen_once},
    {140, post},
    {40, cancel_one},
    {20, cancel_all},
    {15, make_bad_calls},
    {15, close_with_reads},
    {10, reopen},
    {5, listen_by_port},
    {5, listen_by_routine},
    {5, tick},
    {5, end_thread_with_reads},
};

static void act(struct worker *worker)
{
    unsigned number = pick(worker, 1000);

    for (size_t i = 0; i < ARRAYSIZE(Actions); i++) {
        if (number < Actions[i].weight) {
            Actions[i].act(worker);
            return;
        }
        number -= Actions[i].weight;
    }
}

static DWORD WINAPI work(LPVOID parameter)
{
    struct worker *worker = parameter;

    worker->mailbox = open_device(worker, "\\\\.\\Mailbox", FILE_FLAG_OVERLAPPED);
    for (int i = 0; i < MODES; i++)
        worker->modes[i] = open_device(worker, Modes[i], 0);
    for (int i = 0; i < SLOTS; i++)
        worker->slots[i].overlapped.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL);
    while (may_issue(worker))
        act(worker);
    cancel_all(worker);
    for (int i = 0; i < SLOTS; i++)
        CloseHandle(worker->slots[i].overlapped.hEvent);
    for (int i = 0; i < MODES; i++)
        CloseHandle(worker->modes[i]);
    CloseHandle(worker->mailbox);
    return 0;
}

void soak_run(struct soak_shared *shared, unsigned threads, unsigned seed)
{
    static struct worker workers[THREADS_MAX];

    if (threads > THREADS_MAX)
        threads = THREADS_MAX;
    for (unsigned i = 0; i < threads; i++) {
        workers[i] = (struct worker){.shared = shared, .seed = seed * 1000 + i};
        workers[i].thread = CreateThread(NULL, 0, work, &workers[i], 0, NULL);
        if (!workers[i].thread)
            soak_fail(shared, "CreateThread: error %u", GetLastError());
    }
    for (unsigned i = 0; i < threads; i++) {
        if (!workers[i].thread)
            continue;
        WaitForSingleObject(workers[i].thread, INFINITE);
        CloseHandle(workers[i].thread);
    }
}

void soak_drain(struct soak_shared *shared)
{
    struct worker worker = {.shared = shared};
    struct slot *slot = worker.slots;
    struct mailbox_state state = {0};
    OVERLAPPED overlapped = {0};

    worker.mailbox = open_device(&worker, "\\\\.\\Mailbox", FILE_FLAG_OVERLAPPED);
    slot->overlapped.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL);
    while (begin_read(&worker, worker.mailbox, slot) && end_read(&worker, slot, 50))
        ;
    CancelIoEx(worker.mailbox, NULL);
    end_all(&worker, "the end of the soak");
    expect(&worker, "state",
           DeviceIoControl(worker.mailbox, IOCTL_MAILBOX_STATE, NULL, 0, &state, sizeof state, NULL, &overlapped), 0,
           0);
    shared->mailbox_posted = state.posted;
    shared->mailbox_delivered = state.delivered;
    shared->mailbox_readers = state.readers;
    shared->mailbox_letters = state.letters;
    CloseHandle(slot->overlapped.hEvent);
    CloseHandle(worker.mailbox);
}
