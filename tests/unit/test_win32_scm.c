// The service control manager over the real kernel: registry, loader, \Driver. Expected errors are those that
// Microsoft documents for each call (learn.microsoft.com/windows/win32/api/winsvc, and [MS-SCMR]).

#include "win32_test.h"

#include "../../win32/last_error.c"
#include "../../win32/string.c"
#include "../../win32/path.c"
#include "../../win32/named.c"
#include "../../win32/event.c"
#include "../../win32/scm_handle.c"
#include "../../win32/scm_key.c"
#include "../../win32/scm_database.c"
#include "../../win32/scm_driver.c"
#include "../../win32/scm_depend.c"
#include "../../win32/scm_manager.c"
#define nt_prefix   service_nt_prefix
#define starts_with service_starts_with
#include "../../win32/scm_service.c"
#include "../../win32/scm_config.c"
#define text_bytes          query_text_bytes
#define put_text            query_put_text
#define multi_string_length query_multi_string_length
#include "../../win32/scm_query.c"
#undef text_bytes
#undef put_text
#include "../../win32/scm_enum.c"

#include <nthost.h>

#include "ps/ps.h"

#define DRIVER NTHOST_BUILD_DIR "/drivers/LySharkDriver.sys"

static struct _EPROCESS *application;
static SC_HANDLE manager;

static void use_kernel(void)
{
    table.NtClose = NtClose;
    table.NtCreateEvent = NtCreateEvent;
    table.NtOpenEvent = NtOpenEvent;
    table.NtSetEvent = NtSetEvent;
    table.NtResetEvent = NtResetEvent;
    table.NtPulseEvent = NtPulseEvent;
    table.NtCreateKey = NtCreateKey;
    table.NtOpenKey = NtOpenKey;
    table.NtDeleteKey = NtDeleteKey;
    table.NtDeleteValueKey = NtDeleteValueKey;
    table.NtEnumerateKey = NtEnumerateKey;
    table.NtSetValueKey = NtSetValueKey;
    table.NtQueryValueKey = NtQueryValueKey;
    table.NtLoadDriver = NtLoadDriver;
    table.NtUnloadDriver = NtUnloadDriver;
    table.NtOpenDirectoryObject = NtOpenDirectoryObject;
    table.NtQueryDirectoryObject = NtQueryDirectoryObject;
}

static int boot(void **state)
{
    (void)state;
    use_kernel();
    assert_int_equal(nthost_boot(NULL), STATUS_SUCCESS);
    application = ps_create_process(1000, "application", 0x10000, 0x7ffffffff000);
    assert_non_null(application);
    ps_attach_thread(application, 0);
    manager = OpenSCManagerA(NULL, NULL, SC_MANAGER_ALL_ACCESS);
    assert_non_null(manager);
    return 0;
}

static int shut_down(void **state)
{
    (void)state;
    assert_true(CloseServiceHandle(manager));
    ps_rundown_process(application);
    ps_detach_thread();
    nthost_shutdown();
    struct nthost_counts counts = nthost_counts();
    assert_int_equal(counts.objects, 0);
    assert_int_equal(counts.pool_blocks, 0);
    return 0;
}

static SC_HANDLE create(const char *name, const char *path)
{
    return CreateServiceA(manager, name, NULL, SERVICE_ALL_ACCESS, SERVICE_KERNEL_DRIVER, SERVICE_DEMAND_START,
                          SERVICE_ERROR_NORMAL, path, NULL, NULL, NULL, NULL, NULL);
}

static void remove_service(SC_HANDLE service)
{
    assert_true(DeleteService(service));
    assert_true(CloseServiceHandle(service));
}

#define assert_fails(call, expected)                                                                                   \
    do {                                                                                                               \
        SetLastError(0xdeadbeef);                                                                                      \
        assert_false(call);                                                                                            \
        assert_int_equal(GetLastError(), expected);                                                                    \
    } while (0)

static void opening_the_manager(void **state)
{
    (void)state;
    SC_HANDLE handle = OpenSCManagerA("", "servicesactive", GENERIC_ALL);
    assert_non_null(handle);
    assert_true(CloseServiceHandle(handle));
    assert_fails(CloseServiceHandle(handle), ERROR_INVALID_HANDLE); // twice
    assert_fails(CloseServiceHandle(NULL), ERROR_INVALID_HANDLE);
    assert_fails(CloseServiceHandle((SC_HANDLE)0x1234), ERROR_INVALID_HANDLE);
    assert_fails(CloseServiceHandle((SC_HANDLE)-1), ERROR_INVALID_HANDLE);
    assert_fails(OpenSCManagerA(NULL, "ServicesFailed", 0), ERROR_DATABASE_DOES_NOT_EXIST);
    assert_fails(OpenSCManagerW(NULL, L"DoesNotExist", 0), ERROR_INVALID_NAME);
    assert_fails(OpenSCManagerA("does.not.exist", NULL, 0), RPC_S_SERVER_UNAVAILABLE);
    assert_fails(OpenSCManagerA(NULL, NULL, 0x200), ERROR_ACCESS_DENIED);
}

// The order of the checks, case by case.
static void creating_badly(void **state)
{
    (void)state;
    SC_HANDLE weak = OpenSCManagerA(NULL, NULL, SC_MANAGER_CONNECT);
    const DWORD driver = SERVICE_KERNEL_DRIVER, demand = SERVICE_DEMAND_START;
    char long_name[300];
    memset(long_name, 'n', sizeof(long_name));
    long_name[257] = 0;
    const struct {
        const char *why;
        SC_HANDLE manager;
        const char *name, *display_name;
        DWORD access, type, start, control;
        const char *path, *account;
        DWORD error;
    } cases[] = {
        {"no handle", NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, ERROR_INVALID_HANDLE},
        {"no name", weak, NULL, NULL, 0, driver, demand, 0, "/x", NULL, ERROR_INVALID_ADDRESS},
        {"no path", weak, "a", NULL, 0, driver, demand, 0, NULL, NULL, ERROR_INVALID_ADDRESS},
        {"no right", weak, "", NULL, 0, 0, 0, 0, "", NULL, ERROR_ACCESS_DENIED},
        {"empty name", manager, "", NULL, 0, 0, 0, 0, "", NULL, ERROR_INVALID_NAME},
        {"slash", manager, "a/b", NULL, 0, driver, demand, 0, "/x", NULL, ERROR_INVALID_NAME},
        {"backslash", manager, "a\\b", NULL, 0, driver, demand, 0, "/x", NULL, ERROR_INVALID_NAME},
        {"257 characters", manager, long_name, NULL, 0, driver, demand, 0, "/x", NULL, ERROR_INVALID_NAME},
        {"long display name", manager, "a", long_name, 0, driver, demand, 0, "/x", NULL, ERROR_INVALID_NAME},
        {"empty path", manager, "a", NULL, 0, driver, demand, 0, "", NULL, ERROR_INVALID_PARAMETER},
        {"program", manager, "a", NULL, 0, SERVICE_WIN32_OWN_PROCESS, demand, 0, "/x", NULL, ERROR_INVALID_PARAMETER},
        {"no type", manager, "a", NULL, 0, 0, demand, 0, "/x", NULL, ERROR_INVALID_PARAMETER},
        {"two types", manager, "a", NULL, 0, driver | 2, demand, 0, "/x", NULL, ERROR_INVALID_PARAMETER},
        {"start type", manager, "a", NULL, 0, driver, 5, 0, "/x", NULL, ERROR_INVALID_PARAMETER},
        {"error control", manager, "a", NULL, 0, driver, demand, 4, "/x", NULL, ERROR_INVALID_PARAMETER},
        {"unknown right", manager, "a", NULL, 0x8000, driver, demand, 0, "/x", NULL, ERROR_ACCESS_DENIED},
        {"account", manager, "a", NULL, 0, driver, demand, 0, "/x", "Administrator", ERROR_INVALID_SERVICE_ACCOUNT},
    };
    for (size_t i = 0; i < ARRAYSIZE(cases); i++) {
        SetLastError(0xdeadbeef);
        SC_HANDLE handle =
            CreateServiceA(cases[i].manager, cases[i].name, cases[i].display_name, cases[i].access, cases[i].type,
                           cases[i].start, cases[i].control, cases[i].path, NULL, NULL, NULL, cases[i].account, NULL);
        expect_equal(cases[i].why, "handle", (LONG_PTR)handle, 0);
        expect_equal(cases[i].why, "last error", GetLastError(), cases[i].error);
    }
    all_right();
    assert_true(CloseServiceHandle(weak));
}

static void opening(void **state)
{
    (void)state;
    SC_HANDLE service = create("Opened", "/nowhere/x.sys");
    assert_non_null(service);
    assert_fails(OpenServiceA(NULL, NULL, 0), ERROR_INVALID_HANDLE);
    assert_fails(OpenServiceA(manager, NULL, 0), ERROR_INVALID_ADDRESS);
    assert_fails(OpenServiceA(manager, "", 0), ERROR_INVALID_NAME);
    assert_fails(OpenServiceA(manager, "a\\b", 0), ERROR_INVALID_NAME);
    assert_fails(OpenServiceA(manager, "deadbeef", 0), ERROR_SERVICE_DOES_NOT_EXIST);
    assert_fails(OpenServiceA(service, "Opened", 0), ERROR_INVALID_HANDLE); // a handle of the other kind
    assert_fails(OpenServiceA(manager, "Opened", 0x8000), ERROR_ACCESS_DENIED);

    SC_HANDLE weak = OpenServiceW(manager, L"oPENED", 0); // case does not count
    assert_non_null(weak);
    SERVICE_STATUS status;
    BYTE buffer[1024];
    DWORD needed;
    assert_fails(StartServiceA(weak, 0, NULL), ERROR_ACCESS_DENIED);
    assert_fails(ControlService(weak, SERVICE_CONTROL_STOP, &status), ERROR_ACCESS_DENIED);
    assert_fails(ControlService(weak, SERVICE_CONTROL_INTERROGATE, &status), ERROR_ACCESS_DENIED);
    assert_fails(ControlService(weak, 77, &status), ERROR_INVALID_PARAMETER);
    assert_fails(QueryServiceStatus(weak, &status), ERROR_ACCESS_DENIED);
    assert_fails(QueryServiceConfigA(weak, (void *)buffer, sizeof(buffer), &needed), ERROR_ACCESS_DENIED);
    assert_fails(DeleteService(weak), ERROR_ACCESS_DENIED);
    assert_fails(QueryServiceStatus(manager, &status), ERROR_INVALID_HANDLE);
    assert_true(CloseServiceHandle(weak));
    remove_service(service);
}

static DWORD state_of(SC_HANDLE service)
{
    SERVICE_STATUS status = {0};
    assert_true(QueryServiceStatus(service, &status));
    assert_int_equal(status.dwServiceType, SERVICE_KERNEL_DRIVER);
    return status.dwCurrentState;
}

static void a_driver_lives(void **state)
{
    (void)state;
    SERVICE_STATUS status;
    SC_HANDLE service = create("LySharkDriver", DRIVER);
    assert_non_null(service);
    assert_fails(create("lysharkdriver", DRIVER), ERROR_SERVICE_EXISTS);
    assert_true(QueryServiceStatus(service, &status));
    assert_int_equal(status.dwCurrentState, SERVICE_STOPPED);
    assert_int_equal(status.dwWin32ExitCode, ERROR_SERVICE_NEVER_STARTED);
    assert_fails(ControlService(service, SERVICE_CONTROL_STOP, &status), ERROR_SERVICE_NOT_ACTIVE);
    assert_int_equal(status.dwCurrentState, SERVICE_STOPPED); // filled for this error

    for (int i = 0; i < 2; i++) { // a driver can be started again
        assert_true(StartServiceA(service, 0, NULL));
        assert_true(QueryServiceStatus(service, &status));
        assert_int_equal(status.dwCurrentState, SERVICE_RUNNING);
        assert_int_equal(status.dwControlsAccepted, SERVICE_ACCEPT_STOP);
        assert_int_equal(status.dwWin32ExitCode, 0);
        assert_fails(StartServiceA(service, 0, NULL), ERROR_SERVICE_ALREADY_RUNNING);
        assert_true(ControlService(service, SERVICE_CONTROL_INTERROGATE, &status));
        assert_fails(ControlService(service, SERVICE_CONTROL_PAUSE, &status), ERROR_INVALID_SERVICE_CONTROL);
        assert_fails(ControlService(service, 200, &status), ERROR_INVALID_SERVICE_CONTROL);
        memset(&status, 0, sizeof(status));
        assert_true(ControlService(service, SERVICE_CONTROL_STOP, &status));
        assert_int_equal(status.dwCurrentState, SERVICE_STOPPED);
        assert_int_equal(status.dwWin32ExitCode, 0);
    }
    assert_fails(ControlService(service, SERVICE_CONTROL_STOP, NULL), ERROR_INVALID_ADDRESS);

    SERVICE_STATUS_PROCESS process;
    DWORD needed = 0;
    assert_true(QueryServiceStatusEx(service, SC_STATUS_PROCESS_INFO, (LPBYTE)&process, sizeof(process), &needed));
    assert_int_equal(process.dwCurrentState, SERVICE_STOPPED);
    assert_int_equal(process.dwProcessId, 0);
    assert_fails(QueryServiceStatusEx(service, SC_STATUS_PROCESS_INFO, NULL, 0, &needed), ERROR_INSUFFICIENT_BUFFER);
    assert_int_equal(needed, sizeof(process));
    assert_fails(QueryServiceStatusEx(service, 5, NULL, 0, &needed), ERROR_INVALID_LEVEL);
    remove_service(service);
}

static void deleting(void **state)
{
    (void)state;
    SC_HANDLE service = create("Deleted", DRIVER), other = OpenServiceA(manager, "Deleted", SERVICE_ALL_ACCESS);
    assert_true(StartServiceA(service, 0, NULL));
    assert_true(DeleteService(service));
    assert_fails(DeleteService(other), ERROR_SERVICE_MARKED_FOR_DELETE);
    assert_fails(create("Deleted", DRIVER), ERROR_SERVICE_MARKED_FOR_DELETE);
    assert_int_equal(state_of(other), SERVICE_RUNNING); // it still runs, and is still there
    assert_true(CloseServiceHandle(service));
    assert_true(CloseServiceHandle(other));

    service = OpenServiceA(manager, "Deleted", SERVICE_ALL_ACCESS); // running: not gone with the last handle
    assert_non_null(service);
    assert_fails(create("Deleted", DRIVER), ERROR_SERVICE_MARKED_FOR_DELETE);
    SERVICE_STATUS status;
    assert_true(ControlService(service, SERVICE_CONTROL_STOP, &status));
    assert_fails(StartServiceA(service, 0, NULL), ERROR_SERVICE_MARKED_FOR_DELETE);
    assert_true(CloseServiceHandle(service)); // now it goes
    assert_fails(OpenServiceA(manager, "Deleted", 0), ERROR_SERVICE_DOES_NOT_EXIST);
    service = create("Deleted", DRIVER);
    assert_non_null(service);
    remove_service(service);
    assert_fails(OpenServiceA(manager, "Deleted", 0), ERROR_SERVICE_DOES_NOT_EXIST);
}

static NTSTATUS fake_status;

static NTSTATUS NTAPI fake_load_or_unload(PUNICODE_STRING key)
{
    assert_string_equal(shown(key), "\\Registry\\Machine\\System\\CurrentControlSet\\Services\\Faked");
    return fake_status;
}

static void starting_fails(void **state)
{
    (void)state;
    static const struct {
        NTSTATUS status;
        DWORD error;
    } cases[] = {
        {STATUS_IMAGE_ALREADY_LOADED, ERROR_SERVICE_ALREADY_RUNNING},
        {STATUS_OBJECT_NAME_NOT_FOUND, ERROR_FILE_NOT_FOUND},
        {STATUS_OBJECT_PATH_NOT_FOUND, ERROR_PATH_NOT_FOUND},
        {STATUS_INVALID_IMAGE_FORMAT, ERROR_BAD_EXE_FORMAT},
        {STATUS_PROCEDURE_NOT_FOUND, ERROR_PROC_NOT_FOUND},
        {STATUS_INSUFFICIENT_RESOURCES, ERROR_NO_SYSTEM_RESOURCES},
        {STATUS_UNSUCCESSFUL, ERROR_GEN_FAILURE},
    };
    SERVICE_STATUS status;
    SC_HANDLE service = create("Faked", "/nowhere/at/all.sys");
    table.NtLoadDriver = fake_load_or_unload;
    for (size_t i = 0; i < ARRAYSIZE(cases); i++) {
        fake_status = cases[i].status;
        assert_fails(StartServiceA(service, 0, NULL), cases[i].error);
    }
    assert_true(QueryServiceStatus(service, &status));
    assert_int_equal(status.dwWin32ExitCode, ERROR_GEN_FAILURE); // why it does not run
    use_kernel();
    SetLastError(0xdeadbeef);
    assert_false(StartServiceA(service, 0, NULL));
    assert_true(GetLastError() == ERROR_FILE_NOT_FOUND || GetLastError() == ERROR_PATH_NOT_FOUND);
    remove_service(service);

    service = CreateServiceA(manager, "Disabled", NULL, SERVICE_ALL_ACCESS, SERVICE_KERNEL_DRIVER, SERVICE_DISABLED,
                             SERVICE_ERROR_NORMAL, DRIVER, NULL, NULL, NULL, NULL, NULL);
    assert_fails(StartServiceA(service, 0, NULL), ERROR_SERVICE_DISABLED);
    remove_service(service);
}

static void stopping_is_late_or_refused(void **state)
{
    (void)state;
    SERVICE_STATUS status = {0};
    SC_HANDLE service = create("Faked", DRIVER);
    assert_true(StartServiceA(service, 0, NULL));
    table.NtUnloadDriver = fake_load_or_unload;
    fake_status = STATUS_INVALID_DEVICE_REQUEST; // fact 46: no unload routine
    assert_fails(ControlService(service, SERVICE_CONTROL_STOP, &status), ERROR_INVALID_SERVICE_CONTROL);
    assert_int_equal(status.dwCurrentState, SERVICE_RUNNING);
    fake_status = STATUS_SUCCESS; // fact 46: a device is open, the unload waits
    assert_true(ControlService(service, SERVICE_CONTROL_STOP, &status));
    assert_int_equal(status.dwCurrentState, SERVICE_STOP_PENDING);
    assert_int_equal(status.dwControlsAccepted, 0);
    assert_fails(ControlService(service, SERVICE_CONTROL_STOP, &status), ERROR_SERVICE_CANNOT_ACCEPT_CTRL);
    assert_fails(StartServiceA(service, 0, NULL), ERROR_SERVICE_ALREADY_RUNNING);
    use_kernel();
    UNICODE_STRING key = RTL_CONSTANT_STRING(L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\Faked");
    assert_int_equal(NtUnloadDriver(&key), STATUS_SUCCESS);
    assert_int_equal(state_of(service), SERVICE_STOPPED);
    assert_true(StartServiceA(service, 0, NULL));
    assert_int_equal(state_of(service), SERVICE_RUNNING);
    assert_true(ControlService(service, SERVICE_CONTROL_STOP, &status));
    remove_service(service);
}

static void configuration(void **state)
{
    (void)state;
    BYTE buffer[2048];
    DWORD needed = 0;
    QUERY_SERVICE_CONFIGA *ansi = (void *)buffer;
    QUERY_SERVICE_CONFIGW *wide = (void *)buffer;
    SC_HANDLE service =
        CreateServiceA(manager, "Config", "显示名", SERVICE_ALL_ACCESS, SERVICE_KERNEL_DRIVER, SERVICE_AUTO_START,
                       SERVICE_ERROR_SEVERE, "\"/a/../b.sys\"", "Base", NULL, "One\0+Two\0", "\\Driver\\Other", NULL);
    assert_non_null(service);
    assert_fails(QueryServiceConfigA(service, NULL, 0, &needed), ERROR_INSUFFICIENT_BUFFER);
    assert_fails(QueryServiceConfigA(service, ansi, needed - 1, &needed), ERROR_INSUFFICIENT_BUFFER);
    memset(buffer, 0xCC, sizeof(buffer));
    assert_true(QueryServiceConfigA(service, ansi, needed, &needed));
    assert_int_equal(buffer[needed], 0xCC);
    assert_int_equal(ansi->dwServiceType, SERVICE_KERNEL_DRIVER);
    assert_int_equal(ansi->dwStartType, SERVICE_AUTO_START);
    assert_int_equal(ansi->dwErrorControl, SERVICE_ERROR_SEVERE);
    assert_int_equal(ansi->dwTagId, 0);
    assert_string_equal(ansi->lpBinaryPathName, "\\??\\/b.sys");
    assert_string_equal(ansi->lpDisplayName, "显示名");
    assert_string_equal(ansi->lpLoadOrderGroup, "Base");
    assert_string_equal(ansi->lpServiceStartName, "\\Driver\\Other");
    assert_memory_equal(ansi->lpDependencies, "One\0+Two\0", 10);
    assert_true(QueryServiceConfigW(service, wide, sizeof(buffer), &needed));
    assert_int_equal(lstrcmpW(wide->lpDisplayName, L"显示名"), 0);
    assert_memory_equal(wide->lpDependencies, L"One\0+Two\0", 20);

    assert_fails(create("显示名", DRIVER), ERROR_DUPLICATE_SERVICE_NAME);
    assert_fails(CreateServiceA(manager, "Second", "CONFIG", 0, SERVICE_KERNEL_DRIVER, 3, 1, DRIVER, NULL, NULL, NULL,
                                NULL, NULL),
                 ERROR_DUPLICATE_SERVICE_NAME);
    remove_service(service);

    service = create("Plain", "\\??\\/c.sys");
    assert_true(QueryServiceConfigA(service, ansi, sizeof(buffer), &needed));
    assert_string_equal(ansi->lpDisplayName, "Plain"); // the name, when there is no other
    assert_string_equal(ansi->lpBinaryPathName, "\\??\\/c.sys");
    assert_string_equal(ansi->lpServiceStartName, "");
    assert_memory_equal(ansi->lpDependencies, "", 1);
    remove_service(service);
}

static void enumeration(void **state)
{
    (void)state;
    SC_HANDLE made[3] = {create("Enum1", DRIVER), create("Enum2", "/x.sys"), create("枚举3", "/x.sys")};
    SC_HANDLE weak = OpenSCManagerA(NULL, NULL, SC_MANAGER_CONNECT);
    BYTE buffer[4096];
    DWORD needed = 0, returned = 99, resume = 0, before;
    ENUM_SERVICE_STATUSA *ansi = (void *)buffer;
    ENUM_SERVICE_STATUS_PROCESSW *wide = (void *)buffer;
    assert_fails(EnumServicesStatusA(NULL, SERVICE_DRIVER, 3, NULL, 0, &needed, &returned, NULL), ERROR_INVALID_HANDLE);
    assert_fails(EnumServicesStatusA(weak, SERVICE_DRIVER, 3, NULL, 0, &needed, &returned, NULL), ERROR_ACCESS_DENIED);
    assert_fails(EnumServicesStatusA(manager, 0, 3, NULL, 0, &needed, &returned, NULL), ERROR_INVALID_PARAMETER);
    assert_fails(EnumServicesStatusA(manager, SERVICE_DRIVER, 0, NULL, 0, &needed, &returned, NULL),
                 ERROR_INVALID_PARAMETER);
    assert_fails(EnumServicesStatusA(manager, SERVICE_DRIVER, SERVICE_STATE_ALL, NULL, 0, &needed, &returned, &resume),
                 ERROR_MORE_DATA);
    assert_int_equal(returned, 0);
    before = needed;
    resume = 0;
    assert_true(
        EnumServicesStatusA(manager, SERVICE_DRIVER, SERVICE_STATE_ALL, ansi, before, &needed, &returned, &resume));
    assert_int_equal(returned, 3);
    assert_int_equal(needed, 0);
    assert_int_equal(resume, 0);
    assert_string_equal(ansi[0].lpServiceName, "Enum1");
    assert_string_equal(ansi[2].lpDisplayName, "枚举3");

    // One byte less: the last one comes with the next call.
    assert_fails(
        EnumServicesStatusA(manager, SERVICE_DRIVER, SERVICE_STATE_ALL, ansi, before - 1, &needed, &returned, &resume),
        ERROR_MORE_DATA);
    assert_int_equal(returned, 2);
    assert_true(
        EnumServicesStatusA(manager, SERVICE_DRIVER, SERVICE_STATE_ALL, ansi, before, &needed, &returned, &resume));
    assert_int_equal(returned, 1);
    assert_string_equal(ansi[0].lpServiceName, "枚举3");

    assert_true(StartServiceA(made[0], 0, NULL));
    assert_true(EnumServicesStatusExW(manager, SC_ENUM_PROCESS_INFO, SERVICE_DRIVER, SERVICE_ACTIVE, buffer,
                                      sizeof(buffer), &needed, &returned, NULL, NULL));
    assert_int_equal(returned, 1);
    assert_int_equal(wide->ServiceStatusProcess.dwCurrentState, SERVICE_RUNNING);
    assert_int_equal(lstrcmpW(wide->lpServiceName, L"Enum1"), 0);
    assert_true(EnumServicesStatusExA(manager, SC_ENUM_PROCESS_INFO, SERVICE_DRIVER, SERVICE_INACTIVE, buffer,
                                      sizeof(buffer), &needed, &returned, NULL, ""));
    assert_int_equal(returned, 2);
    assert_true(EnumServicesStatusExA(manager, SC_ENUM_PROCESS_INFO, SERVICE_DRIVER, SERVICE_STATE_ALL, buffer,
                                      sizeof(buffer), &needed, &returned, NULL, "no group"));
    assert_int_equal(returned, 0);
    assert_true(EnumServicesStatusA(manager, SERVICE_WIN32, SERVICE_STATE_ALL, NULL, 0, &needed, &returned, NULL));
    assert_int_equal(returned, 0);

    SERVICE_STATUS status;
    assert_true(ControlService(made[0], SERVICE_CONTROL_STOP, &status));
    for (int i = 0; i < 3; i++)
        remove_service(made[i]);
    assert_true(CloseServiceHandle(weak));
}

static SC_HANDLE depending(const char *name, DWORD start, const char *path, const char *dependencies)
{
    return CreateServiceA(manager, name, NULL, SERVICE_ALL_ACCESS, SERVICE_KERNEL_DRIVER, start, SERVICE_ERROR_NORMAL,
                          path, NULL, NULL, dependencies, NULL, NULL);
}

static DWORD exit_code_of(SC_HANDLE service)
{
    SERVICE_STATUS status = {0};
    assert_true(QueryServiceStatus(service, &status));
    assert_int_equal(status.dwCurrentState, SERVICE_STOPPED);
    return status.dwWin32ExitCode;
}

static const char *config_of(SC_HANDLE service, const char *member)
{
    static char buffer[4096];
    QUERY_SERVICE_CONFIGA *config = (void *)buffer;
    DWORD needed;
    assert_true(QueryServiceConfigA(service, config, sizeof buffer, &needed));
    return strcmp(member, "path") == 0    ? config->lpBinaryPathName
           : strcmp(member, "group") == 0 ? config->lpLoadOrderGroup
                                          : config->lpDependencies;
}

// Upper --> Middle --> (group) --> Lower: starting the first starts all, the last one first.
static void dependencies_start_first(void **state)
{
    (void)state;
    SERVICE_STATUS status;
    SC_HANDLE lower =
        CreateServiceA(manager, "Lower", NULL, SERVICE_ALL_ACCESS, SERVICE_KERNEL_DRIVER, SERVICE_DEMAND_START, 1,
                       NTHOST_BUILD_DIR "/drivers/Mailbox.sys", "Ground", NULL, NULL, NULL, NULL);
    SC_HANDLE upper = depending("Upper", SERVICE_DEMAND_START, DRIVER, "+Ground\0");
    assert_non_null(lower);
    assert_non_null(upper);
    assert_memory_equal(config_of(upper, "dependencies"), "+Ground\0", 9);
    assert_true(StartServiceA(upper, 0, NULL));
    assert_int_equal(state_of(lower), SERVICE_RUNNING);
    assert_fails(StartServiceA(upper, 0, NULL), ERROR_SERVICE_ALREADY_RUNNING);
    assert_true(ControlService(upper, SERVICE_CONTROL_STOP, &status));
    assert_true(ChangeServiceConfigA(upper, SERVICE_NO_CHANGE, SERVICE_NO_CHANGE, SERVICE_NO_CHANGE, NULL, NULL, NULL,
                                     "Lower\0", NULL, NULL, NULL));
    assert_memory_equal(config_of(upper, "dependencies"), "Lower\0", 7);
    assert_true(StartServiceA(upper, 0, NULL));
    assert_fails(ControlService(lower, SERVICE_CONTROL_STOP, &status), ERROR_DEPENDENT_SERVICES_RUNNING);
    assert_true(ControlService(upper, SERVICE_CONTROL_STOP, &status));
    assert_true(ControlService(lower, SERVICE_CONTROL_STOP, &status));
    remove_service(upper);
    remove_service(lower);
}

static void dependencies_fail(void **state)
{
    (void)state;
    SC_HANDLE upper = depending("Upper", SERVICE_DEMAND_START, DRIVER, "Lower\0");
    assert_non_null(upper);
    assert_fails(StartServiceA(upper, 0, NULL), ERROR_SERVICE_DEPENDENCY_DELETED);
    SC_HANDLE lower = depending("Lower", SERVICE_DISABLED, DRIVER, NULL);
    assert_fails(StartServiceA(lower, 0, NULL), ERROR_SERVICE_DISABLED);
    assert_fails(StartServiceA(upper, 0, NULL), ERROR_SERVICE_DEPENDENCY_FAIL);
    assert_int_equal(exit_code_of(upper), ERROR_SERVICE_DEPENDENCY_FAIL);
    assert_true(ChangeServiceConfigA(lower, SERVICE_NO_CHANGE, SERVICE_DEMAND_START, SERVICE_NO_CHANGE,
                                     "/no/such/file.sys", NULL, NULL, NULL, NULL, NULL, NULL));
    assert_fails(StartServiceA(upper, 0, NULL), ERROR_SERVICE_DEPENDENCY_FAIL);
    assert_int_equal(exit_code_of(lower), ERROR_FILE_NOT_FOUND);
    remove_service(lower);
    remove_service(upper);
}

static void circles(void **state)
{
    (void)state;
    SC_HANDLE one = depending("One", SERVICE_DEMAND_START, DRIVER, "Two\0");
    SC_HANDLE two = depending("Two", SERVICE_DEMAND_START, DRIVER, "+Members\0Three\0");
    assert_non_null(two);
    assert_fails(depending("Self", SERVICE_DEMAND_START, DRIVER, "sELF\0"), ERROR_CIRCULAR_DEPENDENCY);
    assert_fails(depending("Three", SERVICE_DEMAND_START, DRIVER, "One\0"), ERROR_CIRCULAR_DEPENDENCY);
    assert_fails(ChangeServiceConfigA(two, SERVICE_NO_CHANGE, SERVICE_NO_CHANGE, SERVICE_NO_CHANGE, NULL, NULL, NULL,
                                      "One\0", NULL, NULL, NULL),
                 ERROR_CIRCULAR_DEPENDENCY);
    // A registry file that somebody wrote by hand may hold one all the same.
    HANDLE key;
    assert_int_equal(scm_key_open(scm_services_path, L"Two", KEY_ALL_ACCESS, &key), 0);
    assert_int_equal(scm_value_set(key, L"DependOnService", REG_MULTI_SZ, L"One\0", 10), 0);
    assert_int_equal(scm_value_delete(key, L"DependOnGroup"), 0);
    NtClose(key);
    assert_fails(StartServiceA(one, 0, NULL), ERROR_CIRCULAR_DEPENDENCY);
    remove_service(one);
    remove_service(two);
}

static void changing(void **state)
{
    (void)state;
    const DWORD same = SERVICE_NO_CHANGE;
    SC_HANDLE service = create("Changed", DRIVER), other = create("Other", DRIVER);
    SC_HANDLE weak = OpenServiceA(manager, "Changed", SERVICE_QUERY_CONFIG);
    assert_fails(ChangeServiceConfigA(weak, same, same, same, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
                 ERROR_ACCESS_DENIED);
    assert_fails(ChangeServiceConfigA(service, same, 5, same, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
                 ERROR_INVALID_PARAMETER);
    assert_fails(ChangeServiceConfigA(service, same, same, same, NULL, NULL, NULL, NULL, NULL, NULL, "Other"),
                 ERROR_DUPLICATE_SERVICE_NAME);
    assert_fails(ChangeServiceConfigA(service, same, same, same, NULL, NULL, NULL, NULL, "me", NULL, NULL),
                 ERROR_INVALID_SERVICE_ACCOUNT);
    assert_true(ChangeServiceConfigA(service, same, same, same, "/a/b.sys", "Group", NULL, NULL, NULL, NULL, NULL));
    assert_string_equal(config_of(service, "path"), "\\??\\/a/b.sys");
    assert_string_equal(config_of(service, "group"), "Group");
    assert_true(ChangeServiceConfigA(service, same, same, same, NULL, "", NULL, NULL, NULL, NULL, NULL));
    assert_string_equal(config_of(service, "path"), "\\??\\/a/b.sys");
    assert_string_equal(config_of(service, "group"), "");
    assert_true(DeleteService(service));
    assert_fails(ChangeServiceConfigA(service, same, same, same, NULL, "", NULL, NULL, NULL, NULL, NULL),
                 ERROR_SERVICE_MARKED_FOR_DELETE);
    CloseServiceHandle(weak);
    CloseServiceHandle(service);
    remove_service(other);
}

struct started {
    char names[256];
    DWORD errors[8];
    int count;
};

static void note_start(void *context, const WCHAR *name, DWORD error_control, DWORD error)
{
    struct started *started = context;
    (void)error_control;
    char *text = base_utf8(name);
    strcat(strcat(started->names, text), " ");
    free(text);
    started->errors[started->count++] = error;
}

static void what_starts_by_itself(void **state)
{
    (void)state;
    struct started started = {0};
    SERVICE_STATUS status;
    SC_HANDLE demand = depending("ADemand", SERVICE_DEMAND_START, NTHOST_BUILD_DIR "/drivers/Mailbox.sys", NULL);
    SC_HANDLE automatic = depending("BAuto", SERVICE_AUTO_START, DRIVER, "ADemand\0");
    SC_HANDLE broken = depending("CSystem", SERVICE_SYSTEM_START, "/no/such/file.sys", NULL);
    SC_HANDLE early = depending("DBoot", SERVICE_BOOT_START, NTHOST_BUILD_DIR "/drivers/Modes.sys", NULL);
    scm_start_automatic(note_start, &started);
    assert_string_equal(started.names, "DBoot CSystem BAuto ");
    assert_int_equal(started.errors[0], 0);
    assert_int_equal(started.errors[1], ERROR_FILE_NOT_FOUND);
    assert_int_equal(started.errors[2], 0);
    assert_int_equal(state_of(demand), SERVICE_RUNNING); // because BAuto needs it
    SC_HANDLE all[] = {automatic, demand, early, broken};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(ControlService(all[i], SERVICE_CONTROL_STOP, &status), all[i] != broken);
        remove_service(all[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opening_the_manager),
        cmocka_unit_test(creating_badly),
        cmocka_unit_test(opening),
        cmocka_unit_test(a_driver_lives),
        cmocka_unit_test(deleting),
        cmocka_unit_test(starting_fails),
        cmocka_unit_test(stopping_is_late_or_refused),
        cmocka_unit_test(configuration),
        cmocka_unit_test(enumeration),
        cmocka_unit_test(dependencies_start_first),
        cmocka_unit_test(dependencies_fail),
        cmocka_unit_test(circles),
        cmocka_unit_test(changing),
        cmocka_unit_test(what_starts_by_itself),
    };
    return cmocka_run_group_tests_name("win32 services", tests, boot, shut_down);
}
