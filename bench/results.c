#include "results.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct result *add_result(struct results *results)
{
    if (results->count == RESULTS_MAX) {
        fprintf(stderr, "bench: more than %d results; raise RESULTS_MAX\n", RESULTS_MAX);
        exit(1);
    }
    return &results->list[results->count++];
}

const struct result *find_result(const struct results *results, const char *name)
{
    for (int i = 0; i < results->count; i++)
        if (strcmp(results->list[i].name, name) == 0)
            return &results->list[i];
    return NULL;
}

void read_results(struct results *results, const char *path)
{
    char line[512];
    FILE *file = fopen(path, "r");

    while (file && fgets(line, sizeof line, file)) {
        struct result result = {0};
        int got = sscanf(line,
                         " {\"name\": \"%63[^\"]\", \"value\": %lf, \"unit\": \"%7[^\"]\","
                         " \"peer\": \"%63[^\"]\", \"peer_value\": %lf",
                         result.name, &result.value, result.unit, result.peer, &result.peer_value);
        if (got == 3 || got == 5)
            *add_result(results) = result;
    }
    if (file)
        fclose(file);
}

static void write_result(FILE *file, const struct result *result)
{
    fprintf(file, "  {\"name\": \"%s\", \"value\": %.4f, \"unit\": \"%s\", ", result->name, result->value,
            result->unit);
    if (result->peer[0])
        fprintf(file, "\"peer\": \"%s\", \"peer_value\": %.4f, \"ratio\": %.4f}", result->peer, result->peer_value,
                result->value / result->peer_value);
    else
        fprintf(file, "\"peer\": null, \"peer_value\": null, \"ratio\": null}");
}

bool write_results(const struct results *results, const char *path)
{
    FILE *file = fopen(path, "w");

    if (!file)
        return false;
    for (int i = 0; i < results->count; i++) {
        fprintf(file, "%s\n", i ? "," : "[");
        write_result(file, &results->list[i]);
    }
    fprintf(file, "%s\n]\n", results->count ? "" : "[");
    return fclose(file) == 0;
}
