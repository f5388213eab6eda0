/* WebSocket clients: their handshake, what they say first, and the frames they are sent. */
#ifndef SOCKETS_H
#define SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct step {
    bool is_expected; /* else it is sent */
    const char *text;
    size_t size;
};

struct socket {
    int fd;
    uint32_t list, seen;
    bool is_upgraded, is_ready;
    struct step *steps; /* what is said after the handshake, and what must be heard in between */
    size_t step_count, step;
    char *rest; /* the beginning of a frame whose end has not come */
    size_t rest_size, rest_room;
};

/* The same for every socket of a run. */
struct manners {
    int port;
    const char *path, *subprotocol;
    int opcode; /* 1: we send text, 2: binary */
    const char *asked, *reply; /* an application's ping and its answer; NULL: there is none */
    bool is_exact;             /* the ping is a frame of its own; else it may be inside of one */
};

extern struct manners manners;
/* Why a socket ended, in words; empty while all are open. */
extern char failure[256];

void socket_open(struct socket *one);
/* Takes what has arrived; sets `failure` when the server closed, or said what it should not. */
void socket_read(struct socket *one);
void socket_close(struct socket *one);

#endif
