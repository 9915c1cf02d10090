// conformance-secure: who may open a protected device, by its own name and by names below it (fact 29).
//
// The devices' lists say the same for everybody, so the outcome does not depend on who runs this.

#include <windows.h>
#include <stdio.h>

static void show(const char *what, const char *name, DWORD access)
{
    HANDLE device = CreateFileA(name, access, 0, NULL, OPEN_EXISTING, 0, NULL);

    if (device == INVALID_HANDLE_VALUE) {
        printf("fact 29: %s, %s: FALSE, error %lu\n", name, what, (unsigned long)GetLastError());
        return;
    }
    printf("fact 29: %s, %s: TRUE\n", name, what);
    CloseHandle(device);
}

static void show_all(const char *name)
{
    show("no rights", name, 0);
    show("to read", name, GENERIC_READ);
    show("to write", name, GENERIC_WRITE);
    show("to read and write", name, GENERIC_READ | GENERIC_WRITE);
}

int main(void)
{
    show_all("\\\\.\\NthostNobody");
    show_all("\\\\.\\NthostNobody\\Below");
    show_all("\\\\.\\NthostNobodyLoose");
    show_all("\\\\.\\NthostNobodyLoose\\Below");
    show_all("\\\\.\\NthostReaders");
    show_all("\\\\.\\NthostReaders\\Below");
    return fflush(stdout) == 0 ? 0 : 1;
}
