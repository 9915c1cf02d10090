// Lists of objects, the walk through the namespace, names in UTF-8: see parts.h.
#include "query/parts.h"

#include "rtl/rtl.h"

#include <stdlib.h>

bool query_keep(struct query_list *list, void *object)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 64;
        void **objects = realloc(list->objects, capacity * sizeof *objects);
        if (!objects)
            return false;
        list->objects = objects;
        list->capacity = capacity;
    }
    ob_reference(object);
    list->objects[list->count++] = object;
    return true;
}

bool query_has(const struct query_list *list, const void *object)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->objects[i] == object)
            return true;
    return false;
}

void query_release(struct query_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        ob_dereference(list->objects[i]);
    free(list->objects);
    *list = (struct query_list){0};
}

// ---- walks --------------------------------------------------------------------------------------------------------

static bool keep_entry(void *object, void *list)
{
    return query_keep(list, object);
}

static void walk(struct ob_directory *directory, void (*visit)(void *object, void *context), void *context)
{
    struct query_list entries = {0};
    ob_walk_directory(directory, keep_entry, &entries);
    for (size_t i = 0; i < entries.count; i++) {
        void *object = entries.objects[i];
        visit(object, context);
        if (ob_type(object) == &ob_directory_type)
            walk(object, visit, context);
    }
    query_release(&entries);
}

void query_walk_namespace(void (*visit)(void *object, void *context), void *context)
{
    walk(ob_root_directory(), visit, context);
}

static void keep_driver(void *object, void *drivers)
{
    if (ob_type(object) == &io_driver_type)
        query_keep(drivers, object);
}

void query_collect_drivers(struct query_list *drivers)
{
    query_walk_namespace(keep_driver, drivers);
}

// With the database lock, under which a device leaves its driver before it loses the driver's reference.
static void keep_device(struct query_list *devices, PDEVICE_OBJECT device)
{
    if (!query_has(devices, device))
        query_keep(devices, device);
}

static void keep_devices(void *object, void *devices)
{
    if (ob_type(object) == &io_device_type) {
        keep_device(devices, object);
        return;
    }
    if (ob_type(object) != &io_driver_type)
        return;
    hal_mutex_lock(&io_database_lock);
    for (PDEVICE_OBJECT device = ((PDRIVER_OBJECT)object)->DeviceObject; device; device = device->NextDevice)
        keep_device(devices, device);
    hal_mutex_unlock(&io_database_lock);
}

void query_collect_devices(struct query_list *devices)
{
    query_walk_namespace(keep_devices, devices);
}

void query_collect_processes(struct query_list *processes)
{
    struct _EPROCESS *process = NULL;
    while ((process = ps_next_process(process)))
        query_keep(processes, process);
}

// ---- values -------------------------------------------------------------------------------------------------------

void query_address(struct rtl_json *json, const char *key, const void *address)
{
    char text[24];
    snprintf(text, sizeof text, "0x%llx", (unsigned long long)(uintptr_t)address);
    rtl_json_string(json, key, address ? text : NULL);
}

void query_text(struct rtl_json *json, const char *key, const UNICODE_STRING *text)
{
    size_t room = (size_t)text->Length / sizeof(WCHAR) * 3 + 1;
    char *bytes = malloc(room);
    ULONG written = 0;
    if (bytes) {
        RtlUnicodeToUTF8N(bytes, (ULONG)room - 1, &written, text->Buffer, text->Length);
        bytes[written] = 0;
    }
    rtl_json_string(json, key, bytes);
    free(bytes);
}

void query_name(struct rtl_json *json, const char *key, void *object)
{
    UNICODE_STRING name = {0};
    NTSTATUS (*full_name)(void *, UNICODE_STRING *) = ob_type(object)->full_name;
    NTSTATUS status = full_name ? full_name(object, &name) : ob_full_name(object, &name);
    if (NT_SUCCESS(status) && name.Buffer)
        query_text(json, key, &name);
    else
        rtl_json_string(json, key, NULL);
    if (name.Buffer)
        ex_free(name.Buffer);
}
