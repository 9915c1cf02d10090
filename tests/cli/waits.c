// Two threads that wait for the kernel: one for an event that nobody sets, one for a letter that nobody writes to the
// mailbox driver. Says "waiting", and what ended each wait.
#include <windows.h>

#include <stdio.h>
#include <unistd.h>

static volatile int ended;

static DWORD WINAPI wait_for_event(LPVOID event)
{
    DWORD result = WaitForSingleObject(event, INFINITE);
    printf("event: %s\n", result == WAIT_FAILED ? "failed" : "set");
    ended = 1;
    return 0;
}

int main(void)
{
    char letter[64];
    DWORD read;
    HANDLE device =
        CreateFileA("\\\\.\\Mailbox", GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    HANDLE thread = CreateThread(NULL, 0, wait_for_event, event, 0, NULL);
    if (device == INVALID_HANDLE_VALUE || !event || !thread)
        return 2;
    puts("waiting");
    fflush(stdout);
    BOOL done = ReadFile(device, letter, sizeof letter, &read, NULL);
    printf("letter: %s\n", done ? "read" : "failed");
    while (!ended) // no wait of the kernel's: it is gone
        usleep(1000);
    return 0;
}
