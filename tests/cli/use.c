// use DEVICE STEP...: opens the device and takes the steps one after the other, saying how each ended.
//
//     read BYTES    reads COUNT BYTES    write TEXT    ioctl CODE BYTES (of output)
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char buffer[65536];

static DWORD number(const char *text)
{
    return (DWORD)strtoul(text, NULL, 0);
}

// How many words the step was; 0 when it is none.
static int step(HANDLE device, char **words, int count, BOOL *done, DWORD *bytes)
{
    if (count >= 2 && strcmp(words[0], "read") == 0) {
        *done = ReadFile(device, buffer, number(words[1]), bytes, NULL);
        return 2;
    }
    if (count >= 3 && strcmp(words[0], "reads") == 0) {
        for (DWORD left = number(words[1]); left; left--)
            *done = ReadFile(device, buffer, number(words[2]), bytes, NULL);
        return 3;
    }
    if (count >= 2 && strcmp(words[0], "write") == 0) {
        *done = WriteFile(device, words[1], (DWORD)strlen(words[1]), bytes, NULL);
        return 2;
    }
    if (count >= 3 && strcmp(words[0], "ioctl") == 0) {
        *done = DeviceIoControl(device, number(words[1]), NULL, 0, buffer, number(words[2]), bytes, NULL);
        return 3;
    }
    return 0;
}

int main(int argc, char **argv)
{
    int used = 1;
    if (argc < 2)
        return 2;
    HANDLE device = CreateFileA(argv[1], GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                                OPEN_EXISTING, 0, NULL);
    if (device == INVALID_HANDLE_VALUE) {
        printf("open: error %lu\n", (unsigned long)GetLastError());
        return 1;
    }
    for (int i = 2; i < argc && used; i += used) {
        BOOL done = FALSE;
        DWORD bytes = 0;
        used = step(device, argv + i, argc - i, &done, &bytes);
        if (used && done)
            printf("%s: %lu bytes\n", argv[i], (unsigned long)bytes);
        else
            printf("%s: error %lu\n", argv[i], (unsigned long)GetLastError());
        fflush(stdout);
    }
    CloseHandle(device);
    return 0;
}
