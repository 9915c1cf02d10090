// conformance-facts: asks its driver for every kind of answer and prints what an application sees of it.
//
// Each line begins with the fact it shows. Expected: app.txt, from Microsoft's documentation and tests that
// pass on Windows. What depends on the Windows version (a warning on an overlapped handle) is left out.

#include <windows.h>
#include <winioctl.h>
#include <stdio.h>
#include <string.h>

#include "facts.h"

#define DEVICE    "\\\\.\\NthostFacts"
#define EXCLUSIVE "\\\\.\\NthostFactsExclusive"
#define UNTOUCHED 0xDEADF00D

struct answer {
    const char *name;
    LONG status;
    ULONG information;
};

static const struct answer Answers[] = {
    {"STATUS_SUCCESS, 3 bytes", 0x00000000, 3},
    {"STATUS_SUCCESS, 0 bytes", 0x00000000, 0},
    {"STATUS_OBJECT_NAME_EXISTS (informational)", 0x40000000, 3},
    {"STATUS_BUFFER_OVERFLOW (warning)", (LONG)0x80000005, 3},
    {"STATUS_NO_MORE_FILES (warning)", (LONG)0x80000006, 3},
    {"STATUS_UNSUCCESSFUL (error)", (LONG)0xC0000001, 3},
    {"STATUS_INVALID_PARAMETER (error)", (LONG)0xC000000D, 3},
    {"STATUS_END_OF_FILE (error)", (LONG)0xC0000011, 3},
};
enum { ANSWERS = sizeof Answers / sizeof *Answers };

static HANDLE open_device(const char *name, DWORD access, DWORD flags)
{
    return CreateFileA(name, access, 0, NULL, OPEN_EXISTING, flags, NULL);
}

// "TRUE" or "FALSE, error N".
static const char *result(BOOL done)
{
    static char text[40];
    DWORD error = GetLastError();

    snprintf(text, sizeof text, "FALSE, error %lu", (unsigned long)error);
    return done ? "TRUE" : text;
}

static void show_open(const char *fact, const char *name)
{
    HANDLE device = open_device(name, GENERIC_READ | GENERIC_WRITE, 0);

    printf("%s: open %s: %s\n", fact, name, result(device != INVALID_HANDLE_VALUE));
    if (device != INVALID_HANDLE_VALUE)
        CloseHandle(device);
}

// A count of bytes, or "untouched".
static const char *count_text(DWORD count)
{
    static char text[16];

    snprintf(text, sizeof text, "%lu", (unsigned long)count);
    return count == UNTOUCHED ? "untouched" : text;
}

static void order(HANDLE device, const struct answer *answer, BOOL pend)
{
    struct facts_order wish = {FACTS_MAGIC, answer->status, answer->information, (ULONG)pend};
    DWORD written;
    OVERLAPPED overlapped = {0};

    if (!WriteFile(device, &wish, sizeof wish, &written, &overlapped))
        printf("cannot give an order: %s\n", result(FALSE));
}

static void show_synchronous_reads(HANDLE device)
{
    for (int i = 0; i < 2 * ANSWERS; i++) {
        const struct answer *answer = &Answers[i / 2];
        char buffer[] = "......";
        DWORD count = UNTOUCHED;

        order(device, answer, i % 2);
        BOOL done = ReadFile(device, buffer, 5, &count, NULL);
        printf("facts 4, 11, 49-51: %s%s: %s, ", answer->name, i % 2 ? ", pended" : "", result(done));
        printf("%s bytes, buffer %s\n", count_text(count), buffer);
    }
}

static void show_overlapped_reads(HANDLE device)
{
    HANDLE event = CreateEventA(NULL, TRUE, TRUE, NULL);

    for (int i = 0; i < 2 * ANSWERS; i++) {
        const struct answer *answer = &Answers[i / 2];
        char buffer[] = "......";
        OVERLAPPED overlapped = {.hEvent = event};
        DWORD count = UNTOUCHED;

        if ((ULONG)answer->status >> 30 == 2)
            continue;
        order(device, answer, i % 2);
        SetEvent(event); // the request resets it
        BOOL done = ReadFile(device, buffer, 5, NULL, &overlapped);
        printf("facts 12, 15, 50, 52: overlapped, %s%s: %s, ", answer->name, i % 2 ? ", pended" : "", result(done));
        BOOL signalled = WaitForSingleObject(event, i % 2 ? 5000 : 0) == WAIT_OBJECT_0;
        printf("event %s, buffer %s, ", signalled ? "signalled" : "not signalled", buffer);
        if (signalled) {
            done = GetOverlappedResult(device, &overlapped, &count, FALSE);
            printf("GetOverlappedResult %s, %s bytes\n", result(done), count_text(count));
        } else {
            printf("Internal 0x%08lX\n", (unsigned long)overlapped.Internal);
        }
    }
    CloseHandle(event);
}

static void show_lengths(HANDLE device)
{
    static char large[1 << 20];
    DWORD count = UNTOUCHED;
    BOOL done = ReadFile(device, large, 0, &count, NULL);

    printf("fact 2: read of 0 bytes: %s, %s bytes\n", result(done), count_text(count));
    done = WriteFile(device, large, 0, &count, NULL);
    printf("fact 2: write of 0 bytes: %s, %s bytes\n", result(done), count_text(count));
    done = ReadFile(device, large, sizeof large, &count, NULL);
    printf("fact 1: read of 1 MiB: %s, %s bytes, ends with %c\n", result(done), count_text(count),
           large[sizeof large - 1]);
    done = WriteFile(device, large, sizeof large, &count, NULL);
    printf("fact 1: write of 1 MiB: %s, %s bytes\n", result(done), count_text(count));
}

static void show_bad_calls(HANDLE device)
{
    DWORD count = UNTOUCHED;
    char byte;
    BOOL done = ReadFile(device, (void *)16, 5, &count, NULL);

    printf("fact 7: read to a bad address: %s, %s bytes\n", result(done), count_text(count));
    count = UNTOUCHED;
    done = WriteFile(device, (void *)16, 5, &count, NULL);
    printf("fact 7: write from a bad address: %s, %s bytes\n", result(done), count_text(count));
    done = ReadFile(INVALID_HANDLE_VALUE, &byte, 1, &count, NULL);
    printf("fact 53: read from INVALID_HANDLE_VALUE: %s\n", result(done));
    done = ReadFile((HANDLE)(ULONG_PTR)0x7FFF0, &byte, 1, &count, NULL);
    printf("fact 53: read from a handle that does not exist: %s\n", result(done));
}

static void show_access(void)
{
    char byte = 'x';
    DWORD count;
    HANDLE device = open_device(DEVICE, GENERIC_READ, 0);
    BOOL done = WriteFile(device, &byte, 1, &count, NULL);

    printf("fact 8: write on a handle for reading: %s\n", result(done));
    done = DeviceIoControl(device, IOCTL_FACTS_WRITE, &byte, 1, &byte, 1, &count, NULL);
    printf("fact 8: control for writing on a handle for reading: %s\n", result(done));
    done = DeviceIoControl(device, IOCTL_FACTS_READ, &byte, 1, &byte, 1, &count, NULL);
    printf("fact 8: control for reading on a handle for reading: %s\n", result(done));
    CloseHandle(device);
    device = open_device(DEVICE, GENERIC_WRITE, 0);
    done = ReadFile(device, &byte, 1, &count, NULL);
    printf("fact 8: read on a handle for writing: %s\n", result(done));
    CloseHandle(device);
}

static void show_control(HANDLE device, DWORD code, DWORD input, DWORD output)
{
    char out[] = "........";
    DWORD count = UNTOUCHED;
    BOOL done = DeviceIoControl(device, code, input ? (char[]){"abcdef"} : NULL, input, output ? out : NULL, output,
                                &count, NULL);

    printf("fact 37: control, %lu in, %lu out: %s, ", (unsigned long)input, (unsigned long)output, result(done));
    printf("%s bytes, buffer %s\n", count_text(count), out);
}

static void show_names(void)
{
    show_open("fact 26", DEVICE);
    show_open("fact 26: case does not matter", "\\\\.\\NTHOSTfacts");
    show_open("fact 26: no such link", "\\\\.\\NthostFactsNot");
    show_open("fact 29: a name below the device", DEVICE "\\Below\\It");
}

static void show_exclusive(void)
{
    HANDLE first = open_device(EXCLUSIVE, GENERIC_READ, 0);

    printf("fact 28: first open of the exclusive device: %s\n", result(first != INVALID_HANDLE_VALUE));
    show_open("fact 28: while it is open", EXCLUSIVE);
    show_open("fact 29: with a name below it", EXCLUSIVE "\\Below");
    CloseHandle(first);
    show_open("fact 33: after the close", EXCLUSIVE);
}

// A second handle to one file object: CLEANUP and CLOSE come with the last.
static void show_duplicate(void)
{
    HANDLE first = open_device(DEVICE, GENERIC_READ, 0), second;
    char byte;
    DWORD count;
    BOOL done =
        DuplicateHandle(GetCurrentProcess(), first, GetCurrentProcess(), &second, 0, FALSE, DUPLICATE_SAME_ACCESS);

    printf("fact 32: duplicate: %s\n", result(done));
    printf("fact 32: close the first: %s\n", result(CloseHandle(first)));
    done = ReadFile(second, &byte, 1, &count, NULL);
    printf("fact 32: read on the second: %s\n", result(done));
    printf("fact 32: close the second: %s\n", result(CloseHandle(second)));
    printf("fact 53: close it again: %s\n", result(CloseHandle(second)));
}

int main(void)
{
    show_names();
    show_exclusive();
    show_access();
    show_duplicate();

    HANDLE device = open_device(DEVICE, GENERIC_READ | GENERIC_WRITE, 0);
    show_lengths(device);
    show_bad_calls(device);
    show_control(device, IOCTL_FACTS_ECHO, 3, 6);
    show_control(device, IOCTL_FACTS_ECHO, 6, 3);
    show_control(device, IOCTL_FACTS_ECHO, 0, 0);
    show_control(device, IOCTL_FACTS_NONE, 3, 6);
    show_synchronous_reads(device);
    CloseHandle(device);

    device = open_device(DEVICE, GENERIC_READ | GENERIC_WRITE, FILE_FLAG_OVERLAPPED);
    show_overlapped_reads(device);
    CloseHandle(device);
    return fflush(stdout) == 0 ? 0 : 1;
}
