// The service control manager, inside: advapi32 keeps the database itself, in the kernel's registry.
//
// A service is a key below \Registry\Machine\System\CurrentControlSet\Services:
//
//     Type, Start, ErrorControl (REG_DWORD), ImagePath (REG_EXPAND_SZ), DisplayName, Group, ObjectName
//     (REG_SZ), DependOnService, DependOnGroup (REG_MULTI_SZ), DeleteFlag (REG_DWORD 1: marked for deletion)
//
// Whether it runs is not written anywhere: a driver runs while its object is in the directory \Driver. What a
// service's last start or stop left behind is a value of its name below ...\Control\ServiceCurrent, a key
// that does not outlive the kernel.
//
//     scm_handle.c     SC_HANDLEs
//     scm_key.c        registry calls by name, with Win32 errors
//     scm_database.c   records: read, create, mark, purge, enumerate
//     scm_driver.c     state, start and stop of a driver
//     scm_depend.c     what runs before what; what starts by itself
//     scm_manager.c    OpenSCManager, CloseServiceHandle      } the calls of winsvc.h
//     scm_service.c    create, open, delete, start, control   }
//     scm_config.c     changing the configuration             }
//     scm_query.c      status and configuration               }
//     scm_enum.c       EnumServicesStatus                     }
//
// Functions here return Win32 errors, ERROR_SUCCESS (0) when all is well.
#pragma once

#include "win32.h"

enum { SCM_NAME_MAXIMUM = 256 }; // characters of a service name and of a display name

// --- handles -------------------------------------------------------------------------------------

enum scm_kind { SCM_MANAGER = 1, SCM_SERVICE };

struct scm_handle {
    enum scm_kind kind;
    DWORD access;
    HANDLE lease; // of a service: see scm_lease_take
    WCHAR name[SCM_NAME_MAXIMUM + 1];
};

// NULL when memory is short. The contents are copied.
SC_HANDLE scm_handle_new(const struct scm_handle *contents);

// ERROR_INVALID_HANDLE when it is none of `kind`, ERROR_ACCESS_DENIED when it was opened without `access`.
DWORD scm_handle_get(SC_HANDLE handle, enum scm_kind kind, DWORD access, struct scm_handle *contents);
DWORD scm_handle_close(SC_HANDLE handle, struct scm_handle *contents);

// `access` with its generic bits and MAXIMUM_ALLOWED spelled out; false when a bit is unknown, or more than the caller
// may have: who is no administrator may look, and no more.
bool scm_expand_access(DWORD *access, enum scm_kind kind);

// --- registry ------------------------------------------------------------------------------------

extern const WCHAR scm_services_path[]; // the key all services are below
extern const WCHAR scm_state_path[];    // ...\Control\ServiceCurrent

// The key `name` below `parent`, or the parent itself for "". Close it with nt()->NtClose.
DWORD scm_key_open(const WCHAR *parent, const WCHAR *name, ACCESS_MASK access, HANDLE *key);
// *created says whether it is new.
DWORD scm_key_create(const WCHAR *parent, const WCHAR *name, ULONG options, HANDLE *key, bool *created);
DWORD scm_value_set(HANDLE key, const WCHAR *name, ULONG type, const void *data, size_t size);
// ERROR_SUCCESS when there is none, too.
DWORD scm_value_delete(HANDLE key, const WCHAR *name);
// New memory with two WCHARs of zeros after the data; NULL when there is none of that name. *size and *type
// may be NULL.
void *scm_value_get(HANDLE key, const WCHAR *name, ULONG *type, ULONG *size);
DWORD scm_value_dword(HANDLE key, const WCHAR *name, DWORD otherwise);
// "parent\name" in new memory.
WCHAR *scm_path(const WCHAR *parent, const WCHAR *name);

// --- records -------------------------------------------------------------------------------------

// Strings are new memory, never NULL after a successful read (empty instead).
struct scm_record {
    DWORD type, start, error_control, tag;
    bool deleted;
    WCHAR *path, *display_name, *group, *object_name;
    WCHAR *dependencies; // strings one after the other, an empty one ends them; a group has a '+' before it
};

bool scm_name_is_valid(const WCHAR *name);
// ERROR_SERVICE_DOES_NOT_EXIST when there is none.
DWORD scm_record_read(const WCHAR *name, struct scm_record *record);
void scm_record_drop(struct scm_record *record);
// ERROR_SERVICE_EXISTS, ERROR_SERVICE_MARKED_FOR_DELETE, ERROR_DUPLICATE_SERVICE_NAME, ERROR_CIRCULAR_DEPENDENCY.
DWORD scm_record_create(const WCHAR *name, const struct scm_record *record);
// Writes what `change` has: numbers that are not SERVICE_NO_CHANGE, strings that are not NULL; an empty one takes the
// value away. ERROR_DUPLICATE_SERVICE_NAME, ERROR_CIRCULAR_DEPENDENCY.
DWORD scm_record_change(const WCHAR *name, const struct scm_record *change);
DWORD scm_record_mark_deleted(const WCHAR *name);
// Removes the record when it is marked for deletion, does not run, and no handle is open to it.
void scm_record_purge(const WCHAR *name);

// The name of service number `index` in new memory, NULL after the last.
WCHAR *scm_enumerate(unsigned index);

// A lease says that a handle to the service is open somewhere. It is a named event, because the kernel counts
// handles over all processes and closes those of a process that dies.
bool scm_lease_take(const WCHAR *name, HANDLE *lease);
bool scm_is_leased(const WCHAR *name);

// --- drivers -------------------------------------------------------------------------------------

DWORD scm_driver_start(const WCHAR *name);
// Says in the service's status why it was not even tried.
void scm_driver_failed(const WCHAR *name, DWORD error);
DWORD scm_driver_stop(const WCHAR *name);
bool scm_driver_is_loaded(const WCHAR *name, const struct scm_record *record);
void scm_driver_status(const WCHAR *name, const struct scm_record *record, SERVICE_STATUS *status);

// --- configurations (scm_service.c) --------------------------------------------------------------

// Only kernel drivers. What SERVICE_NO_CHANGE and NULL stand for is not looked at.
DWORD scm_check_configuration(const WCHAR *name, const struct scm_record *record);
// What ImagePath holds for a caller's path, in new memory.
WCHAR *scm_image_path(const WCHAR *path);
// "a\0b\0\0" in UTF-8 to the same in UTF-16, in new memory.
WCHAR *scm_wide_multi_string(const char *strings);

// --- dependencies --------------------------------------------------------------------------------

// Whether a service of that name with those dependencies would wait for itself.
bool scm_is_circular(const WCHAR *name, const WCHAR *dependencies);
bool scm_has_running_dependents(const WCHAR *name);
// After what it depends on. The errors of StartService, and ERROR_CIRCULAR_DEPENDENCY.
DWORD scm_start(const WCHAR *name);

// Start what has a start type of boot, system or automatic, in this order, within it by name; each after what it
// depends on. Called for each with 0 or the error.
typedef void scm_start_report(void *context, const WCHAR *name, DWORD error_control, DWORD error);
void scm_start_automatic(scm_start_report *report, void *context);
