/* WebSocket clients: handshake, the exchange until they are subscribed, and received frames. */
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
    struct step *steps; /* sent after the handshake, or expected in between */
    size_t step_count, step;
    char *rest; /* the received part of an incomplete frame */
    size_t rest_size, rest_room;
};

/* The same for every socket of a run. */
struct protocol {
    int port;
    const char *path, *subprotocol;
    int opcode; /* of frames we send. 1: text, 2: binary */
    const char *ping, *pong; /* ping of the application and its answer, or NULL */
    bool is_whole_frame;             /* else the ping may be part of a frame */
};

extern struct protocol protocol;
/* The reason why a socket ended; empty while all are open. */
extern char failure[256];

void socket_open(struct socket *conn);
/* Read what has arrived. Set `failure` if the server closed or violated the protocol. */
void socket_read(struct socket *conn);
void socket_close(struct socket *conn);

#endif
