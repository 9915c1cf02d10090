// The server's side of a tool's question. See tool_query.c.
#pragma once

#include "wire.h"

// Fills the answer; a descriptor of the answer's text to send with it (the caller closes it), or -1 with
// answer.error. On an NT thread.
int tool_answer_query(const char *question, struct wire_message *answer);
