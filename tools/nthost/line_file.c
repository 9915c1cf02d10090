// Debug messages for programs and for later: CSV, and JSON with an object a line, which can be read back.
#include "jsontext.h"
#include "line_internal.h"
#include "log_filter.h"

#include "rtl/rtl.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WHEN_BYTES = 40 };

#define UNITS_PER_SECOND   10000000ull
#define SECONDS_1601_TO_70 11644473600ll

// "2026-01-31T12:00:00.1234567Z".
static const char *when(uint64_t wall_100ns, char text[WHEN_BYTES])
{
    time_t seconds = (time_t)(wall_100ns / UNITS_PER_SECOND) - SECONDS_1601_TO_70;
    struct tm parts;
    gmtime_r(&seconds, &parts);
    size_t used = strftime(text, WHEN_BYTES, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(text + used, WHEN_BYTES - used, ".%07lluZ", (unsigned long long)(wall_100ns % UNITS_PER_SECOND));
    return text;
}

// ---- CSV ----------------------------------------------------------------------------------------------------------

// In quotes, those within doubled.
static void put_quoted(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

void line_write_head(FILE *out, enum line_style style)
{
    if (style == LINE_CSV)
        fputs("number,seconds,date,driver,process,process_name,thread,level,component,text\n", out);
}

void line_write_csv(FILE *out, const struct dbg_record *record, const char *text)
{
    char date[WHEN_BYTES], level[16], component[16];
    fprintf(out, "%llu,%.9f,%s,", (unsigned long long)record->number, (double)record->time_ns / 1e9,
            when(record->wall_100ns, date));
    put_quoted(out, record->driver);
    fprintf(out, ",%u,", record->process_id);
    put_quoted(out, record->process);
    fprintf(out, ",%u,%s,%s,", record->thread_id, log_level_name(record->level, level),
            log_component_name(record->component, component));
    put_quoted(out, text);
    fputc('\n', out);
}

// ---- JSON ---------------------------------------------------------------------------------------------------------

void line_write_json(FILE *out, const struct dbg_record *record, const char *text)
{
    char date[WHEN_BYTES], level[16], component[16];
    json_t *object = json_pack(
        "{s:I, s:I, s:s, s:o, s:I, s:o, s:I, s:s, s:I, s:s, s:I, s:b, s:o}", "number", (json_int_t)record->number,
        "time_ns", (json_int_t)record->time_ns, "date", when(record->wall_100ns, date), "driver",
        json_text(record->driver), "process", (json_int_t)record->process_id, "process_name",
        json_text(record->process), "thread", (json_int_t)record->thread_id, "level",
        log_level_name(record->level, level), "level_number", (json_int_t)record->level, "component",
        log_component_name(record->component, component), "component_number", (json_int_t)record->component,
        "truncated", (int)record->truncated, "text", json_text(text));
    json_dumpf(object, out, JSON_COMPACT);
    fputc('\n', out);
    json_decref(object);
}

static void read_text(const json_t *object, const char *key, char *text, size_t bytes)
{
    const char *value = json_string_value(json_object_get(object, key));
    snprintf(text, bytes, "%s", value ? value : "");
}

static uint64_t read_number(const json_t *object, const char *key)
{
    return (uint64_t)json_integer_value(json_object_get(object, key));
}

// What `when` wrote; 0 for anything else.
static uint64_t read_when(const json_t *object)
{
    const char *text = json_string_value(json_object_get(object, "date"));
    struct tm parts = {0};
    const char *rest = text ? strptime(text, "%Y-%m-%dT%H:%M:%S", &parts) : NULL;
    if (!rest || *rest != '.')
        return 0;
    return ((uint64_t)timegm(&parts) + SECONDS_1601_TO_70) * UNITS_PER_SECOND + strtoull(rest + 1, NULL, 10);
}

static void read_record(const json_t *object, struct dbg_record *record)
{
    memset(record, 0, offsetof(struct dbg_record, text));
    record->number = read_number(object, "number");
    record->time_ns = read_number(object, "time_ns");
    record->wall_100ns = read_when(object);
    record->process_id = (uint32_t)read_number(object, "process");
    record->thread_id = (uint32_t)read_number(object, "thread");
    record->level = (uint32_t)read_number(object, "level_number");
    record->component = (uint32_t)read_number(object, "component_number");
    record->truncated = json_is_true(json_object_get(object, "truncated"));
    read_text(object, "driver", record->driver, sizeof record->driver);
    read_text(object, "process_name", record->process, sizeof record->process);
    read_text(object, "text", record->text, DBG_TEXT_LIMIT + 1);
    record->length = (uint32_t)strlen(record->text);
}

bool line_read(const char *line, struct dbg_record *record, char **text, uint64_t *lost)
{
    json_t *object = json_loads(line, 0, NULL);
    const char *shown = json_string_value(json_object_get(object, "text"));
    *text = shown ? strdup(shown) : NULL;
    *lost = read_number(object, "lost");
    if (*text)
        read_record(object, record);
    json_decref(object);
    return *text || *lost;
}
