// Where a pane stands in the lines: see log_pane.h.
#include "log_pane.h"

bool log_pane_shows(const struct log_pane *pane, const struct log_lines *lines, uint64_t place)
{
    const struct log_kept *kept = log_lines_at(lines, place);
    return kept->matches && (pane->driver == PANE_ALL || kept->driver == pane->driver);
}

// The next line of the pane's from `place` on, `place` included, in that direction; false: there is none.
static bool find(const struct log_pane *pane, const struct log_lines *lines, uint64_t *place, int step)
{
    for (uint64_t at = *place; at >= lines->first && at < lines->end; at += (uint64_t)(int64_t)step)
        if (log_pane_shows(pane, lines, at)) {
            *place = at;
            return true;
        }
    return false;
}

// The line in the last row; false: the pane is empty.
static bool bottom_of(const struct log_pane *pane, const struct log_lines *lines, uint64_t *place)
{
    if (lines->first == lines->end)
        return false;
    *place = pane->following || pane->bottom >= lines->end ? lines->end - 1 : pane->bottom;
    if (*place < lines->first) // what stood there has been dropped
        *place = lines->first;
    return find(pane, lines, place, -1) || find(pane, lines, place, 1);
}

int log_pane_rows(struct log_pane *pane, const struct log_lines *lines, uint64_t *places)
{
    uint64_t place = 0;
    int count = 0;
    bool found = bottom_of(pane, lines, &place);
    while (found && count < pane->height) {
        places[count++] = place--;
        found = find(pane, lines, &place, -1);
    }
    for (int i = 0; i < count / 2; i++) {
        uint64_t other = places[i];
        places[i] = places[count - 1 - i];
        places[count - 1 - i] = other;
    }
    return count;
}

void log_pane_stand(struct log_pane *pane, const struct log_lines *lines)
{
    uint64_t place;
    if (pane->following && bottom_of(pane, lines, &place)) {
        pane->bottom = place;
        pane->following = false;
    }
}

void log_pane_end(struct log_pane *pane)
{
    pane->following = true;
}

void log_pane_move(struct log_pane *pane, const struct log_lines *lines, int count)
{
    int step = count < 0 ? -1 : 1;
    uint64_t place;
    if (pane->following && step > 0)
        return;
    log_pane_stand(pane, lines);
    for (; count; count -= step) {
        place = pane->bottom + (uint64_t)(int64_t)step;
        if (!find(pane, lines, &place, step))
            break;
        pane->bottom = place;
    }
    if (count > 0)
        log_pane_end(pane);
}

// The last row is that line, or the one that fills the pane when fewer stand above it.
static void show(struct log_pane *pane, const struct log_lines *lines, uint64_t place)
{
    int above = 0;
    pane->following = false;
    pane->bottom = place;
    for (uint64_t at = place; above < pane->height && find(pane, lines, &at, -1); at--)
        above++;
    for (; above < pane->height; above++) {
        uint64_t next = pane->bottom + 1;
        if (!find(pane, lines, &next, 1))
            break;
        pane->bottom = next;
    }
}

void log_pane_home(struct log_pane *pane, const struct log_lines *lines)
{
    uint64_t place = lines->first;
    if (find(pane, lines, &place, 1))
        show(pane, lines, place);
}

bool log_pane_search(struct log_pane *pane, const struct log_lines *lines, const struct patterns *pattern, bool upwards)
{
    int step = upwards ? -1 : 1;
    uint64_t place = 0;
    if (!bottom_of(pane, lines, &place))
        return false;
    if (pane->has_mark)
        place = pane->marked + (uint64_t)(int64_t)step;
    for (; find(pane, lines, &place, step); place += (uint64_t)(int64_t)step) {
        if (!patterns_match(pattern, log_lines_at(lines, place)->text))
            continue;
        pane->marked = place;
        pane->has_mark = true;
        show(pane, lines, place);
        return true;
    }
    return false;
}

uint64_t log_pane_below(const struct log_pane *pane, const struct log_lines *lines)
{
    uint64_t count = 0;
    for (uint64_t place = pane->bottom + 1; !pane->following && place < lines->end; place++)
        count += place >= lines->first && log_pane_shows(pane, lines, place);
    return count;
}
