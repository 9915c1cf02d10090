// conformance-files: an application keeps a file on C:, as on Windows.

#include <windows.h>

#include <stdio.h>
#include <string.h>

#define NAME "C:\\nthost-app.txt"

static HANDLE Open(const char *what, const char *name, DWORD access, DWORD disposition, DWORD flags)
{
    SetLastError(ERROR_SUCCESS);
    HANDLE file = CreateFileA(name, access, FILE_SHARE_READ, NULL, disposition, flags, NULL);
    printf("%s: %s, error %lu\n", what, file == INVALID_HANDLE_VALUE ? "FAILED" : "opened",
           (unsigned long)GetLastError());
    return file;
}

static void Write(void)
{
    DWORD bytes = 0;
    HANDLE file = Open("CREATE_ALWAYS", NAME, GENERIC_READ | GENERIC_WRITE, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL);
    BOOL written = WriteFile(file, "first line\n", 11, &bytes, NULL);
    printf("WriteFile: %d, %lu bytes\n", written, (unsigned long)bytes);
    Open("a second writer", NAME, GENERIC_WRITE, OPEN_EXISTING, 0);
    CloseHandle(file);
    file = Open("CREATE_NEW", NAME, GENERIC_WRITE, CREATE_NEW, 0);
    file = Open("OPEN_ALWAYS", NAME, FILE_APPEND_DATA, OPEN_ALWAYS, 0);
    written = WriteFile(file, "second line\n", 12, &bytes, NULL);
    printf("WriteFile to the end: %d, %lu bytes\n", written, (unsigned long)bytes);
    CloseHandle(file);
}

static void Read(void)
{
    char text[64] = "";
    DWORD bytes = 0;
    HANDLE file =
        Open("in another case", "c:/NTHOST-app.TXT", GENERIC_READ | DELETE, OPEN_EXISTING, FILE_FLAG_DELETE_ON_CLOSE);
    BOOL read = ReadFile(file, text, sizeof text - 1, &bytes, NULL);
    printf("ReadFile: %d, %lu bytes\n%s", read, (unsigned long)bytes, text);
    read = ReadFile(file, text, sizeof text - 1, &bytes, NULL);
    printf("ReadFile at the end: %d, %lu bytes\n", read, (unsigned long)bytes);
    CloseHandle(file);
    Open("after delete on close", NAME, GENERIC_READ, OPEN_EXISTING, 0);
    Open("no such folder", "C:\\nthost-none\\x", GENERIC_READ, OPEN_EXISTING, 0);
}

int main(void)
{
    Write();
    Read();
    return 0;
}
