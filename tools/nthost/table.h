// A table of texts: columns as wide as their widest cell, two spaces between them, the last one ragged.
#pragma once

#include <stdio.h>

struct table;

// The heads of the columns, which a NULL ends. NULL without memory; the others take a NULL table and do nothing.
struct table *table_new(const char *const *heads);
// The next cell, row by row.
__attribute__((format(printf, 2, 3))) void table_add(struct table *table, const char *format, ...);
void table_write(const struct table *table, FILE *out);
void table_free(struct table *table);
