// The drivers that start by themselves, when the server does: boot, system and automatic start, each after what it
// depends on. The service control manager of the Win32 library starts them, in this process.
//
// What a failure means, its service says (ErrorControl):
//
//     ignore     a line in the log
//     normal     and a message to whoever starts the server
//     severe     and its exit status is 1, though the server goes on
//     critical   the server does not go on; "nthost up --safe" starts it without drivers, to repair it
#include "life.h"
#include "tool.h"

#include "dbg/dbg.h"
#include "win32/scm.h"

#include <stdlib.h>

static void message_of(DWORD error, char *text, DWORD size)
{
    DWORD length =
        FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, error, 0, text, size, NULL);
    while (length && (text[length - 1] == '\n' || text[length - 1] == '\r' || text[length - 1] == ' '))
        length--;
    text[length] = 0;
}

static const char *advice_for(DWORD error)
{
    switch (error) {
    case ERROR_CIRCULAR_DEPENDENCY:
        return "what it depends on depends on it; \"drvctl query\" shows who depends on whom, \"drvctl config\" "
               "changes it";
    case ERROR_SERVICE_DEPENDENCY_DELETED:
        return "it depends on a service that does not exist; \"drvctl query\" shows on which";
    case ERROR_SERVICE_DEPENDENCY_FAIL:
        return "what it depends on did not start; \"nthost status\" shows all, \"nthost log\" says more";
    default:
        return "\"nthost log\" says more";
    }
}

static void report(void *context, const WCHAR *name, DWORD error_control, DWORD error)
{
    static const int results[] = {[SERVICE_ERROR_IGNORE] = START_GOOD,
                                  [SERVICE_ERROR_NORMAL] = START_GOOD,
                                  [SERVICE_ERROR_SEVERE] = START_SEVERE,
                                  [SERVICE_ERROR_CRITICAL] = START_CRITICAL};
    int *worst = context;
    char text[256];
    if (!error)
        return;
    if (error_control > SERVICE_ERROR_CRITICAL)
        error_control = SERVICE_ERROR_NORMAL;
    message_of(error, text, sizeof text);
    char *shown = base_utf8(name);
    dbg_kernel_message("%s: did not start: %s (%u)\n", shown ? shown : "?", text, error);
    if (error_control != SERVICE_ERROR_IGNORE)
        tool_error("%s did not start: %s (%u)\n%s", shown ? shown : "?", text, error, advice_for(error));
    if (error_control == SERVICE_ERROR_CRITICAL)
        tool_error("%s is critical, so the server does not go on\n\"nthost up --safe\" starts it without drivers; "
                   "\"drvctl config %s --error normal\" lets it go on",
                   shown ? shown : "?", shown ? shown : "NAME");
    free(shown);
    *worst = results[error_control] > *worst ? results[error_control] : *worst;
}

int server_start_drivers(void)
{
    int worst = START_GOOD;
    if (gate_inprocess_start() < 0) {
        tool_error("server: no memory to start drivers");
        return START_CRITICAL;
    }
    scm_start_automatic(report, &worst);
    gate_inprocess_stop();
    return worst;
}
