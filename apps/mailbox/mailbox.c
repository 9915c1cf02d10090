// mailbox: the application of the Mailbox driver: listening to a driver with overlapped reads.
//
// Shows, one after the other, a read that waits for its letter, letters that wait for their reads, how
// pending reads end (CancelIoEx, the exit of their thread, the close of their handle), letters from a timer,
// a full mailbox, and a listener and a poster in two threads. Prints what comes and compares it with what the
// driver promises (drivers/mailbox/mailbox.h); exit status 0 when all of it is as promised. It must be the
// only user of the driver. One source: an .exe for Windows and Wine, a Linux program with nthost.

#include <windows.h>
#include <winioctl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../../drivers/mailbox/mailbox.h"

#define DEVICE "\\\\.\\Mailbox"

enum { PATIENCE = 5000, READS = 4, TICKS = 5, MANY = 1000 }; // PATIENCE: milliseconds until a wait has failed

// A read on its way: what the driver fills and what tells that it is done.
struct listening {
    OVERLAPPED overlapped;
    struct mailbox_letter letter;
};

static int failures;
static ULONG64 before; // letters posted by earlier runs; numbers are shown from there

// The line is printed in any case; it counts as a failure unless `promised`.
static void show(BOOL promised, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    printf("  ");
    vprintf(format, arguments);
    puts(promised ? "" : "  (not as promised)");
    va_end(arguments);
    failures += !promised;
}

// A call that returned `done` and is promised to fail with that error.
static void show_refusal(const char *what, BOOL done, DWORD promised_error)
{
    DWORD error = done ? 0 : GetLastError();

    show(error == promised_error, "%s: error %lu", what, (unsigned long)error);
}

static HANDLE open_mailbox(void)
{
    HANDLE device = CreateFileA(DEVICE, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                                OPEN_EXISTING, FILE_FLAG_OVERLAPPED, NULL);

    if (device == INVALID_HANDLE_VALUE)
        fprintf(stderr, "mailbox: cannot open " DEVICE ": error %lu%s\n", (unsigned long)GetLastError(),
                GetLastError() == ERROR_FILE_NOT_FOUND ? " (\"drvctl start Mailbox\" starts the driver)" : "");
    return device;
}

// A call that is done before it returns, on a handle for overlapped calls.
static BOOL call(HANDLE device, DWORD code, void *input, DWORD input_size, void *output, DWORD output_size)
{
    OVERLAPPED overlapped = {.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL)};
    DWORD bytes;
    BOOL done = DeviceIoControl(device, code, input, input_size, output, output_size, NULL, &overlapped);

    if (!done && GetLastError() == ERROR_IO_PENDING)
        done = GetOverlappedResult(device, &overlapped, &bytes, TRUE);
    DWORD error = GetLastError();
    CloseHandle(overlapped.hEvent);
    SetLastError(error);
    return done;
}

static BOOL post(HANDLE device, const char *text)
{
    OVERLAPPED overlapped = {.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL)};
    DWORD bytes;
    BOOL done = WriteFile(device, text, (DWORD)strlen(text), NULL, &overlapped);

    if (!done && GetLastError() == ERROR_IO_PENDING)
        done = GetOverlappedResult(device, &overlapped, &bytes, TRUE);
    DWORD error = GetLastError();
    CloseHandle(overlapped.hEvent);
    SetLastError(error);
    return done;
}

static struct mailbox_state get_state(HANDLE device)
{
    struct mailbox_state state = {0};

    if (!call(device, IOCTL_MAILBOX_STATE, NULL, 0, &state, sizeof state))
        show(FALSE, "the state: error %lu", (unsigned long)GetLastError());
    return state;
}

static void show_state(HANDLE device, ULONG readers, ULONG letters)
{
    struct mailbox_state state = get_state(device);

    show(state.readers == readers && state.letters == letters, "%lu reads are pending, %lu letters wait",
         (unsigned long)state.readers, (unsigned long)state.letters);
}

// Leaves a read with the driver; it always stays pending, even when a letter is there.
static BOOL start_read(HANDLE device, struct listening *listening)
{
    listening->overlapped = (OVERLAPPED){.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL)};
    if (ReadFile(device, &listening->letter, sizeof listening->letter, NULL, &listening->overlapped) ||
        GetLastError() == ERROR_IO_PENDING)
        return TRUE;
    show(FALSE, "read: error %lu", (unsigned long)GetLastError());
    return FALSE;
}

// Waits for the end of the read. ERROR_SUCCESS: the letter is there.
static DWORD end_read(HANDLE device, struct listening *listening)
{
    DWORD error = ERROR_SUCCESS, bytes;

    if (WaitForSingleObject(listening->overlapped.hEvent, PATIENCE) != WAIT_OBJECT_0) {
        CancelIoEx(device,
                   &listening->overlapped); // the driver must let go of the memory before it is reused
        WaitForSingleObject(listening->overlapped.hEvent, PATIENCE);
        error = WAIT_TIMEOUT;
    } else if (!GetOverlappedResult(device, &listening->overlapped, &bytes, FALSE)) {
        error = GetLastError();
    }
    CloseHandle(listening->overlapped.hEvent);
    return error;
}

static void show_letter(HANDLE device, struct listening *listening, ULONG64 number, const char *text)
{
    const struct mailbox_letter *letter = &listening->letter;
    DWORD error = end_read(device, listening);

    if (error) {
        show(FALSE, "no letter: error %lu", (unsigned long)error);
        return;
    }
    BOOL same = letter->length == strlen(text) && memcmp(letter->text, text, letter->length) == 0;
    show(same && letter->number == before + number, "letter %lu, %s: \"%.*s\"",
         (unsigned long)(letter->number - before), letter->kind == MAILBOX_TICK ? "tick" : "text", (int)letter->length,
         letter->text);
}

static void show_end(HANDLE device, const char *which, struct listening *listening)
{
    DWORD error = end_read(device, listening);

    show(error == ERROR_OPERATION_ABORTED, "%s ends with error %lu", which, (unsigned long)error);
}

static void wait_for_letters(HANDLE device)
{
    struct listening reads[READS];

    puts("a read waits for its letter");
    start_read(device, &reads[0]);
    show_state(device, 1, 0);
    show(post(device, "hello"), "a letter is posted");
    show_letter(device, &reads[0], 1, "hello");

    puts("letters wait for their reads");
    show(post(device, "one") && post(device, "two") && post(device, "three"), "three letters are posted");
    show_state(device, 0, 3);
    for (int i = 0; i < 3; i++)
        start_read(device, &reads[i]);
    show_letter(device, &reads[0], 2, "one");
    show_letter(device, &reads[1], 3, "two");
    show_letter(device, &reads[2], 4, "three");
    show_state(device, 0, 0);
}

static void cancel_reads(HANDLE device)
{
    struct listening reads[READS];

    puts("reads are cancelled");
    for (int i = 0; i < READS; i++)
        start_read(device, &reads[i]);
    show(CancelIoEx(device, &reads[1].overlapped), "CancelIoEx of the second of %d", READS);
    show_end(device, "the second", &reads[1]);
    show_state(device, READS - 1, 0);
    show(post(device, "for the oldest"), "a letter is posted");
    show_letter(device, &reads[0], 5, "for the oldest");
    show(CancelIoEx(device, NULL), "CancelIoEx of all");
    show_end(device, "the third", &reads[2]);
    show_end(device, "the fourth", &reads[3]);
    show_refusal("CancelIoEx with nothing to cancel", CancelIoEx(device, NULL), ERROR_NOT_FOUND);
    show_state(device, 0, 0);
}

struct visit {
    HANDLE device;
    struct listening listening;
};

static DWORD WINAPI listen_and_go(LPVOID parameter)
{
    struct visit *visit = parameter;

    return start_read(visit->device, &visit->listening) ? 0 : 1;
}

static void end_thread_and_handle(HANDLE device)
{
    struct visit visit = {.device = device};
    HANDLE thread = CreateThread(NULL, 0, listen_and_go, &visit, 0, NULL);

    puts("a read ends with its thread");
    WaitForSingleObject(thread, PATIENCE);
    CloseHandle(thread);
    show_end(device, "the read", &visit.listening);

    puts("reads end with their handle");
    struct listening reads[2];
    HANDLE second = open_mailbox();
    start_read(second, &reads[0]);
    start_read(second, &reads[1]);
    show_state(device, 2, 0);
    show(CloseHandle(second), "the handle is closed");
    show_end(device, "the first", &reads[0]);
    show_end(device, "the second", &reads[1]);
    show_state(device, 0, 0);
}

static void let_it_tick(HANDLE device)
{
    struct mailbox_ticks wish = {.period = 10, .count = TICKS}, none = {.period = 0, .count = 1};
    struct listening reads[TICKS];

    puts("the driver posts letters on its own");
    for (int i = 0; i < TICKS; i++)
        start_read(device, &reads[i]);
    show(call(device, IOCTL_MAILBOX_TICKS, &wish, sizeof wish, NULL, 0), "%d ticks are ordered", TICKS);
    for (int i = 0; i < TICKS; i++)
        show_letter(device, &reads[i], 6 + (ULONG64)i, "tick");
    show_refusal("ticks without a period", call(device, IOCTL_MAILBOX_TICKS, &none, sizeof none, NULL, 0),
                 ERROR_INVALID_PARAMETER);
}

static void fill(HANDLE device)
{
    char text[MAILBOX_TEXT_MAX + 2];
    struct listening listening;
    int posted = 0, read = 0;
    DWORD error;
    ULONG64 first = get_state(device).posted;

    puts("the mailbox is full");
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    show_refusal("a letter that is too long", post(device, text), ERROR_INVALID_USER_BUFFER);
    while (posted <= MAILBOX_LETTERS && post(device, "again"))
        posted++;
    error = GetLastError();
    show(posted == MAILBOX_LETTERS && error == ERROR_BUSY, "after %d letters: error %lu", posted, (unsigned long)error);
    while (read < posted && start_read(device, &listening) && end_read(device, &listening) == ERROR_SUCCESS &&
           listening.letter.number == first + (ULONG64)read + 1)
        read++;
    show(read == posted, "%d letters are read, in their order", read);
    show_state(device, 0, 0);
}

// Posts MANY letters; when the mailbox is full it waits for the listener.
static DWORD WINAPI post_many(LPVOID parameter)
{
    HANDLE device = open_mailbox();
    DWORD posted = 0;

    (void)parameter;
    if (device == INVALID_HANDLE_VALUE)
        return 0;
    for (ULONGLONG start = GetTickCount64(); posted < MANY && GetTickCount64() - start < PATIENCE;) {
        if (post(device, "one of many"))
            posted++;
        else if (GetLastError() == ERROR_BUSY)
            Sleep(1);
        else
            break;
    }
    CloseHandle(device);
    return posted;
}

// READS reads are pending at any time; each letter is answered by the next read.
static void stream(HANDLE device)
{
    ULONG64 first = get_state(device).posted, sum = 0;
    struct listening reads[READS];
    DWORD posted = 0;
    int heard = 0, next = 0;

    puts("a listener and a poster");
    for (int i = 0; i < READS; i++)
        start_read(device, &reads[i]);
    HANDLE thread = CreateThread(NULL, 0, post_many, NULL, 0, NULL);
    for (; heard < MANY && end_read(device, &reads[next]) == ERROR_SUCCESS; next = (next + 1) % READS) {
        sum += reads[next].letter.number - first;
        heard++;
        start_read(device, &reads[next]);
    }
    WaitForSingleObject(thread, PATIENCE);
    GetExitCodeThread(thread, &posted);
    CloseHandle(thread);
    show(posted == MANY, "%lu letters are posted", (unsigned long)posted);
    show(heard == MANY && sum == (ULONG64)MANY * (MANY + 1) / 2, "%d letters are heard, each once", heard);
    CancelIoEx(device, NULL);
    for (int i = 0; i < READS && heard == MANY; i++)
        end_read(device, &reads[i]);
    show_state(device, 0, 0);
}

int main(void)
{
    char small[8];
    OVERLAPPED overlapped = {0};
    HANDLE device = open_mailbox();

    if (device == INVALID_HANDLE_VALUE)
        return 1;
    before = get_state(device).posted;
    wait_for_letters(device);
    cancel_reads(device);
    end_thread_and_handle(device);
    let_it_tick(device);
    fill(device);
    stream(device);
    show_refusal("a read into a small buffer", ReadFile(device, small, sizeof small, NULL, &overlapped),
                 ERROR_INSUFFICIENT_BUFFER);
    CloseHandle(device);
    printf("%d answers were not as promised\n", failures);
    return failures > 0 || fflush(stdout) != 0;
}
