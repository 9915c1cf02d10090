// nthost objects: the names of the kernel, what stands behind them, and who has handles to it.
#include "objects.h"
#include "options.h"
#include "table.h"
#include "tool.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char usage[] =
    "usage: nthost objects [--type TYPE] [OPTIONS] [PATH]\n"
    "       nthost objects --handles [--process PROCESS] [OPTIONS]\n"
    "       nthost objects --why DRIVER [OPTIONS]\n"
    "\n"
    "Shows the namespace of the kernel: directories, devices with their drivers, links with their targets,\n"
    "drivers and what state they are in, events and the rest, with the number of handles to each. With PATH\n"
    "only what stands there and below.\n"
    "\n"
    "  --type TYPE        only objects of that type: Device, Driver, SymbolicLink, Event ...\n"
    "  --handles          who holds what: the open handles of every process\n"
    "  --process PROCESS  only that process's handles: its number or its name\n"
    "  --why DRIVER       why the driver does not unload: the handles, devices and requests that hold it\n"
    "  --json             for programs\n"
    "  --socket PATH      the server that listens there; default: NTHOST_SERVER, or\n"
    "                     ${XDG_RUNTIME_DIR:-/tmp/nthost-$UID}/nthost.sock\n"
    "  --help             this page\n"
    "\n"
    "Example:\n"
    "  nthost objects '\\Device'\n"
    "  nthost objects --why LySharkDriver\n"
    "\n"
    "Exit status: 0; 1 when there is no server, no such driver or no such object; 2 for a wrong command line.\n";

struct objects_options {
    const char *type, *process, *why, *path, *socket;
    bool handles, json;
};

static int parse(struct objects_options *wanted, int argc, char **argv)
{
    const struct option_row rows[] = {
        {"type", .text = &wanted->type},
        {"handles", .flag = &wanted->handles},
        {"process", .text = &wanted->process, .flag = &wanted->handles},
        {"why", .text = &wanted->why},
        {"json", .flag = &wanted->json},
        {"socket", .text = &wanted->socket},
        {0},
    };
    const struct options options = {.command = "objects", .usage = usage, .rows = rows, .operand = &wanted->path};
    int status = options_parse(&options, argc, argv);
    if (status)
        return status;
    if (wanted->why && (wanted->handles || wanted->path || wanted->type))
        return tool_usage_error("objects", "objects: --why goes with --json and --socket only");
    if (wanted->handles && wanted->path)
        return tool_usage_error("objects", "objects: --handles takes no path");
    return TOOL_OK;
}

// ---- names --------------------------------------------------------------------------------------------------------

const char *objects_device_name(const json_t *answer, const char *address)
{
    const char *name = ask_text(ask_find(answer, "devices", "address", address), "name");
    return *name ? name : address;
}

// What else there is to say about an object.
static void describe(const json_t *answer, const json_t *object, char *text, size_t size)
{
    const char *type = ask_text(object, "type"), *address = ask_text(object, "address");
    const json_t *device = ask_find(answer, "devices", "address", address);
    const json_t *driver = ask_find(answer, "drivers", "address", address);
    text[0] = 0;
    if (strcmp(type, "SymbolicLink") == 0)
        snprintf(text, size, "-> %s", ask_text(object, "target"));
    else if (driver)
        snprintf(text, size, "%s, %s", ask_text(driver, "state"),
                 *ask_text(driver, "image") ? ask_text(driver, "image") : "a part of nthost");
    else if (device)
        snprintf(text, size, "%s, %s, %llu open%s%s%s%s", ask_text(device, "driver"), ask_text(device, "buffering"),
                 (unsigned long long)ask_number(device, "open"), ask_truth(device, "exclusive") ? ", exclusive" : "",
                 ask_truth(device, "deleted") ? ", deleted" : "", *ask_text(device, "above") ? ", below " : "",
                 *ask_text(device, "above") ? objects_device_name(answer, ask_text(device, "above")) : "");
}

// ---- the namespace ------------------------------------------------------------------------------------------------

static bool is_below(const char *path, const char *start)
{
    size_t length = start ? strlen(start) : 0;
    while (length && start[length - 1] == '\\')
        length--;
    return length == 0 || (strncasecmp(path, start, length) == 0 && (!path[length] || path[length] == '\\'));
}

static bool is_wanted(const struct objects_options *wanted, const json_t *object)
{
    return is_below(ask_text(object, "path"), wanted->path) &&
           (!wanted->type || strcasecmp(ask_text(object, "type"), wanted->type) == 0);
}

static int show_namespace(const struct objects_options *wanted, const json_t *answer)
{
    static const char *const heads[] = {"PATH", "TYPE", "HANDLES", "DETAILS", NULL};
    struct table *table = table_new(heads);
    size_t index, shown = 0;
    json_t *object;
    char details[512];
    json_array_foreach(json_object_get(answer, "objects"), index, object)
    {
        if (!is_wanted(wanted, object))
            continue;
        describe(answer, object, details, sizeof details);
        table_add(table, "%s", ask_text(object, "path"));
        table_add(table, "%s", ask_text(object, "type"));
        table_add(table, "%llu", (unsigned long long)ask_number(object, "handles"));
        table_add(table, "%s", details);
        shown++;
    }
    if (shown)
        table_write(table, stdout);
    table_free(table);
    if (shown || !wanted->path)
        return TOOL_OK;
    tool_error("objects: there is nothing at %s", wanted->path);
    return TOOL_FAILED;
}

// ---- handles ------------------------------------------------------------------------------------------------------

static void show_handles(const struct objects_options *wanted, const json_t *answer)
{
    static const char *const heads[] = {"PROCESS", "NAME", "HANDLE", "TYPE", "ACCESS", "OBJECT", NULL};
    struct table *table = table_new(heads);
    size_t index;
    json_t *handle;
    json_array_foreach(json_object_get(answer, "handles"), index, handle)
    {
        if (!ask_is_process(handle, wanted->process) ||
            (wanted->type && strcasecmp(ask_text(handle, "type"), wanted->type) != 0))
            continue;
        const char *name = ask_text(handle, "name");
        table_add(table, "%llu", (unsigned long long)ask_number(handle, "process"));
        table_add(table, "%s", ask_text(handle, "process_name"));
        table_add(table, "0x%llx", (unsigned long long)ask_number(handle, "handle"));
        table_add(table, "%s", ask_text(handle, "type"));
        table_add(table, "0x%08llx", (unsigned long long)ask_number(handle, "access"));
        table_add(table, "%s", *name ? name : ask_text(handle, "object"));
    }
    table_write(table, stdout);
    table_free(table);
}

// ---- for programs -------------------------------------------------------------------------------------------------

// The parts of the answer that were asked for, with only the elements that were.
static void write_json(const struct objects_options *wanted, const json_t *answer)
{
    json_t *out = json_object(), *objects = json_array(), *handles = json_array(), *element;
    size_t index;
    json_array_foreach(json_object_get(answer, "objects"), index,
                       element) if (!wanted->handles && is_wanted(wanted, element)) json_array_append(objects, element);
    json_array_foreach(json_object_get(answer, "handles"), index,
                       element) if (ask_is_process(element, wanted->process) &&
                                    (!wanted->type || strcasecmp(ask_text(element, "type"), wanted->type) == 0))
        json_array_append(handles, element);
    if (wanted->handles) {
        json_object_set(out, "processes", json_object_get(answer, "processes"));
        json_object_set(out, "handles", handles);
    } else {
        json_object_set(out, "objects", objects);
        json_object_set(out, "drivers", json_object_get(answer, "drivers"));
        json_object_set(out, "devices", json_object_get(answer, "devices"));
    }
    ask_write(stdout, out);
    json_decref(objects);
    json_decref(handles);
    json_decref(out);
}

int objects_main(int argc, char **argv)
{
    struct objects_options wanted = {0};
    int status = parse(&wanted, argc, argv);
    if (status)
        return status;
    json_t *answer = ask_kernel("objects", wanted.socket, OBJECTS_QUESTION);
    if (!answer)
        return TOOL_FAILED;
    if (wanted.why)
        status = objects_why(answer, wanted.why, wanted.json);
    else if (wanted.json)
        write_json(&wanted, answer);
    else if (wanted.handles)
        show_handles(&wanted, answer);
    else
        status = show_namespace(&wanted, answer);
    json_decref(answer);
    return status;
}
