// conformance-matrix: the status matrix. What an application sees of
//
//     a status the dispatch routine returns   x   the status of the request   x   pending or not
//     x   buffered, direct, neither   x   read, device control
//     x   synchronous handle, event, no event, completion port, skip on success, completion routine
//
// One line a cell; the three ways of the buffers stand in one line, and what is the same for them is said
// once. Each line begins with the facts it shows. Expected: app.txt, from the rules of those facts. What
// depends on the Windows version is left out: what a call returns at once for a warning on an overlapped
// handle. Left out, too, is what Windows leaves undefined: the count of bytes when the driver returns no error
// for a request that failed. A dispatch routine that returns STATUS_PENDING without having marked the request is in
// the case "atfault".

#include <windows.h>
#include <winioctl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "matrix.h"

enum { UNTOUCHED = 0xDEAD, PATIENCE = 3000, MODES = 3, KEY = 123 };

static const struct {
    const char *name, *device;
    DWORD code;
} Modes[MODES] = {
    {"buffered", "\\\\.\\NthostMatrixBuffered", IOCTL_MATRIX_BUFFERED},
    {"direct", "\\\\.\\NthostMatrixDirect", IOCTL_MATRIX_DIRECT},
    {"neither", "\\\\.\\NthostMatrixNeither", IOCTL_MATRIX_NEITHER},
};

struct answer {
    const char *name;
    LONG returned, status;
    ULONG pend;
};

// What came of one transfer, as text, and the buffer afterwards.
struct seen {
    char text[160];
    char buffer[MATRIX_LENGTH + 1];
};

// One transfer to be made: which device, how, and what the driver is going to answer.
struct cell {
    int mode;
    BOOL read; // or device control
    const struct answer *answer;
    HANDLE device, port;
    struct seen *seen;
};

static HANDLE control; // \\.\NthostMatrix, synchronous

static void note(struct cell *cell, const char *format, ...)
{
    size_t used = strlen(cell->seen->text);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(cell->seen->text + used, sizeof cell->seen->text - used, format, arguments);
    va_end(arguments);
}

static BOOL is_class(LONG status, ULONG class) // 0 success, 1 informational, 2 warning, 3 error
{
    return (ULONG)status >> 30 == class;
}

static void order(const struct answer *answer)
{
    struct matrix_order wish = {answer->returned, answer->status, 3, answer->pend};
    DWORD bytes;

    if (!DeviceIoControl(control, IOCTL_MATRIX_ORDER, &wish, sizeof wish, NULL, 0, &bytes, NULL))
        printf("cannot give an order: error %lu\n", (unsigned long)GetLastError());
}

// Tells the driver to complete the transfer it keeps; waits until it has one.
static DWORD WINAPI finish(LPVOID parameter)
{
    DWORD bytes;

    (void)parameter;
    for (int i = 0; i < PATIENCE; i++) {
        if (DeviceIoControl(control, IOCTL_MATRIX_FINISH, NULL, 0, NULL, 0, &bytes, NULL))
            return 0;
        Sleep(1);
    }
    printf("there is nothing to finish: error %lu\n", (unsigned long)GetLastError());
    return 1;
}

static BOOL transfer(struct cell *cell, DWORD *bytes, OVERLAPPED *overlapped)
{
    SetLastError(0);
    if (cell->read)
        return ReadFile(cell->device, cell->seen->buffer, MATRIX_LENGTH, bytes, overlapped);
    return DeviceIoControl(cell->device, Modes[cell->mode].code, NULL, 0, cell->seen->buffer, MATRIX_LENGTH, bytes,
                           overlapped);
}

static void note_result(struct cell *cell, BOOL done)
{
    DWORD error = GetLastError();

    if (done)
        note(cell, "TRUE");
    else
        note(cell, "FALSE, error %lu", (unsigned long)error);
}

// What an overlapped call returns; then the driver finishes what it has left pending. For a warning it
// depends on the Windows version: the warning itself or STATUS_PENDING.
static void note_overlapped_result(struct cell *cell, BOOL done)
{
    const struct answer *answer = cell->answer;

    if (answer->pend == MATRIX_AT_ONCE && is_class(answer->returned, 2))
        note(cell, "a warning");
    else
        note_result(cell, done);
    if (answer->pend == MATRIX_LATER)
        finish(NULL);
}

static void note_iosb(struct cell *cell, const OVERLAPPED *overlapped)
{
    if (overlapped->Internal == STATUS_PENDING)
        note(cell, ", IOSB untouched");
    else
        note(cell, ", IOSB 0x%08lX %lu", (unsigned long)overlapped->Internal, (unsigned long)overlapped->InternalHigh);
}

static DWORD patience(const struct cell *cell)
{
    return cell->answer->pend == MATRIX_AT_ONCE ? 0 : PATIENCE;
}

static void play_synchronous(struct cell *cell)
{
    const struct answer *answer = cell->answer;
    DWORD bytes = UNTOUCHED;
    HANDLE helper = NULL;

    if (answer->pend == MATRIX_LATER)
        helper = CreateThread(NULL, 0, finish, NULL, 0, NULL);
    BOOL done = transfer(cell, &bytes, NULL);
    note_result(cell, done);
    if (answer->pend == MATRIX_AT_ONCE && !is_class(answer->returned, 3) && is_class(answer->status, 3))
        note(cell, ", bytes undefined");
    else if (bytes == UNTOUCHED)
        note(cell, ", bytes untouched");
    else
        note(cell, ", %lu bytes", (unsigned long)bytes);
    if (helper) {
        WaitForSingleObject(helper, PATIENCE);
        CloseHandle(helper);
    }
}

static void play_event(struct cell *cell)
{
    OVERLAPPED overlapped = {.hEvent = CreateEventA(NULL, TRUE, TRUE, NULL)};
    BOOL done = transfer(cell, NULL, &overlapped);

    note_overlapped_result(cell, done);
    BOOL set = WaitForSingleObject(overlapped.hEvent, patience(cell)) == WAIT_OBJECT_0;
    note(cell, ", event %s", set ? "set" : "reset");
    note_iosb(cell, &overlapped);
    CloseHandle(overlapped.hEvent);
}

static void play_handle(struct cell *cell)
{
    OVERLAPPED overlapped = {0};
    BOOL done = transfer(cell, NULL, &overlapped);

    note_overlapped_result(cell, done);
    BOOL set = WaitForSingleObject(cell->device, patience(cell)) == WAIT_OBJECT_0;
    note(cell, ", handle %s", set ? "set" : "reset");
    note_iosb(cell, &overlapped);
}

static void play_port(struct cell *cell)
{
    OVERLAPPED overlapped = {0}, *which = NULL;
    ULONG_PTR key = 0;
    DWORD bytes = UNTOUCHED;
    BOOL done = transfer(cell, NULL, &overlapped);

    note_overlapped_result(cell, done);
    done = GetQueuedCompletionStatus(cell->port, &bytes, &key, &which, patience(cell));
    if (!which) {
        note(cell, ", no packet");
    } else {
        note(cell, ", packet: ");
        note_result(cell, done);
        note(cell, ", %lu bytes%s", (unsigned long)bytes,
             which == &overlapped && key == KEY ? "" : ", of another request");
    }
    note_iosb(cell, &overlapped);
}

static DWORD routine_error, routine_bytes;
static int routine_calls;

static void WINAPI routine(DWORD error, DWORD bytes, LPOVERLAPPED overlapped)
{
    (void)overlapped;
    routine_error = error;
    routine_bytes = bytes;
    routine_calls++;
}

static void play_routine(struct cell *cell)
{
    OVERLAPPED overlapped = {0};

    routine_calls = 0;
    SetLastError(0);
    BOOL done = ReadFileEx(cell->device, cell->seen->buffer, MATRIX_LENGTH, &overlapped, routine);
    note_overlapped_result(cell, done);
    DWORD slept = SleepEx(patience(cell), TRUE);
    note(cell, slept == WAIT_IO_COMPLETION ? ", woken" : ", not woken");
    if (routine_calls != 1)
        note(cell, ", %d calls", routine_calls);
    else if (is_class(cell->answer->status, 2) || is_class(cell->answer->status, 3))
        note(cell, ", called: error %lu, %lu bytes", (unsigned long)routine_error, (unsigned long)routine_bytes);
    else
        note(cell, ", called: %lu bytes", (unsigned long)routine_bytes);
    note_iosb(cell, &overlapped);
}

static const struct way {
    const char *facts, *name;
    DWORD flags;
    BOOL port, skip, read_only;
    void (*play)(struct cell *cell);
} Ways[] = {
    {"facts 4, 11, 49, 51", "synchronous", 0, FALSE, FALSE, FALSE, play_synchronous},
    {"facts 4, 12, 15, 52", "event", FILE_FLAG_OVERLAPPED, FALSE, FALSE, FALSE, play_event},
    {"facts 4, 12, 15, 52", "no event", FILE_FLAG_OVERLAPPED, FALSE, FALSE, FALSE, play_handle},
    {"facts 4, 12, 16", "port", FILE_FLAG_OVERLAPPED, TRUE, FALSE, FALSE, play_port},
    {"facts 12, 17", "port, skip on success", FILE_FLAG_OVERLAPPED, TRUE, TRUE, FALSE, play_port},
    {"facts 4, 12", "routine", FILE_FLAG_OVERLAPPED, FALSE, FALSE, TRUE, play_routine},
};

static BOOL prepare(struct cell *cell, const struct way *way)
{
    cell->device =
        CreateFileA(Modes[cell->mode].device, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, way->flags, NULL);
    if (cell->device == INVALID_HANDLE_VALUE) {
        printf("cannot open %s: error %lu\n", Modes[cell->mode].device, (unsigned long)GetLastError());
        return FALSE;
    }
    cell->port = way->port ? CreateIoCompletionPort(cell->device, NULL, KEY, 0) : NULL;
    if (way->skip && !SetFileCompletionNotificationModes(cell->device, FILE_SKIP_COMPLETION_PORT_ON_SUCCESS))
        printf("SetFileCompletionNotificationModes: error %lu\n", (unsigned long)GetLastError());
    return TRUE;
}

static void print_line(const struct way *way, BOOL read, const struct answer *answer, const struct seen *seen)
{
    static const char *const pend[] = {"", ", pended", ", pended for a while"};
    BOOL same = TRUE;

    printf("%s: %s, %s, %s%s: ", way->facts, read ? "read" : "control", way->name, answer->name, pend[answer->pend]);
    for (int i = 1; i < MODES; i++)
        same = same && strcmp(seen[i].text, seen[0].text) == 0;
    for (int i = 0; i < (same ? 1 : MODES); i++)
        printf("%s%s%s; ", same ? "" : Modes[i].name, same ? "" : ": ", seen[i].text);
    printf("buffers %s %s %s\n", seen[0].buffer, seen[1].buffer, seen[2].buffer);
}

static void play(const struct way *way, BOOL read, const struct answer *answer)
{
    struct seen seen[MODES];

    order(answer);
    for (int i = 0; i < MODES; i++) {
        struct cell cell = {.mode = i, .read = read, .answer = answer, .seen = &seen[i]};
        seen[i] = (struct seen){.buffer = "....."};
        if (!prepare(&cell, way))
            return;
        way->play(&cell);
        CloseHandle(cell.device);
        if (cell.port)
            CloseHandle(cell.port);
    }
    print_line(way, read, answer, seen);
}

static const struct answer Answers[] = {
    {"STATUS_SUCCESS", 0x00000000, 0x00000000, 0},
    {"STATUS_TIMEOUT", 0x00000102, 0x00000102, 0},
    {"a success unknown to Windows", 0x0EADBEEF, 0x0EADBEEF, 0},
    {"STATUS_OBJECT_NAME_EXISTS", 0x40000000, 0x40000000, 0},
    {"STATUS_BUFFER_OVERFLOW", (LONG)0x80000005, (LONG)0x80000005, 0},
    {"a warning unknown to Windows", (LONG)0x8EADBEEF, (LONG)0x8EADBEEF, 0},
    {"STATUS_NOT_IMPLEMENTED", (LONG)0xC0000002, (LONG)0xC0000002, 0},
    {"STATUS_END_OF_FILE", (LONG)0xC0000011, (LONG)0xC0000011, 0},
    {"an error unknown to Windows", (LONG)0xCEADBEEF, (LONG)0xCEADBEEF, 0},
};

// One status of each class. A driver at fault returns another than the one it puts into the request.
static const struct {
    const char *name;
    LONG status;
} Classes[] = {
    {"STATUS_SUCCESS", 0x00000000},
    {"STATUS_OBJECT_NAME_EXISTS", 0x40000000},
    {"STATUS_BUFFER_OVERFLOW", (LONG)0x80000005},
    {"STATUS_NOT_IMPLEMENTED", (LONG)0xC0000002},
};

// Nothing says which of the two decides about leaving out a packet when only one of them is a success.
static BOOL is_settled(const struct way *way, LONG returned, LONG status)
{
    return !way->skip || (returned >= 0) == (status >= 0);
}

static void play_mismatches(const struct way *way, BOOL read)
{
    for (size_t i = 0; i < ARRAYSIZE(Classes); i++) {
        for (size_t j = 0; j < ARRAYSIZE(Classes); j++) {
            char name[96];
            struct answer answer = {name, Classes[i].status, Classes[j].status, MATRIX_AT_ONCE};

            if (i == j || !is_settled(way, answer.returned, answer.status))
                continue;
            snprintf(name, sizeof name, "fact 13: returns %s for %s", Classes[i].name, Classes[j].name);
            play(way, read, &answer);
        }
    }
}

int main(void)
{
    control = CreateFileA("\\\\.\\NthostMatrix", GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    if (control == INVALID_HANDLE_VALUE) {
        printf("cannot open the driver: error %lu\n", (unsigned long)GetLastError());
        return 1;
    }
    for (size_t i = 0; i < ARRAYSIZE(Ways); i++) {
        for (int read = 1; read >= (Ways[i].read_only ? 1 : 0); read--) {
            for (size_t j = 0; j < ARRAYSIZE(Answers); j++) {
                for (ULONG pend = MATRIX_AT_ONCE; pend <= MATRIX_LATER; pend++) {
                    struct answer answer = Answers[j];
                    answer.pend = pend;
                    if (pend != MATRIX_AT_ONCE)
                        answer.returned = STATUS_PENDING;
                    play(&Ways[i], read, &answer);
                }
            }
            play_mismatches(&Ways[i], read);
        }
    }
    CloseHandle(control);
    return fflush(stdout) == 0 ? 0 : 1;
}
