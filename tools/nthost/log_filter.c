// Filters of the debug view: see log_filter.h.
#include "log_filter.h"
#include "tool.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *const level_names[] = {"ERROR", "WARNING", "TRACE", "INFO"};

enum { LEVEL_NAMES = sizeof level_names / sizeof *level_names };

// A level from 32 on is a mask of levels; the gravest counts.
static unsigned gravest(uint32_t level)
{
    return level < 32 ? level : (unsigned)__builtin_ctz(level);
}

bool log_filter_set_level(struct log_filter *filter, const char *text)
{
    unsigned long long number;
    for (unsigned i = 0; i < LEVEL_NAMES; i++)
        if (strcasecmp(text, level_names[i]) == 0) {
            filter->level = i;
            return true;
        }
    if (!tool_number(text, 31, &number))
        return false;
    filter->level = (unsigned)number;
    return true;
}

const char *log_level_name(uint32_t level, char number[16])
{
    if (level < LEVEL_NAMES)
        return level_names[level];
    snprintf(number, 16, level < 32 ? "%u" : "0x%x", level);
    return number;
}

const char *log_component_name(uint32_t component, char number[16])
{
    const char *name = component == DBG_COMPONENT_NTHOST ? "NTHOST" : dbg_component_name(component);
    if (name)
        return name;
    snprintf(number, 16, "%u", component);
    return number;
}

// "talks" and "talks.sys" mean the image talks.sys.
static bool names_image(const char *image, const char *typed)
{
    size_t length = strlen(typed);
    return strncasecmp(image, typed, length) == 0 && (!image[length] || strcasecmp(image + length, ".sys") == 0);
}

static bool wants_driver(const struct log_filter *filter, const struct dbg_record *record)
{
    for (unsigned i = 0; i < filter->drivers.count; i++)
        if (names_image(record->driver, filter->drivers.names[i]))
            return true;
    return filter->drivers.count == 0;
}

static bool wants_process(const struct log_filter *filter, const struct dbg_record *record)
{
    char number[16];
    snprintf(number, sizeof number, "%u", record->process_id);
    for (unsigned i = 0; i < filter->processes.count; i++)
        if (strcmp(filter->processes.names[i], number) == 0 || strcmp(filter->processes.names[i], record->process) == 0)
            return true;
    return filter->processes.count == 0;
}

static bool wants_component(const struct log_filter *filter, const struct dbg_record *record)
{
    char number[16];
    for (unsigned i = 0; i < filter->components.count; i++)
        if (strcasecmp(filter->components.names[i], log_component_name(record->component, number)) == 0)
            return true;
    return filter->components.count == 0;
}

bool log_filter_wants(const struct log_filter *filter, const struct dbg_record *record, const char *text)
{
    return !(filter->plain && record->component == DBG_COMPONENT_NTHOST) && gravest(record->level) <= filter->level &&
           wants_driver(filter, record) && wants_process(filter, record) && wants_component(filter, record) &&
           (!filter->include.count || patterns_match(&filter->include, text)) &&
           !patterns_match(&filter->exclude, text);
}

void log_filter_free(struct log_filter *filter)
{
    patterns_free(&filter->include);
    patterns_free(&filter->exclude);
    patterns_free(&filter->highlight);
}
