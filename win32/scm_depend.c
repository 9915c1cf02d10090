// Dependencies: what runs before what.
//
// A service names the services it depends on, and groups with a '+' before them (SC_GROUP_IDENTIFIER). Starting it
// starts those first that do not run. A group counts as started when one of its members runs after all were tried.
//
// https://learn.microsoft.com/windows/win32/services/service-startup
// https://learn.microsoft.com/openspecs/windows_protocols/ms-scmr (1059, 1068, 1075 and when)

#include "scm.h"

#include <stdlib.h>

// The services that wait for each other, the first one last.
struct chain {
    const WCHAR *name;
    const struct chain *before;
};

static bool is_in(const struct chain *chain, const WCHAR *name)
{
    for (; chain; chain = chain->before)
        if (base_wcsequal_i(chain->name, name))
            return true;
    return false;
}

static const WCHAR *next_string(const WCHAR *strings)
{
    return strings + base_wcslen(strings) + 1;
}

// ---- circles -----------------------------------------------------------------------------------

static bool depends(const WCHAR *dependencies, const WCHAR *target, const struct chain *before);

static bool service_depends(const WCHAR *name, const WCHAR *target, const struct chain *before)
{
    struct chain chain = {name, before};
    struct scm_record record;
    if (is_in(before, name) || scm_record_read(name, &record))
        return false;
    bool found = depends(record.dependencies, target, &chain);
    scm_record_drop(&record);
    return found;
}

static bool is_member(const WCHAR *name, const WCHAR *group)
{
    struct scm_record record;
    if (scm_record_read(name, &record))
        return false;
    bool member = base_wcsequal_i(record.group, group);
    scm_record_drop(&record);
    return member;
}

static bool group_depends(const WCHAR *group, const WCHAR *target, const struct chain *before)
{
    bool found = false;
    WCHAR *name;
    for (unsigned i = 0; !found && (name = scm_enumerate(i)); i++) {
        found = is_member(name, group) && (base_wcsequal_i(name, target) || service_depends(name, target, before));
        free(name);
    }
    return found;
}

static bool depends(const WCHAR *dependencies, const WCHAR *target, const struct chain *before)
{
    bool found = false;
    for (const WCHAR *at = dependencies; *at && !found; at = next_string(at))
        found = *at == SC_GROUP_IDENTIFIERW ? group_depends(at + 1, target, before)
                                            : base_wcsequal_i(at, target) || service_depends(at, target, before);
    return found;
}

bool scm_is_circular(const WCHAR *name, const WCHAR *dependencies)
{
    return dependencies && depends(dependencies, name, NULL);
}

bool scm_has_running_dependents(const WCHAR *name)
{
    bool found = false;
    WCHAR *other;
    for (unsigned i = 0; !found && (other = scm_enumerate(i)); i++) {
        struct scm_record record;
        if (!scm_record_read(other, &record)) {
            for (const WCHAR *at = record.dependencies; *at && !found; at = next_string(at))
                found = base_wcsequal_i(at, name) && scm_driver_is_loaded(other, &record);
            scm_record_drop(&record);
        }
        free(other);
    }
    return found;
}

// ---- starting ----------------------------------------------------------------------------------

static DWORD start(const WCHAR *name, const struct chain *before);

static DWORD start_needed(const WCHAR *name, const struct chain *before)
{
    DWORD error = start(name, before);
    switch (error) {
    case ERROR_SUCCESS:
    case ERROR_SERVICE_ALREADY_RUNNING:
        return ERROR_SUCCESS;
    case ERROR_SERVICE_DOES_NOT_EXIST:
    case ERROR_SERVICE_MARKED_FOR_DELETE:
        return ERROR_SERVICE_DEPENDENCY_DELETED;
    case ERROR_CIRCULAR_DEPENDENCY:
        return error;
    default:
        return ERROR_SERVICE_DEPENDENCY_FAIL;
    }
}

static DWORD start_group(const WCHAR *group, const struct chain *before)
{
    DWORD error = ERROR_SERVICE_DEPENDENCY_FAIL;
    WCHAR *name;
    for (unsigned i = 0; (name = scm_enumerate(i)); i++) {
        if (is_member(name, group) && !start_needed(name, before))
            error = ERROR_SUCCESS;
        free(name);
    }
    return error;
}

static DWORD start_dependencies(const WCHAR *dependencies, const struct chain *chain)
{
    DWORD error = ERROR_SUCCESS;
    for (const WCHAR *at = dependencies; *at && !error; at = next_string(at))
        error = *at == SC_GROUP_IDENTIFIERW ? start_group(at + 1, chain) : start_needed(at, chain);
    return error;
}

static DWORD start(const WCHAR *name, const struct chain *before)
{
    struct chain chain = {name, before};
    struct scm_record record;
    if (is_in(before, name))
        return ERROR_CIRCULAR_DEPENDENCY;
    DWORD error = scm_record_read(name, &record);
    if (error)
        return error;
    if (record.deleted) {
        error = ERROR_SERVICE_MARKED_FOR_DELETE;
    } else if (record.start == SERVICE_DISABLED) {
        error = ERROR_SERVICE_DISABLED;
    } else if (scm_driver_is_loaded(name, &record)) {
        error = ERROR_SERVICE_ALREADY_RUNNING;
    } else if ((error = start_dependencies(record.dependencies, &chain)) != ERROR_SUCCESS) {
        scm_driver_failed(name, error);
    } else {
        error = scm_driver_start(name);
    }
    scm_record_drop(&record);
    return error;
}

DWORD scm_start(const WCHAR *name)
{
    return start(name, NULL);
}

// ---- what starts by itself ---------------------------------------------------------------------

static void start_all_of(DWORD start_type, scm_start_report *report, void *context)
{
    struct scm_record record;
    WCHAR *name;
    for (unsigned i = 0; (name = scm_enumerate(i)); i++) {
        if (!scm_record_read(name, &record)) {
            if (record.start == start_type && !record.deleted) {
                DWORD error = scm_start(name);
                report(context, name, record.error_control,
                       error == ERROR_SERVICE_ALREADY_RUNNING ? ERROR_SUCCESS : error);
            }
            scm_record_drop(&record);
        }
        free(name);
    }
}

void scm_start_automatic(scm_start_report *report, void *context)
{
    for (DWORD type = SERVICE_BOOT_START; type <= SERVICE_AUTO_START; type++)
        start_all_of(type, report, context);
}
