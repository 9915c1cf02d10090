// CreateFile: what NtCreateFile is called with, and what the application gets back.
// Facts 26, 27, 29 of semantics; https://learn.microsoft.com/windows/win32/api/fileapi/nf-fileapi-createfilew

#include "win32_test.h"

#include "../../win32/last_error.c"
#include "../../win32/string.c"
#include "../../win32/device_path.c"
#include "../../win32/create_file.c"

static struct {
    int calls;
    ACCESS_MASK access;
    ULONG attributes, share, disposition, options, object_flags;
    char path[1024];
    PVOID descriptor;
    SECURITY_QUALITY_OF_SERVICE quality;
    bool has_quality;
    // what to answer
    NTSTATUS status;
    ULONG_PTR information;
} seen;

static NTSTATUS NTAPI fake_create_file(PHANDLE file, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes,
                                       PIO_STATUS_BLOCK iosb, PLARGE_INTEGER allocation, ULONG file_attributes,
                                       ULONG share, ULONG disposition, ULONG options, PVOID ea, ULONG ea_length)
{
    assert_int_equal(attributes->Length, sizeof(*attributes));
    assert_null(attributes->RootDirectory);
    assert_null(allocation);
    assert_null(ea);
    assert_int_equal(ea_length, 0);
    seen.calls++;
    seen.access = access;
    seen.attributes = file_attributes;
    seen.share = share;
    seen.disposition = disposition;
    seen.options = options;
    seen.object_flags = attributes->Attributes;
    seen.descriptor = attributes->SecurityDescriptor;
    seen.has_quality = attributes->SecurityQualityOfService != NULL;
    if (seen.has_quality)
        seen.quality = *(SECURITY_QUALITY_OF_SERVICE *)attributes->SecurityQualityOfService;
    strcpy(seen.path, shown(attributes->ObjectName));
    iosb->Information = seen.information;
    if (NT_SUCCESS(seen.status))
        *file = (HANDLE)0x44;
    return seen.status;
}

static int reset(void **state)
{
    (void)state;
    memset(&seen, 0, sizeof(seen));
    table.NtCreateFile = fake_create_file;
    return 0;
}

static void names(void **state)
{
    static const struct {
        const char *name, *path; // path NULL: refused with error
        DWORD error;
    } cases[] = {
        {"\\\\.\\LySharkDriver", "\\??\\LySharkDriver", 0},
        {"//./LySharkDriver", "\\??\\LySharkDriver", 0},
        {"\\\\.\\Dev\\sub\\file", "\\??\\Dev\\sub\\file", 0},
        {"\\\\.\\Dev/sub//file", "\\??\\Dev\\sub\\file", 0},
        {"\\\\.\\Dev\\", "\\??\\Dev\\", 0},
        {"\\\\.\\Dev\\a\\..\\b", "\\??\\Dev\\b", 0},
        {"\\\\.\\Dev\\a\\..", "\\??\\Dev", 0},
        {"\\\\.\\Dev\\.\\b", "\\??\\Dev\\b", 0},
        {"\\\\.\\..\\Dev", "\\??\\Dev", 0},
        {"\\\\.\\Dev. .", "\\??\\Dev", 0},
        {"\\\\.\\a.\\b", "\\??\\a\\b", 0},
        {"\\\\.\\a...\\b", "\\??\\a...\\b", 0},
        {"\\\\.\\Global\\X", "\\??\\Global\\X", 0},
        {"\\\\.", "\\??\\", 0},
        {"\\\\.\\", "\\??\\", 0},
        {"\\\\?\\Dev\\a\\..\\b/c. ", "\\??\\Dev\\a\\..\\b/c. ", 0},
        {"\\\\?\\GLOBALROOT\\Device\\X", "\\??\\GLOBALROOT\\Device\\X", 0},
        {"//?/Dev/a", "\\??\\Dev\\a", 0},
        {"\\\\.\\设备", "\\??\\设备", 0},
        {"C:\\dir\\x", "\\??\\C:\\dir\\x", 0},
        {"COM1", "\\??\\COM1", 0},
        {"com9:", "\\??\\com9", 0},
        {"NUL", "\\??\\NUL", 0},
        {"COM10", NULL, ERROR_FILE_NOT_FOUND},
        {"COMx", NULL, ERROR_FILE_NOT_FOUND},
        {"\\??\\LySharkDriver", NULL, ERROR_INVALID_NAME},
        {"\\\\server\\share\\x", NULL, ERROR_BAD_NETPATH},
        {"\\\\.x\\y", NULL, ERROR_BAD_NETPATH},
        {"/etc/passwd", NULL, ERROR_PATH_NOT_FOUND},
        {"\\Device\\X", NULL, ERROR_PATH_NOT_FOUND},
        {"dir/file", NULL, ERROR_PATH_NOT_FOUND},
        {"file", NULL, ERROR_FILE_NOT_FOUND},
        {"", NULL, ERROR_PATH_NOT_FOUND},
        {NULL, NULL, ERROR_PATH_NOT_FOUND},
    };
    for (size_t i = 0; i < ARRAYSIZE(cases); i++) {
        const char *name = cases[i].name ? cases[i].name : "NULL";
        reset(state);
        SetLastError(0xdeadbeef);
        HANDLE file = CreateFileA(cases[i].name, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
        expect_equal(name, "last error", GetLastError(), cases[i].error);
        expect_equal(name, "calls of NtCreateFile", seen.calls, cases[i].path != NULL);
        expect_equal(name, "handle", (LONG_PTR)file, cases[i].path ? 0x44 : -1);
        if (cases[i].path && strcmp(seen.path, cases[i].path)) {
            print_error("%s: path: expected %s, got %s\n", name, cases[i].path, seen.path);
            wrong++;
        }
    }
    all_right();
}

static void long_names(void **state)
{
    (void)state;
    static char name[70000];
    memset(name, 'x', sizeof(name) - 1);
    memcpy(name, "\\\\.\\", 4);
    name[4 + 32763] = 0; // \??\ and 32763 characters: as long as a counted string can be
    assert_ptr_equal(CreateFileA(name, 0, 0, NULL, OPEN_EXISTING, 0, NULL), (HANDLE)0x44);
    assert_int_equal(seen.calls, 1);
    name[4 + 32763] = 'x';
    name[4 + 32764] = 0;
    assert_ptr_equal(CreateFileA(name, 0, 0, NULL, OPEN_EXISTING, 0, NULL), INVALID_HANDLE_VALUE);
    assert_int_equal(GetLastError(), ERROR_FILENAME_EXCED_RANGE);
    assert_int_equal(seen.calls, 1);
}

static void dispositions(void **state)
{
    static const struct {
        const char *name;
        DWORD given;
        ULONG passed;
    } cases[] = {
        {"CREATE_NEW", CREATE_NEW, FILE_CREATE},
        {"CREATE_ALWAYS", CREATE_ALWAYS, FILE_OVERWRITE_IF},
        {"OPEN_EXISTING", OPEN_EXISTING, FILE_OPEN},
        {"OPEN_ALWAYS", OPEN_ALWAYS, FILE_OPEN_IF},
        {"TRUNCATE_EXISTING", TRUNCATE_EXISTING, FILE_OVERWRITE},
    };
    for (size_t i = 0; i < ARRAYSIZE(cases); i++) {
        reset(state);
        CreateFileA("\\\\.\\X", GENERIC_WRITE, 0, NULL, cases[i].given, 0, NULL);
        expect_equal(cases[i].name, "disposition", seen.disposition, cases[i].passed);
    }
    for (DWORD bad = 0; bad < 8; bad = bad ? bad + 1 : 6) { // 0, 6, 7
        reset(state);
        expect_equal("bad disposition", "handle",
                     (LONG_PTR)CreateFileA("\\\\.\\X", GENERIC_WRITE, 0, NULL, bad, 0, NULL), -1);
        expect_equal("bad disposition", "last error", GetLastError(), ERROR_INVALID_PARAMETER);
        expect_equal("bad disposition", "calls", seen.calls, 0);
    }
    CreateFileA("\\\\.\\X", GENERIC_READ, 0, NULL, TRUNCATE_EXISTING, 0, NULL);
    expect_equal("TRUNCATE_EXISTING without GENERIC_WRITE", "last error", GetLastError(), ERROR_INVALID_PARAMETER);
    all_right();
}

static void options(void **state)
{
    const ULONG sync = FILE_SYNCHRONOUS_IO_NONALERT, file = FILE_NON_DIRECTORY_FILE;
    const struct {
        const char *name;
        DWORD access, flags;
        ULONG passed, attributes;
    } cases[] = {
        {"no flags", GENERIC_READ, 0, sync | file, 0},
        {"FILE_ATTRIBUTE_NORMAL", GENERIC_READ, FILE_ATTRIBUTE_NORMAL, sync | file, FILE_ATTRIBUTE_NORMAL},
        {"overlapped", GENERIC_READ, FILE_FLAG_OVERLAPPED, file, 0},
        {"write through", GENERIC_READ, FILE_FLAG_WRITE_THROUGH, sync | file | FILE_WRITE_THROUGH, 0},
        {"no buffering", 0, FILE_FLAG_NO_BUFFERING, sync | file | FILE_NO_INTERMEDIATE_BUFFERING, 0},
        {"random access", 0, FILE_FLAG_RANDOM_ACCESS, sync | file | FILE_RANDOM_ACCESS, 0},
        {"sequential", 0, FILE_FLAG_SEQUENTIAL_SCAN, sync | file | FILE_SEQUENTIAL_ONLY, 0},
        {"reparse point", 0, FILE_FLAG_OPEN_REPARSE_POINT, sync | file | FILE_OPEN_REPARSE_POINT, 0},
        {"no recall", 0, FILE_FLAG_OPEN_NO_RECALL, sync | file | FILE_OPEN_NO_RECALL, 0},
        {"delete on close", 0, FILE_FLAG_DELETE_ON_CLOSE, sync | file | FILE_DELETE_ON_CLOSE, 0},
        {"backup, read", GENERIC_READ, FILE_FLAG_BACKUP_SEMANTICS, sync | FILE_OPEN_FOR_BACKUP_INTENT, 0},
        {"backup, write", GENERIC_WRITE, FILE_FLAG_BACKUP_SEMANTICS, sync | FILE_OPEN_REMOTE_INSTANCE, 0},
        {"backup, neither", 0, FILE_FLAG_BACKUP_SEMANTICS, sync, 0},
        {"attributes", 0, FILE_ATTRIBUTE_READONLY | FILE_ATTRIBUTE_HIDDEN, sync | file,
         FILE_ATTRIBUTE_READONLY | FILE_ATTRIBUTE_HIDDEN},
        {"attribute directory is not settable", 0, FILE_ATTRIBUTE_DIRECTORY, sync | file, 0},
    };
    for (size_t i = 0; i < ARRAYSIZE(cases); i++) {
        reset(state);
        CreateFileA("\\\\.\\X", cases[i].access, FILE_SHARE_READ, NULL, OPEN_EXISTING, cases[i].flags, NULL);
        ACCESS_MASK access = cases[i].access | SYNCHRONIZE | FILE_READ_ATTRIBUTES;
        if (cases[i].flags & FILE_FLAG_DELETE_ON_CLOSE)
            access |= DELETE;
        expect_equal(cases[i].name, "options", seen.options, cases[i].passed);
        expect_equal(cases[i].name, "attributes", seen.attributes, cases[i].attributes);
        expect_equal(cases[i].name, "access", seen.access, access);
        expect_equal(cases[i].name, "share", seen.share, FILE_SHARE_READ);
        expect_equal(cases[i].name, "object flags", seen.object_flags, OBJ_CASE_INSENSITIVE);
    }
    all_right();
}

static void security(void **state)
{
    (void)state;
    int descriptor;
    SECURITY_ATTRIBUTES attributes = {sizeof(attributes), &descriptor, TRUE};
    CreateFileA("\\\\.\\X", 0, 0, &attributes, OPEN_EXISTING, FILE_FLAG_POSIX_SEMANTICS, NULL);
    assert_int_equal(seen.object_flags, OBJ_INHERIT); // and case matters
    assert_ptr_equal(seen.descriptor, &descriptor);
    assert_false(seen.has_quality);
    CreateFileA("\\\\.\\X", 0, 0, NULL, OPEN_EXISTING,
                SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION | SECURITY_EFFECTIVE_ONLY, NULL);
    assert_true(seen.has_quality);
    assert_int_equal(seen.quality.Length, sizeof(seen.quality));
    assert_int_equal(seen.quality.ImpersonationLevel, SecurityIdentification);
    assert_true(seen.quality.EffectiveOnly);
    assert_false(seen.quality.ContextTrackingMode);
}

static void results(void **state)
{
    static const struct {
        const char *name;
        DWORD disposition;
        NTSTATUS status;
        ULONG_PTR information;
        DWORD error;
    } cases[] = {
        {"opened", OPEN_EXISTING, STATUS_SUCCESS, FILE_OPENED, 0},
        {"OPEN_ALWAYS, was there", OPEN_ALWAYS, STATUS_SUCCESS, FILE_OPENED, ERROR_ALREADY_EXISTS},
        {"OPEN_ALWAYS, created", OPEN_ALWAYS, STATUS_SUCCESS, FILE_CREATED, 0},
        {"CREATE_ALWAYS, was there", CREATE_ALWAYS, STATUS_SUCCESS, FILE_OVERWRITTEN, ERROR_ALREADY_EXISTS},
        {"CREATE_ALWAYS, created", CREATE_ALWAYS, STATUS_SUCCESS, FILE_CREATED, 0},
        {"CREATE_NEW, was there", CREATE_NEW, STATUS_OBJECT_NAME_COLLISION, 0, ERROR_FILE_EXISTS},
        {"collision otherwise", CREATE_ALWAYS, STATUS_OBJECT_NAME_COLLISION, 0, ERROR_ALREADY_EXISTS},
        {"no such name", OPEN_EXISTING, STATUS_OBJECT_NAME_NOT_FOUND, 0, ERROR_FILE_NOT_FOUND},
        {"no such path", OPEN_EXISTING, STATUS_OBJECT_PATH_NOT_FOUND, 0, ERROR_PATH_NOT_FOUND},
        {"no such device", OPEN_EXISTING, STATUS_NO_SUCH_DEVICE, 0, ERROR_FILE_NOT_FOUND},
        {"exclusive", OPEN_EXISTING, STATUS_ACCESS_DENIED, 0, ERROR_ACCESS_DENIED},
        {"a directory", OPEN_EXISTING, STATUS_FILE_IS_A_DIRECTORY, 0, ERROR_ACCESS_DENIED},
        {"no dispatch routine", OPEN_EXISTING, STATUS_INVALID_DEVICE_REQUEST, 0, ERROR_INVALID_FUNCTION},
    };
    for (size_t i = 0; i < ARRAYSIZE(cases); i++) {
        reset(state);
        seen.status = cases[i].status;
        seen.information = cases[i].information;
        SetLastError(0xdeadbeef);
        HANDLE file = CreateFileA("\\\\.\\X", GENERIC_READ, 0, NULL, cases[i].disposition, 0, NULL);
        expect_equal(cases[i].name, "last error", GetLastError(), cases[i].error);
        expect_equal(cases[i].name, "handle", (LONG_PTR)file, NT_SUCCESS(cases[i].status) ? 0x44 : -1);
    }
    reset(state);
    seen.status = STATUS_FILE_IS_A_DIRECTORY;
    CreateFileA("\\\\.\\X\\", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
    expect_equal("a directory, with a separator at the end", "last error", GetLastError(), ERROR_PATH_NOT_FOUND);
    all_right();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(names, reset),        cmocka_unit_test_setup(long_names, reset),
        cmocka_unit_test_setup(dispositions, reset), cmocka_unit_test_setup(options, reset),
        cmocka_unit_test_setup(security, reset),     cmocka_unit_test_setup(results, reset),
    };
    return cmocka_run_group_tests_name("win32 CreateFile", tests, NULL, NULL);
}
