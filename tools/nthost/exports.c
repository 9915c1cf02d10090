// nthost exports: the table of what drivers can import here, and questions to it.
#include "options.h"
#include "tool.h"

#include "ldr/exports.h"

#include <getopt.h>
#include <string.h>

static const char usage[] =
    "usage: nthost exports [--module MODULE] [--summary] [NAME...]\n"
    "\n"
    "Lists what drivers can import here: module, name, state, how many arguments it takes, and the highest\n"
    "IRQL at which it may be called. With names, says of each whether it exists.\n"
    "\n"
    "  --module MODULE  only that module's (ntoskrnl, hal, ...)\n"
    "  --summary        only how many there are\n"
    "  --help           this page\n"
    "\n"
    "The state is \"done\", \"partial\" (exists and does not do all it should), \"refuses\" (always fails with a\n"
    "documented status: there is no hardware, no network ... here) or \"data\" (a variable).\n"
    "\n"
    "Example:\n"
    "  nthost exports IoCreateDevice ZwOpenKey\n"
    "\n"
    "Exit status: 0; 1 when one of the names does not exist; 2 for a wrong command line.\n";

static const char *const states[] = {[LDR_EXPORT_DONE] = "done",
                                     [LDR_EXPORT_PARTIAL] = "partial",
                                     [LDR_EXPORT_DATA] = "data",
                                     [LDR_EXPORT_REFUSES] = "refuses"};

static const char *irql_name(unsigned irql)
{
    static const char *const names[] = {"PASSIVE_LEVEL", "APC_LEVEL", "DISPATCH_LEVEL"};
    return irql < sizeof names / sizeof *names ? names[irql] : "HIGH_LEVEL";
}

static void print_export(const struct ldr_export *found)
{
    char arguments[16] = "variadic";
    if (found->state == LDR_EXPORT_DATA)
        strcpy(arguments, "-");
    else if (found->arguments >= 0)
        snprintf(arguments, sizeof arguments, "%d", found->arguments);
    printf("%-9s %-40s %-8s %-8s %s\n", found->module, found->name, states[found->state], arguments,
           found->state == LDR_EXPORT_DATA ? "-" : irql_name(found->irql));
}

// All modules export to all: since Windows 10 2004 drivers find a name of hal.dll in ntoskrnl.exe, too.
static const struct ldr_export *find(const char *module, const char *name)
{
    size_t count;
    const struct ldr_export *table = ldr_exports(&count);
    if (module)
        return ldr_find_export(module, name);
    for (size_t i = 0; i < count; i++)
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    return NULL;
}

static int answer_names(const char *module, char **names, int count)
{
    int status = TOOL_OK;
    for (int i = 0; i < count; i++) {
        const struct ldr_export *found = find(module, names[i]);
        if (found) {
            print_export(found);
        } else {
            printf("%-9s %-40s missing\n", module ? module : "-", names[i]);
            status = TOOL_FAILED;
        }
    }
    return status;
}

static void print_summary(const char *module)
{
    size_t count, by_state[LDR_EXPORT_STATES] = {0};
    const struct ldr_export *table = ldr_exports(&count);
    for (size_t i = 0; i < count; i++) {
        if (module && !ldr_same_module(module, table[i].module))
            continue;
        by_state[table[i].state]++;
        bool last = i + 1 == count || strcmp(table[i].module, table[i + 1].module) != 0;
        if (!last)
            continue;
        size_t names = 0;
        for (size_t state = 0; state < LDR_EXPORT_STATES; state++)
            names += by_state[state];
        printf("%s: %zu (%zu done, %zu partial, %zu refusing, %zu data)\n", table[i].module, names,
               by_state[LDR_EXPORT_DONE], by_state[LDR_EXPORT_PARTIAL], by_state[LDR_EXPORT_REFUSES],
               by_state[LDR_EXPORT_DATA]);
        memset(by_state, 0, sizeof by_state);
    }
}

static void print_all(const char *module)
{
    size_t count;
    const struct ldr_export *table = ldr_exports(&count);
    for (size_t i = 0; i < count; i++)
        if (!module || ldr_same_module(module, table[i].module))
            print_export(&table[i]);
}

int exports_main(int argc, char **argv)
{
    const char *module = NULL;
    bool summary = false;
    const struct option_row rows[] = {{"module", .text = &module}, {"summary", .flag = &summary}, {0}};
    const struct options options = {.command = "exports", .usage = usage, .rows = rows, .more = true};
    int status = options_parse(&options, argc, argv);
    if (status)
        return status;
    if (module && !ldr_export_module_exists(module))
        return tool_usage_error(
            "exports", "exports: there is no module \"%s\" here; nthost exports --summary names those there are",
            module);
    if (summary && optind < argc)
        return tool_usage_error("exports", "exports: --summary takes no names");
    if (optind < argc)
        return answer_names(module, argv + optind, argc - optind);
    if (!summary)
        print_all(module);
    else
        print_summary(module);
    return TOOL_OK;
}
