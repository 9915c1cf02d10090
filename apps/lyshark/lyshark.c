// lyshark: the application of LySharkDriver.
//
// Opens \\.\LySharkDriver, reads 5 bytes and prints each, writes "hello lyshark". Exit status 0 when all of
// it worked, 1 otherwise. One source: an .exe for Windows and Wine, a Linux program with nthost.

#include <windows.h>
#include <stdio.h>
#include <string.h>

#define DEVICE "\\\\.\\LySharkDriver"

// What the user can do about an error, or "" where the error's own text says it all.
static const char *advice(DWORD error)
{
    switch (error) {
    case ERROR_FILE_NOT_FOUND:
        return "The driver is not running: \"drvctl start LySharkDriver\" starts it.";
    case ERROR_ACCESS_DENIED:
        return "Another program has the device open (it is exclusive), or you are not an administrator.";
    default:
        return "";
    }
}

// Prints "lyshark: ACTION: TEXT (NUMBER)" and the advice.
static void report(const char *action, DWORD error)
{
    char text[256];
    DWORD length = FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, error, 0, text,
                                  sizeof text, NULL);

    while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == '\r' || text[length - 1] == ' '))
        length--;
    text[length] = '\0';
    fprintf(stderr, "lyshark: %s: %s (%lu)\n", action, length > 0 ? text : "unknown error", (unsigned long)error);
    if (*advice(error))
        fprintf(stderr, "         %s\n", advice(error));
}

static BOOL read_bytes(HANDLE device)
{
    char buffer[5];
    DWORD length;

    if (!ReadFile(device, buffer, sizeof buffer, &length, NULL)) {
        report("cannot read from " DEVICE, GetLastError());
        return FALSE;
    }
    for (DWORD i = 0; i < length; i++)
        printf("读取字节: %c\n", buffer[i]);
    return TRUE;
}

static BOOL write_text(HANDLE device, const char *text)
{
    DWORD length = (DWORD)strlen(text);
    DWORD written;

    if (!WriteFile(device, text, length, &written, NULL)) {
        report("cannot write to " DEVICE, GetLastError());
        return FALSE;
    }
    if (written != length) {
        fprintf(stderr, "lyshark: the driver took %lu of %lu bytes\n", (unsigned long)written, (unsigned long)length);
        return FALSE;
    }
    return TRUE;
}

int main(void)
{
    SetConsoleOutputCP(CP_UTF8);

    HANDLE device =
        CreateFileA(DEVICE, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
    if (device == INVALID_HANDLE_VALUE) {
        report("cannot open " DEVICE, GetLastError());
        return 1;
    }
    BOOL done = read_bytes(device) && write_text(device, "hello lyshark");
    if (!CloseHandle(device)) {
        report("cannot close " DEVICE, GetLastError());
        done = FALSE;
    }
    if (fflush(stdout) != 0) {
        fprintf(stderr, "lyshark: cannot write the output\n");
        done = FALSE;
    }
    return done ? 0 : 1;
}
