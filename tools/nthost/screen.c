// The terminal through ncurses: see screen.h. Compiled with the C library's wchar_t, as ncurses was.
#include "screen.h"
#include "tool.h"

#include <curses.h>
#include <string.h>
#include <unistd.h>

static SCREEN *terminal;

enum { ESCAPE = 27, ESCAPE_MS = 25 };

bool screen_open(void)
{
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
        tool_error("the full screen needs a terminal");
        return false;
    }
    set_escdelay(ESCAPE_MS);
    if (!(terminal = newterm(NULL, stdout, stdin))) {
        tool_error("the terminal cannot be used; is TERM right?");
        return false;
    }
    cbreak();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    curs_set(0);
    if (has_colors()) {
        start_color();
        use_default_colors();
        for (int colour = SCREEN_RED; colour <= SCREEN_CYAN; colour++)
            init_pair((short)colour, (short)colour,
                      -1); // the first seven colours of a terminal are these, in this order
    }
    return true;
}

void screen_close(void)
{
    endwin();
    delscreen(terminal);
}

void screen_size(int *rows, int *columns)
{
    getmaxyx(stdscr, *rows, *columns);
}

void screen_put(int row, int column, const char *text, unsigned look)
{
    attr_t attributes = COLOR_PAIR(look & 0xf) | (look & SCREEN_BOLD ? A_BOLD : 0) | (look & SCREEN_DIM ? A_DIM : 0) |
                        (look & SCREEN_REVERSE ? A_REVERSE : 0);
    move(row, column);
    clrtoeol();
    attrset(attributes);
    addstr(text);
    attrset(A_NORMAL);
}

void screen_cursor(int row, int column)
{
    curs_set(row >= 0);
    if (row >= 0)
        move(row, column);
}

void screen_show(void)
{
    refresh();
}

int screen_key(int timeout_ms)
{
    static const struct {
        int code, key;
    } keys[] = {
        {KEY_UP, SCREEN_UP},       {KEY_DOWN, SCREEN_DOWN},       {KEY_LEFT, SCREEN_LEFT},
        {KEY_RIGHT, SCREEN_RIGHT}, {KEY_PPAGE, SCREEN_PAGE_UP},   {KEY_NPAGE, SCREEN_PAGE_DOWN},
        {KEY_HOME, SCREEN_HOME},   {KEY_END, SCREEN_END},         {KEY_F(1), SCREEN_HELP},
        {KEY_ENTER, SCREEN_ENTER}, {'\r', SCREEN_ENTER},          {'\n', SCREEN_ENTER},
        {ESCAPE, SCREEN_ESCAPE},   {KEY_BACKSPACE, SCREEN_ERASE}, {0x7f, SCREEN_ERASE},
        {'\b', SCREEN_ERASE},      {KEY_RESIZE, SCREEN_RESIZE},   {ERR, SCREEN_NONE},
    };
    timeout(timeout_ms);
    int code = getch();
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (keys[i].code == code)
            return keys[i].key;
    return code < 0x100 ? code : SCREEN_NONE;
}
