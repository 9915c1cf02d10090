// Tables: see table.h.
#include "table.h"
#include "width.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_COLUMNS = 16 };

struct table {
    unsigned columns, widths[MAX_COLUMNS];
    char **cells;
    size_t count, capacity;
};

// Names come from drivers: nothing in them may move the cursor.
static void make_safe(char *text)
{
    for (; text && *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            *text = '?';
}

// Takes the text over.
static void append(struct table *table, char *text)
{
    if (table->count == table->capacity) {
        size_t capacity = table->capacity ? 2 * table->capacity : 256;
        char **cells = realloc(table->cells, capacity * sizeof *cells);
        if (!cells) {
            free(text);
            return;
        }
        table->cells = cells;
        table->capacity = capacity;
    }
    make_safe(text);
    unsigned column = (unsigned)(table->count % table->columns), width = text ? width_of_text(text) : 0;
    if (width > table->widths[column])
        table->widths[column] = width;
    table->cells[table->count++] = text;
}

struct table *table_new(const char *const *heads)
{
    struct table *table = calloc(1, sizeof *table);
    if (!table)
        return NULL;
    while (heads[table->columns] && table->columns < MAX_COLUMNS)
        table->columns++;
    for (unsigned i = 0; i < table->columns; i++)
        append(table, strdup(heads[i]));
    return table;
}

void table_add(struct table *table, const char *format, ...)
{
    char *text;
    va_list arguments;
    if (!table)
        return;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        text = NULL;
    va_end(arguments);
    append(table, text);
}

// An empty last cell leaves no blanks at the end of the line.
static bool ends_line(const struct table *table, size_t index)
{
    size_t column = index % table->columns, next = index + 1;
    return column + 1 == table->columns ||
           (column + 2 == table->columns && next < table->count && table->cells[next] && !*table->cells[next]);
}

static void write_cell(const struct table *table, size_t index, FILE *out)
{
    const char *text = table->cells[index] ? table->cells[index] : "?";
    size_t column = index % table->columns;
    fputs(text, out);
    if (column + 1 == table->columns)
        fputc('\n', out);
    else if (!ends_line(table, index))
        fprintf(out, "%*s", (int)(table->widths[column] - width_of_text(text) + 2), "");
}

void table_write(const struct table *table, FILE *out)
{
    for (size_t i = 0; table && i < table->count; i++)
        write_cell(table, i, out);
}

void table_free(struct table *table)
{
    if (!table)
        return;
    for (size_t i = 0; i < table->count; i++)
        free(table->cells[i]);
    free(table->cells);
    free(table);
}
