// nthost irps: the requests that are under way, whose they are and how long they have been waiting.
#include "ask.h"
#include "options.h"
#include "table.h"
#include "tool.h"

#include <string.h>
#include <strings.h>

static const char usage[] =
    "usage: nthost irps [OPTIONS]\n"
    "\n"
    "Shows the requests (IRPs) that threads have sent and drivers have not completed: which driver has it,\n"
    "for which device, process and thread, how long it has been pending, and whether it has a cancel routine.\n"
    "\n"
    "  --driver NAME         only requests which that driver has\n"
    "  --device NAME         only requests for that device\n"
    "  --process PROCESS     only that process's: its number or its name\n"
    "  --major NAME          only that function: IRP_MJ_READ, or read\n"
    "  --older-than SECONDS  only those that have been pending longer\n"
    "  --json                for programs\n"
    "  --socket PATH         the server that listens there; default: NTHOST_SERVER, or\n"
    "                        ${XDG_RUNTIME_DIR:-/tmp/nthost-$UID}/nthost.sock\n"
    "  --help                this page\n"
    "\n"
    "A request whose dispatch routine has not returned yet has no age.\n"
    "\n"
    "Example:\n"
    "  nthost irps --driver LySharkDriver\n"
    "\n"
    "Exit status: 0; 1 when there is no server; 2 for a wrong command line.\n";

struct irps_options {
    const char *driver, *device, *process, *major, *socket;
    unsigned long long older_than_s;
    bool json;
};

static int parse(struct irps_options *wanted, int argc, char **argv)
{
    const struct option_row rows[] = {
        {"driver", .text = &wanted->driver},
        {"device", .text = &wanted->device},
        {"process", .text = &wanted->process},
        {"major", .text = &wanted->major},
        {"older-than", .number = &wanted->older_than_s, .unit = "a number of seconds"},
        {"json", .flag = &wanted->json},
        {"socket", .text = &wanted->socket},
        {0},
    };
    const struct options options = {.command = "irps", .usage = usage, .rows = rows};
    return options_parse(&options, argc, argv);
}

static bool is_wanted(const struct irps_options *wanted, const json_t *request)
{
    return (!wanted->driver || strcasecmp(ask_text(request, "driver"), wanted->driver) == 0) &&
           (!wanted->device || tool_names_device(ask_text(request, "device_name"), wanted->device)) &&
           ask_is_process(request, wanted->process) &&
           (!wanted->major || tool_names_major(ask_text(request, "major"), wanted->major)) &&
           (!wanted->older_than_s || ask_number(request, "age_ns") / 1000000000 >= wanted->older_than_s);
}

static void show_age(struct table *table, const json_t *request)
{
    uint64_t age = ask_number(request, "age_ns");
    if (age)
        table_add(table, "%llu.%03llu s", (unsigned long long)(age / 1000000000),
                  (unsigned long long)(age / 1000000 % 1000));
    else
        table_add(table, "%s", "dispatched");
}

static void show(const struct irps_options *wanted, const json_t *requests)
{
    static const char *const heads[] = {"IRP",    "FUNCTION", "DRIVER", "DEVICE", "PROCESS",
                                        "THREAD", "AGE",      "CANCEL", NULL};
    struct table *table = table_new(heads);
    size_t index;
    json_t *request;
    json_array_foreach(requests, index, request)
    {
        const char *device = ask_text(request, "device_name");
        if (!is_wanted(wanted, request))
            continue;
        table_add(table, "%s", ask_text(request, "irp"));
        table_add(table, "%s", ask_text(request, "major"));
        table_add(table, "%s", ask_text(request, "driver"));
        table_add(table, "%s", *device ? device : ask_text(request, "device"));
        table_add(table, "%llu %s", (unsigned long long)ask_number(request, "process"),
                  ask_text(request, "process_name"));
        table_add(table, "%llu", (unsigned long long)ask_number(request, "thread"));
        show_age(table, request);
        table_add(table, "%s",
                  ask_truth(request, "cancelled")    ? "asked for"
                  : ask_truth(request, "cancelable") ? "routine"
                                                     : "none");
    }
    table_write(table, stdout);
    table_free(table);
}

static void write_json(const struct irps_options *wanted, const json_t *requests)
{
    json_t *out = json_object(), *chosen = json_array(), *request;
    size_t index;
    json_array_foreach(requests, index, request) if (is_wanted(wanted, request)) json_array_append(chosen, request);
    json_object_set_new(out, "requests", chosen);
    ask_write(stdout, out);
    json_decref(out);
}

int irps_main(int argc, char **argv)
{
    struct irps_options wanted = {0};
    int status = parse(&wanted, argc, argv);
    if (status)
        return status;
    json_t *answer = ask_kernel("irps", wanted.socket, "requests");
    if (!answer)
        return TOOL_FAILED;
    const json_t *requests = json_object_get(answer, "requests");
    if (wanted.json)
        write_json(&wanted, requests);
    else
        show(&wanted, requests);
    json_decref(answer);
    return TOOL_OK;
}
