// The results of a run of bench, kept as JSON: one entry a line.
#pragma once

#include <stdbool.h>

enum { RESULTS_MAX = 64, RESULT_NAME = 64 };

struct result {
    char name[RESULT_NAME], unit[8];
    double value;
    char peer[RESULT_NAME]; // empty: none
    double peer_value;
};

struct results {
    int count;
    struct result list[RESULTS_MAX];
};

struct result *add_result(struct results *results);
const struct result *find_result(const struct results *results, const char *name); // NULL: not there
// Reads what write_results wrote. A file that is not there holds nothing.
void read_results(struct results *results, const char *path);
bool write_results(const struct results *results, const char *path); // false: errno
