// "Why doesn't it unload?" A driver stays while it has no DriverUnload, while one of its devices is open, and while a device of
// another driver is attached above one of its own. This names who does that.
#include "objects.h"
#include "tool.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct search {
    const json_t *answer, *driver;
    json_t *holders; // array: "what" for people, and the facts
};

// Another holder; `facts` (taken over) says the same to programs.
__attribute__((format(printf, 3, 4))) static void add(struct search *search, json_t *facts, const char *format, ...)
{
    char *text;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        text = NULL;
    va_end(arguments);
    json_object_set_new(facts, "what", json_string(text ? text : "?"));
    json_array_append_new(search->holders, facts);
    free(text);
}

static bool is_its_device(const struct search *search, const char *address)
{
    const json_t *device = ask_find(search->answer, "devices", "address", address);
    return device && strcmp(ask_text(device, "driver_address"), ask_text(search->driver, "address")) == 0;
}

// The device that a file was opened by, and those above it: requests for the file go to the top.
static bool leads_to_it(const struct search *search, const char *address)
{
    while (*address) {
        if (is_its_device(search, address))
            return true;
        address = ask_text(ask_find(search->answer, "devices", "address", address), "above");
    }
    return false;
}

static unsigned long long count_handles(const struct search *search, const char *device)
{
    unsigned long long count = 0;
    size_t index;
    json_t *handle;
    json_array_foreach(json_object_get(search->answer, "handles"), index, handle) count +=
        strcmp(ask_text(handle, "device"), device) == 0;
    return count;
}

static void find_handles(struct search *search)
{
    size_t index;
    json_t *handle;
    json_array_foreach(json_object_get(search->answer, "handles"), index, handle)
    {
        if (!leads_to_it(search, ask_text(handle, "device")))
            continue;
        add(search, json_pack("{s:s, s:O}", "kind", "handle", "handle", handle),
            "process %llu (%s) has it open: handle 0x%llx, %s", (unsigned long long)ask_number(handle, "process"),
            ask_text(handle, "process_name"), (unsigned long long)ask_number(handle, "handle"),
            ask_text(handle, "name"));
    }
}

// Opens without a handle: file objects that a driver or a request under way keeps.
static void find_references(struct search *search, const json_t *device, const char *name)
{
    unsigned long long open = ask_number(device, "open"), handles = count_handles(search, ask_text(device, "address"));
    if (open > handles)
        add(search,
            json_pack("{s:s, s:s, s:I}", "kind", "files", "device", name, "files", (json_int_t)(open - handles)),
            "%llu open file%s of %s without a handle: a driver or a request keeps %s", open - handles,
            open - handles == 1 ? "" : "s", name, open - handles == 1 ? "it" : "them");
}

static void find_devices(struct search *search)
{
    size_t index;
    json_t *device;
    json_array_foreach(json_object_get(search->answer, "devices"), index, device)
    {
        const char *address = ask_text(device, "address"), *above = ask_text(device, "above");
        const char *name = objects_device_name(search->answer, address);
        if (!is_its_device(search, address))
            continue;
        if (*above)
            add(search, json_pack("{s:s, s:s, s:s}", "kind", "attached", "device", name, "above", above),
                "%s of %s is attached above %s", objects_device_name(search->answer, above),
                ask_text(ask_find(search->answer, "devices", "address", above), "driver"), name);
        find_references(search, device, name);
    }
}

static void find_requests(struct search *search)
{
    size_t index;
    json_t *request;
    json_array_foreach(json_object_get(search->answer, "requests"), index, request)
    {
        if (!is_its_device(search, ask_text(request, "device")))
            continue;
        add(search, json_pack("{s:s, s:O}", "kind", "request", "request", request),
            "it has %s of process %llu (%s), thread %llu: %s%s", ask_text(request, "major"),
            (unsigned long long)ask_number(request, "process"), ask_text(request, "process_name"),
            (unsigned long long)ask_number(request, "thread"), ask_text(request, "state"),
            ask_truth(request, "cancelable") ? "" : ", cannot be cancelled");
    }
}

static void print(const struct search *search, const char *name)
{
    size_t index;
    json_t *holder;
    printf("%s: %s\n", name, ask_text(search->driver, "state"));
    json_array_foreach(search->holders, index, holder) printf("  %s\n", ask_text(holder, "what"));
    if (json_array_size(search->holders) == 0)
        printf("  nothing holds it; \"drvctl stop %s\" unloads it\n", name);
}

static void write_json(const struct search *search)
{
    json_t *out = json_object();
    json_object_set(out, "driver", json_object_get(search->driver, "name"));
    json_object_set(out, "state", json_object_get(search->driver, "state"));
    json_object_set(out, "can_unload", json_object_get(search->driver, "can_unload"));
    json_object_set(out, "holders", search->holders);
    ask_write(stdout, out);
    json_decref(out);
}

static const json_t *find_driver(const json_t *answer, const char *name)
{
    size_t index;
    json_t *driver;
    json_array_foreach(json_object_get(answer, "drivers"), index,
                       driver) if (strcasecmp(ask_text(driver, "name"), name) == 0) return driver;
    return NULL;
}

int objects_why(const json_t *answer, const char *name, bool as_json)
{
    struct search search = {.answer = answer, .driver = find_driver(answer, name)};
    if (!search.driver) {
        tool_error("objects: no driver \"%s\" is loaded\n\"nthost objects '\\Driver'\" lists those that are", name);
        return TOOL_FAILED;
    }
    search.holders = json_array();
    if (!ask_truth(search.driver, "can_unload"))
        add(&search, json_pack("{s:s}", "kind", "no DriverUnload"), "it has no DriverUnload: it cannot be unloaded");
    find_handles(&search);
    find_devices(&search);
    find_requests(&search);
    if (as_json)
        write_json(&search);
    else
        print(&search, ask_text(search.driver, "name"));
    json_decref(search.holders);
    return TOOL_OK;
}
