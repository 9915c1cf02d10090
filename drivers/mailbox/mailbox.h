// What the Mailbox driver offers, for the driver and for its applications.
//
// \\.\Mailbox is how a driver calls an application: the application keeps reads pending, and the driver
// completes one of them whenever it has something to say ("inverted call").
//
//     ReadFile      takes the next letter, a struct mailbox_letter; stays pending until there is one.
//                   ERROR_INSUFFICIENT_BUFFER: the buffer is smaller than a struct mailbox_letter.
//     WriteFile     posts a letter of MAILBOX_TEXT with these bytes. ERROR_INVALID_USER_BUFFER: there are
//     more than
//                   MAILBOX_TEXT_MAX. ERROR_BUSY: MAILBOX_LETTERS letters wait already.
//
// Each letter goes to one reader: the oldest letter to the oldest read. Letters that nobody has asked for yet
// wait in the driver. Open the device with FILE_FLAG_OVERLAPPED, or every other call on the handle waits
// until the pending read is done.
//
// Include it after <wdm.h> in a driver, after <windows.h> and <winioctl.h> in an application.
#pragma once

#define MAILBOX_TEXT_MAX 96
#define MAILBOX_LETTERS  64 // that can wait for a reader

// Input: struct mailbox_ticks. A timer of the driver posts that many letters of MAILBOX_TICK, one a period; a
// count of 0 stops them. When the handle is closed they stop, too. ERROR_BUSY: ticks are under way.
// ERROR_INVALID_PARAMETER: a period of 0 or of more than MAILBOX_PERIOD_MAX.
#define IOCTL_MAILBOX_TICKS CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_WRITE_ACCESS)

// Output: struct mailbox_state.
#define IOCTL_MAILBOX_STATE CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_BUFFERED, FILE_ANY_ACCESS)

#define MAILBOX_PERIOD_MAX 60000 // milliseconds

enum { MAILBOX_TEXT = 1, MAILBOX_TICK = 2 };

struct mailbox_letter {
    ULONG64 number; // 1, 2, 3, ... in the order of posting, without a gap
    ULONG kind;     // MAILBOX_TEXT or MAILBOX_TICK
    ULONG length;   // bytes of text; there is no terminating zero
    CHAR text[MAILBOX_TEXT_MAX];
};

struct mailbox_ticks {
    ULONG period; // milliseconds
    ULONG count;  // letters
};

struct mailbox_state {
    ULONG64 posted;    // letters since the driver was started
    ULONG64 delivered; // letters; posted - delivered of them wait
    ULONG64 cancelled; // reads that ended without a letter
    ULONG readers;     // reads that are pending
    ULONG letters;     // letters that wait
};
