// The server's side of what tools ask that is more than a few numbers: tool_query.c, tool_trace.c.
#pragma once

#include "wire.h"

// Fills the answer; a descriptor of the answer's text to send with it (the caller closes it), or -1 with
// answer.error. On an NT thread.
int tool_answer_query(const char *question, struct wire_message *answer);
// Answers, and traces requests until the other side closes the socket.
void tool_serve_trace(int socket);
// Another descriptor of a memory file that can only be read, whatever that one allows; -1.
int tool_read_only(int fd);
