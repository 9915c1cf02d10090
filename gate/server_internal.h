// What a session asks of the server it belongs to.
#pragma once

#include "address.h"
#include "server.h"
#include "wire.h"

void server_client_came(struct gate_server *server);
void server_client_went(struct gate_server *server);
bool server_admits(struct gate_server *server, int socket, struct address_peer peer);
// Answer a tool's question; a descriptor to send with it (the caller closes it), or -1.
int server_answer(struct gate_server *server, const struct wire_message *question, struct wire_message *answer);
