// A terminal as rows of text, and its keys. Nothing here knows what is shown. Rows and columns count from 0.
#pragma once

#include <stdbool.h>

enum screen_look { // one of the colours, with any of the marks
    SCREEN_PLAIN,
    SCREEN_RED,
    SCREEN_GREEN,
    SCREEN_YELLOW,
    SCREEN_BLUE,
    SCREEN_MAGENTA,
    SCREEN_CYAN,
    SCREEN_BOLD = 0x10,
    SCREEN_DIM = 0x20,
    SCREEN_REVERSE = 0x40,
};

enum screen_key { // beside the bytes of what is typed
    SCREEN_NONE = -1,
    SCREEN_UP = 0x100,
    SCREEN_DOWN,
    SCREEN_LEFT,
    SCREEN_RIGHT,
    SCREEN_PAGE_UP,
    SCREEN_PAGE_DOWN,
    SCREEN_HOME,
    SCREEN_END,
    SCREEN_HELP, // F1
    SCREEN_ENTER,
    SCREEN_ESCAPE,
    SCREEN_ERASE,
    SCREEN_RESIZE, // the terminal has another size
};

// False after a message to the user. The terminal is given back by screen_close.
bool screen_open(void);
void screen_close(void);
void screen_size(int *rows, int *columns);
// A text in UTF-8 at that place; the rest of the row becomes blank. It is cut at the edge.
void screen_put(int row, int column, const char *text, unsigned look);
// The cursor stands there; row -1: it is not seen.
void screen_cursor(int row, int column);
// What was put appears.
void screen_show(void);
// The next key, a byte or an enum screen_key; SCREEN_NONE after that time.
int screen_key(int timeout_ms);
