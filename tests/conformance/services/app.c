// conformance-services: start types, dependencies, and changing a service's configuration.
// https://learn.microsoft.com/windows/win32/api/winsvc/nf-winsvc-createservicea, -startservicea, -changeserviceconfiga

#include <windows.h>
#include <winsvc.h>
#include <stdio.h>
#include <string.h>

static SC_HANDLE manager;

static void show(const char *what, BOOL done)
{
    DWORD error = GetLastError();

    if (done)
        printf("%s: TRUE\n", what);
    else
        printf("%s: FALSE, error %lu\n", what, (unsigned long)error);
}

static SC_HANDLE create(const char *name, DWORD start, const char *depends)
{
    SC_HANDLE service =
        CreateServiceA(manager, name, name, SERVICE_ALL_ACCESS, SERVICE_KERNEL_DRIVER, start, SERVICE_ERROR_NORMAL,
                       "C:\\nowhere\\nobody.sys", NULL, NULL, depends, NULL, NULL);
    char what[80];

    snprintf(what, sizeof what, "create %s", name);
    show(what, service != NULL);
    return service;
}

static void start(const char *what, SC_HANDLE service)
{
    show(what, StartServiceA(service, 0, NULL));
}

static BOOL change(SC_HANDLE service, DWORD start_type, DWORD error_control, const char *group, const char *depends)
{
    return ChangeServiceConfigA(service, SERVICE_NO_CHANGE, start_type, error_control, NULL, group, NULL, depends, NULL,
                                NULL, NULL);
}

static void show_config(SC_HANDLE service)
{
    union {
        QUERY_SERVICE_CONFIGA config;
        char bytes[4096];
    } answer;
    DWORD needed;

    if (!QueryServiceConfigA(service, &answer.config, sizeof answer, &needed)) {
        show("configuration", FALSE);
        return;
    }
    printf("configuration: start %lu, error control %lu, group \"%s\", depends on",
           (unsigned long)answer.config.dwStartType, (unsigned long)answer.config.dwErrorControl,
           answer.config.lpLoadOrderGroup ? answer.config.lpLoadOrderGroup : "");
    for (const char *at = answer.config.lpDependencies; at && *at; at += strlen(at) + 1)
        printf(" %s", at);
    printf(".\n");
}

static void finish(SC_HANDLE service)
{
    DeleteService(service);
    CloseServiceHandle(service);
}

int main(void)
{
    manager = OpenSCManagerA(NULL, NULL, SC_MANAGER_ALL_ACCESS);
    SC_HANDLE upper = create("NthostUpper", SERVICE_DEMAND_START, "NthostNobody\0");
    start("start what depends on nobody", upper);
    SC_HANDLE lower = create("NthostLower", SERVICE_DISABLED, NULL);
    start("start what is disabled", lower);
    show("change the dependency", change(upper, SERVICE_NO_CHANGE, SERVICE_NO_CHANGE, NULL, "NthostLower\0"));
    start("start what depends on what is disabled", upper);
    show("change to automatic", change(lower, SERVICE_AUTO_START, SERVICE_ERROR_SEVERE, "NthostGroup", NULL));
    show_config(lower);
    show("change nothing", change(lower, SERVICE_NO_CHANGE, SERVICE_NO_CHANGE, NULL, NULL));
    show_config(lower);
    start("start what depends on what has no file", upper);
    show("depend on a service and a group",
         change(upper, SERVICE_NO_CHANGE, SERVICE_NO_CHANGE, NULL, "conformance-services\0+NthostGroup\0"));
    show_config(upper);
    show("depend on nothing", change(upper, SERVICE_NO_CHANGE, SERVICE_NO_CHANGE, NULL, ""));
    show_config(upper);
    show("depend on oneself", change(upper, SERVICE_NO_CHANGE, SERVICE_NO_CHANGE, NULL, "NthostUpper\0"));
    show("depend downwards", change(upper, SERVICE_NO_CHANGE, SERVICE_NO_CHANGE, NULL, "NthostLower\0"));
    show("and upwards", change(lower, SERVICE_NO_CHANGE, SERVICE_NO_CHANGE, NULL, "NthostUpper\0"));
    show("no such start type", change(lower, 5, SERVICE_NO_CHANGE, NULL, NULL));
    SC_HANDLE weak = OpenServiceA(manager, "NthostLower", SERVICE_QUERY_CONFIG);
    show("change without the right", change(weak, SERVICE_DEMAND_START, SERVICE_NO_CHANGE, NULL, NULL));
    show("delete", DeleteService(lower));
    show("change what is marked for deletion", change(lower, SERVICE_DEMAND_START, SERVICE_NO_CHANGE, NULL, NULL));
    start("start what is marked for deletion", lower);
    CloseServiceHandle(weak);
    CloseServiceHandle(lower);
    finish(upper);
    return fflush(stdout) == 0 ? 0 : 1;
}
