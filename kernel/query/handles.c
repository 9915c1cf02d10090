// The sections "processes" and "handles".
#include "query/parts.h"

static unsigned count_threads(struct _EPROCESS *process)
{
    unsigned count = 0;
    for (struct _ETHREAD *thread = ps_next_thread(process, NULL); thread; thread = ps_next_thread(process, thread))
        count++;
    return count;
}

static unsigned count_handles(struct _EPROCESS *process)
{
    hal_spin_lock(&process->handles.lock);
    unsigned count = process->handles.count;
    hal_spin_unlock(&process->handles.lock);
    return count;
}

static bool is_exiting(struct _EPROCESS *process)
{
    hal_mutex_lock(&process->lock);
    bool exiting = process->exiting;
    hal_mutex_unlock(&process->lock);
    return exiting;
}

static void write_process(struct rtl_json *json, struct _EPROCESS *process)
{
    rtl_json_begin(json, NULL, '{');
    rtl_json_number(json, "id", (ULONG_PTR)process->id);
    rtl_json_string(json, "name", process->name);
    rtl_json_number(json, "user", process->uid);
    rtl_json_number(json, "threads", count_threads(process));
    rtl_json_number(json, "handles", count_handles(process));
    rtl_json_bool(json, "exiting", is_exiting(process));
    rtl_json_end(json, '}');
}

static void write_file(struct rtl_json *json, PFILE_OBJECT file)
{
    PDEVICE_OBJECT device = file->DeviceObject;
    query_address(json, "device", device);
    rtl_json_string(json, "driver", device ? io_driver_name(device) : NULL);
    rtl_json_bool(json, "synchronous", file->Flags & FO_SYNCHRONOUS_IO);
}

static void write_handle(struct rtl_json *json, struct _EPROCESS *process, const struct ob_open_handle *open)
{
    const struct _OBJECT_TYPE *type = ob_type(open->object);
    UNICODE_STRING type_name;
    RtlInitUnicodeString(&type_name, type->name);
    rtl_json_begin(json, NULL, '{');
    rtl_json_number(json, "process", (ULONG_PTR)process->id);
    rtl_json_string(json, "process_name", process->name);
    rtl_json_number(json, "handle", (ULONG_PTR)open->handle);
    query_text(json, "type", &type_name);
    query_address(json, "object", open->object);
    rtl_json_number(json, "access", open->granted);
    query_name(json, "name", open->object);
    if (type == &io_file_type)
        write_file(json, open->object);
    rtl_json_end(json, '}');
}

static void for_each_process(struct rtl_json *json, void (*write)(struct rtl_json *json, struct _EPROCESS *process))
{
    struct query_list processes = {0};
    query_collect_processes(&processes);
    for (size_t i = 0; i < processes.count; i++)
        write(json, processes.objects[i]);
    query_release(&processes);
}

static void write_handles(struct rtl_json *json, struct _EPROCESS *process)
{
    struct ob_open_handle open = {0};
    while (ob_next_handle(&process->handles, &open)) {
        write_handle(json, process, &open);
        ob_dereference(open.object);
    }
}

void query_processes(struct rtl_json *json)
{
    for_each_process(json, write_process);
}

void query_handles(struct rtl_json *json)
{
    for_each_process(json, write_handles);
}
