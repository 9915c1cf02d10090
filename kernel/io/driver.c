// Driver objects: from a file to a running driver and back.
//
//      file --ldr--> image --driver object--> DriverEntry --succeeded--> running
//                                              failed: image gone, devices it left behind answer errors
//      running --io_unload_driver--> no open devices: DriverUnload --> object gone, image gone
//                                    open devices: pending, until the last close
//
// Facts: semantics 43-46. DriverEntry and DriverUnload run in a system thread.
#include "io/io.h"
#include "cm/cm.h"
#include "dbg/dbg.h"
#include "se/se.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

bool io_strict_imports;

enum { LIMIT_IMAGE_FILE = 256 * 1024 * 1024 };

NTSTATUS io_wide_copy(const char *prefix, const char *text, UNICODE_STRING *out)
{
    size_t head = strlen(prefix), tail = strlen(text);
    out->Buffer = ex_allocate((head + tail + 1) * sizeof(WCHAR), EX_TAG('I', 'o', 'N', 'm'));
    if (!out->Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    ULONG written = 0;
    char joined[512];
    snprintf(joined, sizeof joined, "%s%s", prefix, text);
    NTSTATUS status =
        RtlUTF8ToUnicodeN(out->Buffer, (ULONG)((head + tail) * sizeof(WCHAR)), &written, joined, (ULONG)strlen(joined));
    out->Length = (USHORT)written;
    out->MaximumLength = (USHORT)(written + sizeof(WCHAR));
    out->Buffer[written / sizeof(WCHAR)] = 0;
    return NT_ERROR(status) ? status : STATUS_SUCCESS;
}

static void set_default_slots(struct io_driver *driver, bool only_null)
{
    for (int major = 0; major <= IRP_MJ_MAXIMUM_FUNCTION; major++)
        if (!only_null || !driver->object.MajorFunction[major])
            driver->object.MajorFunction[major] = io_invalid_device_request;
}

NTSTATUS io_create_driver_object(const char *directory, const char *name, struct io_driver **out)
{
    static const WCHAR hardware[] = L"\\REGISTRY\\MACHINE\\HARDWARE\\DESCRIPTION\\SYSTEM";
    static UNICODE_STRING hardware_database = {
        .Length = sizeof hardware - 2, .MaximumLength = sizeof hardware, .Buffer = (WCHAR *)hardware};
    void *object;
    NTSTATUS status = ob_create(&io_driver_type, sizeof(struct io_driver), &object);
    if (!NT_SUCCESS(status))
        return status;
    struct io_driver *driver = object;
    driver->object.Type = IO_TYPE_DRIVER;
    driver->object.Size = sizeof driver->object;
    driver->object.DriverExtension = &driver->extension;
    driver->object.HardwareDatabase = &hardware_database;
    driver->extension.DriverObject = &driver->object;
    snprintf(driver->name, sizeof driver->name, "%s", name);
    set_default_slots(driver, false);
    status = io_wide_copy(directory, name, &driver->object.DriverName);
    if (NT_SUCCESS(status))
        status = io_wide_copy("", name, &driver->extension.ServiceKeyName);
    ob_header(driver)->permanent = true;
    if (NT_SUCCESS(status))
        status = ob_insert_name(driver, &driver->object.DriverName, NULL, 0, NULL);
    if (!NT_SUCCESS(status))
        ob_dereference(driver);
    else
        *out = driver;
    return status;
}

NTSTATUS io_find_driver(const char *name, struct io_driver **driver)
{
    UNICODE_STRING path;
    void *found = NULL;
    NTSTATUS status = io_wide_copy("\\Driver\\", name, &path);
    if (!NT_SUCCESS(status))
        return status;
    struct ob_lookup lookup = {.path = &path, .type = &io_driver_type};
    status = ob_lookup_name(&lookup, &found);
    ex_free(path.Buffer);
    *driver = found;
    return status;
}

// ---- load -----------------------------------------------------------------------------------------------------

static void complain(struct ldr_report *report, const char *name, const char *format, const char *detail)
{
    char line[LDR_LINE];
    int used = snprintf(line, sizeof line, "%s: ", name);
    if (!report || !report->line)
        return;
    if ((size_t)used >= sizeof line) // a path may be longer than a line
        used = (int)sizeof line - 1;
    snprintf(line + used, sizeof line - (size_t)used, format, detail);
    report->line(report->context, LDR_ERROR, line);
}

static NTSTATUS status_of_errno(int error)
{
    switch (error) {
    case ENOENT:
    case ENOTDIR:
        return STATUS_OBJECT_NAME_NOT_FOUND;
    case EACCES:
    case EPERM:
        return STATUS_ACCESS_DENIED;
    case ENOMEM:
        return STATUS_INSUFFICIENT_RESOURCES;
    case EISDIR:
        return STATUS_FILE_IS_A_DIRECTORY;
    default:
        return STATUS_INVALID_IMAGE_FORMAT;
    }
}

static NTSTATUS map_image(const struct io_load *load, struct ldr_image **image)
{
    const char *slash = strrchr(load->path, '/');
    void *file;
    size_t size;
    int error = hal_read_file(load->path, LIMIT_IMAGE_FILE, &file, &size);
    if (error) {
        complain(load->report, load->path, "cannot be read: %s; check the path", strerror(error));
        return status_of_errno(error);
    }
    NTSTATUS status = ldr_load_image(file, size, slash ? slash + 1 : load->path, load->flags, image, load->report);
    hal_free(file);
    if (NT_SUCCESS(status))
        ldr_announce(*image, load->path);
    return status;
}

// True when DriverEntry returned; false when a bugcheck ended it.
__attribute__((noinline)) static bool call_entry(struct io_driver *driver, UNICODE_STRING *registry_path,
                                                 NTSTATUS *status)
{
    struct ke_recovery recovery = {.what = "DriverEntry"};
    volatile bool returned = false;
    ke_push_recovery(&recovery);
    if (!__builtin_setjmp(recovery.jump)) {
        *status = driver->object.DriverInit(&driver->object, registry_path);
        returned = true;
    }
    ke_pop_recovery(&recovery);
    return returned;
}

// So that an application can open them; devices made later are the driver's own business.
static void ready_devices(struct io_driver *driver)
{
    hal_mutex_lock(&io_database_lock);
    for (PDEVICE_OBJECT device = driver->object.DeviceObject; device; device = device->NextDevice)
        device->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
    hal_mutex_unlock(&io_database_lock);
}

static void forget_driver(struct io_driver *driver)
{
    ob_remove_name(driver);
    ob_dereference(driver);
}

// Without DriverUnload, and its code goes: what it left behind must not call into it.
static void entry_failed(struct io_driver *driver, NTSTATUS status)
{
    unsigned devices = 0;
    io_mark_failed(driver);
    for (PDEVICE_OBJECT device = driver->object.DeviceObject; device; device = device->NextDevice)
        devices++;
    if (devices)
        dbg_kernel_message("%s: DriverEntry failed (0x%08X) and left %u device object(s) behind; delete them before "
                           "returning an error, DriverUnload is not called\n",
                           driver->name, (unsigned)status, devices);
    io_leave_section(driver);
    struct ldr_image *image = driver->image;
    hal_mutex_lock(&io_database_lock); // somebody may be looking at it
    driver->image = NULL;
    hal_mutex_unlock(&io_database_lock);
    ldr_unload_image(image);
    forget_driver(driver);
}

static NTSTATUS start(struct io_driver *driver, const struct io_load *load)
{
    UNICODE_STRING registry_path;
    NTSTATUS status = load->registry_path ? STATUS_SUCCESS
                                          : io_wide_copy("\\Registry\\Machine\\System\\CurrentControlSet\\Services\\",
                                                         driver->name, &registry_path);
    if (!NT_SUCCESS(status)) {
        forget_driver(driver);
        return status;
    }
    if (load->registry_path)
        registry_path = *load->registry_path;
    driver->object.DriverInit = (PDRIVER_INITIALIZE)driver->image->entry;
    driver->object.DriverStart = driver->image->base;
    driver->object.DriverSize = (ULONG)driver->image->size;
    driver->image->owner = driver;
    io_enter_section(driver, load->path);
    bool returned = call_entry(driver, &registry_path, &status);
    if (!load->registry_path)
        ex_free(registry_path.Buffer);
    if (!returned)
        status = STATUS_DRIVER_INTERNAL_ERROR;
    if (!NT_SUCCESS(status)) {
        entry_failed(driver, status);
        return status;
    }
    set_default_slots(driver, true);
    ready_devices(driver);
    ldr_discard_init(driver->image);
    io_add_root_device(driver);
    return STATUS_SUCCESS;
}

static NTSTATUS load_in_system_thread(void *argument)
{
    const struct io_load *load = argument;
    struct io_driver *driver;
    struct ldr_image *image;
    NTSTATUS status = io_create_driver_object("\\Driver\\", load->name, &driver);
    if (!NT_SUCCESS(status))
        return status == STATUS_OBJECT_NAME_COLLISION ? STATUS_IMAGE_ALREADY_LOADED : status;
    status = map_image(load, &image);
    if (!NT_SUCCESS(status)) {
        forget_driver(driver);
        return status;
    }
    driver->image = image;
    return start(driver, load);
}

NTSTATUS io_load_driver(const struct io_load *load)
{
    return ps_call_in_system_thread(load_in_system_thread, (void *)load);
}

// ---- unload -----------------------------------------------------------------------------------------------------

__attribute__((noinline)) static void call_unload(struct io_driver *driver)
{
    struct ke_recovery recovery = {.what = "DriverUnload"};
    ke_push_recovery(&recovery);
    if (!__builtin_setjmp(recovery.jump))
        driver->object.DriverUnload(&driver->object);
    else
        io_mark_failed(driver);
    ke_pop_recovery(&recovery);
}

static void report_leftovers(struct io_driver *driver)
{
    unsigned devices = 0;
    for (PDEVICE_OBJECT device = driver->object.DeviceObject; device; device = device->NextDevice)
        devices++;
    if (devices)
        dbg_kernel_message("%s: unloaded, but %u device object(s) were not deleted; the image stays until they are\n",
                           driver->name, devices);
}

// What a driver that a bugcheck stopped left behind: its links and devices, so that it can be started anew.
static void clear_away(struct io_driver *driver)
{
    while (driver->object.DeviceObject) {
        UNICODE_STRING name;
        if (NT_SUCCESS(ob_full_name(driver->object.DeviceObject, &name)) && name.Buffer) {
            ob_remove_links_to(&name);
            ex_free(name.Buffer);
        }
        IoDeleteDevice(driver->object.DeviceObject);
    }
}

// With the database lock: whether its devices refuse opens because it goes.
static void mark_unloading(struct io_driver *driver, bool unloading)
{
    PDEVICE_OBJECT root = io_root_device(driver);
    ULONG set = unloading ? DOE_UNLOAD_PENDING : 0;
    for (PDEVICE_OBJECT device = driver->object.DeviceObject; device; device = device->NextDevice) {
        ULONG *flags = &io_device_extension(device)->object.ExtensionFlags;
        *flags = (*flags & ~(ULONG)DOE_UNLOAD_PENDING) | set;
    }
    if (root) {
        ULONG *flags = &io_device_extension(root)->object.ExtensionFlags;
        *flags = (*flags & ~(ULONG)DOE_UNLOAD_PENDING) | set;
    }
}

// There was no thread for it, or the driver keeps its device: it goes on.
static void take_back_unload(struct io_driver *driver)
{
    hal_mutex_lock(&io_database_lock);
    driver->unload_pending = driver->unloading = false;
    mark_unloading(driver, false);
    hal_mutex_unlock(&io_database_lock);
}

NTSTATUS io_finish_unload(struct io_driver *driver)
{
    NTSTATUS status = io_remove_root_device(driver);
    if (!NT_SUCCESS(status)) {
        take_back_unload(driver);
        return status;
    }
    if (driver->object.DriverUnload)
        call_unload(driver);
    if (driver->failed)
        clear_away(driver);
    report_leftovers(driver);
    forget_driver(driver);
    return STATUS_SUCCESS;
}

static NTSTATUS unload_in_system_thread(void *driver)
{
    return io_finish_unload(driver);
}

NTSTATUS io_unload_driver(struct io_driver *driver)
{
    if (!driver->object.DriverUnload && !driver->failed)
        return STATUS_INVALID_DEVICE_REQUEST;
    hal_mutex_lock(&io_database_lock);
    bool again = driver->unload_pending || driver->unloading;
    bool busy = io_driver_in_use(driver);
    if (!again)
        mark_unloading(driver, true);
    driver->unload_pending = true;
    if (!busy && !again)
        driver->unloading = true;
    hal_mutex_unlock(&io_database_lock);
    if (again)
        return STATUS_INVALID_DEVICE_REQUEST;
    NTSTATUS status = busy ? STATUS_SUCCESS : ps_call_in_system_thread(unload_in_system_thread, driver);
    if (!NT_SUCCESS(status))
        take_back_unload(driver);
    return status;
}

// ---- the services -------------------------------------------------------------------------------------------------

static void name_of_service(const UNICODE_STRING *path, char *name, size_t size)
{
    size_t from = path->Length / sizeof(WCHAR);
    ULONG written = 0;
    while (from && path->Buffer[from - 1] != '\\')
        from--;
    RtlUnicodeToUTF8N(name, (ULONG)size - 1, &written, path->Buffer + from,
                      (ULONG)(path->Length - from * sizeof(WCHAR)));
    name[written] = 0;
}

static void log_line(void *context, enum ldr_severity severity, const char *text)
{
    (void)context, (void)severity;
    dbg_kernel_message("%s\n", text);
}

// Drivers come and go by administrators' hands. The key's name into pool.
static NTSTATUS may_load(PUNICODE_STRING service_key, UNICODE_STRING *name)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    if (!se_has_privilege(SE_LOAD_DRIVER_PRIVILEGE, mode))
        return STATUS_PRIVILEGE_NOT_HELD;
    return ob_capture_name(service_key, mode, name);
}

// Starts the driver of a service key: its ImagePath, its name.
NTSTATUS NTAPI NtLoadDriver(PUNICODE_STRING service_key)
{
    struct ob_attributes captured = {0};
    struct cm_service service;
    char name[32];
    NTSTATUS status = may_load(service_key, &captured.name);
    if (!NT_SUCCESS(status))
        return status;
    status = cm_read_service(&captured.name, &service);
    if (NT_SUCCESS(status)) {
        struct ldr_report report = {.line = log_line};
        struct io_load load = {.path = service.image_path,
                               .name = name,
                               .registry_path = &captured.name,
                               .flags = io_strict_imports ? LDR_STRICT_IMPORTS : 0,
                               .report = &report};
        name_of_service(&captured.name, name, sizeof name);
        status = io_load_driver(&load);
    }
    ob_release_attributes(&captured);
    return status;
}

NTSTATUS NTAPI NtUnloadDriver(PUNICODE_STRING service_key)
{
    struct ob_attributes captured = {0};
    char name[32];
    NTSTATUS status = may_load(service_key, &captured.name);
    if (!NT_SUCCESS(status))
        return status;
    name_of_service(&captured.name, name, sizeof name);
    ob_release_attributes(&captured);
    struct io_driver *driver;
    status = io_find_driver(name, &driver);
    if (!NT_SUCCESS(status))
        return status;
    status = io_unload_driver(driver);
    ob_dereference(driver);
    return status;
}
