// hold DEVICE: opens the device, says "open" or the error's number, and holds it until its input ends.
#include <windows.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    HANDLE device = argc == 2 ? CreateFileA(argv[1], GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL)
                              : INVALID_HANDLE_VALUE;
    if (device == INVALID_HANDLE_VALUE) {
        printf("error %lu\n", (unsigned long)GetLastError());
        return 1;
    }
    printf("open\n");
    fflush(stdout);
    while (getchar() != EOF)
        ;
    return CloseHandle(device) ? 0 : 1;
}
