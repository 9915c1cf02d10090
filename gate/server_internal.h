// What a session asks of the server it belongs to.
#pragma once

#include "server.h"
#include "wire.h"

void server_client_came(struct gate_server *server);
void server_client_went(struct gate_server *server);
// Answer a tool's question; a descriptor to send with it (the caller closes it), or -1.
int server_answer(struct gate_server *server, const struct wire_message *question, struct wire_message *answer);
