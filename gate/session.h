// A connection as the server sees it: a client process with its slice, its NT process and its twins; or a
// tool that asks something.
//
//      greeting --HELLO of a client--> open --goodbye, gone, nonsense--> rundown --> over
//          |                                                                          ^
//          +--HELLO of a tool--> answers --------------------------------------------+
//          +--nonsense, nothing for some seconds--------------------------------------+
#pragma once

#include "address.h"
#include "wire.h"

struct gate_server;
struct session;

// Takes the socket over in any case. NULL when there is no memory. `over` is called by the session's thread
// as its last act.
struct session *session_start(struct gate_server *server, int socket, struct address_peer peer, void (*over)(void *));
bool session_is_over(struct session *session);
// Disconnect; the rundown goes on in the session's thread.
void session_stop(struct session *session);
// Of a session that is over, or that was asked to stop.
void session_join(struct session *session);
uid_t session_user(const struct session *session);
struct session *session_next(struct session *session);
void session_set_next(struct session *session, struct session *next);
