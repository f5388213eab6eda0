#define _GNU_SOURCE
#include "sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "delivery_count.h"

/* A frame of many joined events may have hundreds of kilobytes. This is far more. */
#define MAX_REST (8u << 20)
#define READ_AT_ONCE (256u << 10)

struct protocol protocol;
char failure[256];
static char buffer[MAX_REST + READ_AT_ONCE];

static void send_all(int fd, const char *data, size_t size) {
    while (size > 0) {
        ssize_t sent = send(fd, data, size, MSG_NOSIGNAL);
        if (sent < 0 && (errno == EAGAIN || errno == EINTR)) continue; /* there is soon room */
        if (sent < 0) {
            snprintf(failure, sizeof failure, "cannot send: %s", strerror(errno));
            return;
        }
        data += sent;
        size -= (size_t)sent;
    }
}

static void send_frame(int fd, int opcode, const char *payload, size_t size) {
    char frame[8192];
    size_t head = size < 126 ? 2 : 4;
    if (head + 4 + size > sizeof frame) {
        snprintf(failure, sizeof failure, "a frame of %zu bytes is too long to send", size);
        return;
    }
    frame[0] = (char)(0x80 | opcode);
    frame[1] = (char)(0x80 | (size < 126 ? size : 126));
    if (size >= 126) {
        frame[2] = (char)(size >> 8);
        frame[3] = (char)size;
    }
    memset(frame + head, 0, 4); /* a mask of zeros leaves the payload unchanged */
    memcpy(frame + head + 4, payload, size);
    send_all(fd, frame, head + 4 + size);
}

void socket_open(struct socket *conn) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_port = htons((uint16_t)protocol.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    conn->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (conn->fd < 0 || connect(conn->fd, (struct sockaddr *)&address, sizeof address) < 0) {
        snprintf(failure, sizeof failure, "cannot connect: %s", strerror(errno));
        return;
    }
    int yes = 1;
    setsockopt(conn->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    fcntl(conn->fd, F_SETFL, O_NONBLOCK);
    char request[1024];
    /* The key of the example in RFC 6455, section 1.3: its answer is known. */
    int size = snprintf(request, sizeof request,
                        "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\n"
                        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s%s%s\r\n",
                        protocol.path, protocol.port,
                        protocol.subprotocol ? "Sec-WebSocket-Protocol: " : "",
                        protocol.subprotocol ? protocol.subprotocol : "",
                        protocol.subprotocol ? "\r\n" : "");
    send_all(conn->fd, request, (size_t)size);
}

void socket_close(struct socket *conn) {
    if (conn->fd >= 0) close(conn->fd);
    conn->fd = -1;
    free(conn->rest);
    conn->rest = NULL;
    conn->rest_size = conn->rest_room = 0;
}

static void send_steps(struct socket *conn) {
    while (conn->step < conn->step_count && !conn->steps[conn->step].is_expected) {
        struct step *step = &conn->steps[conn->step++];
        send_frame(conn->fd, protocol.opcode, step->text, step->size);
    }
    conn->is_ready = conn->step == conn->step_count;
}

static void expect(struct socket *conn, const char *payload, size_t size) {
    struct step *step = &conn->steps[conn->step];
    if (memmem(payload, size, step->text, step->size) != NULL) {
        conn->step++;
        send_steps(conn);
    }
}

static void answer_ping(struct socket *conn, const char *payload, size_t size) {
    if (protocol.ping == NULL) return;
    size_t length = strlen(protocol.ping);
    bool is_ping = protocol.is_whole_frame
                        ? size == length && memcmp(payload, protocol.ping, length) == 0
                        : memmem(payload, size, protocol.ping, length) != NULL;
    if (is_ping) send_frame(conn->fd, protocol.opcode, protocol.pong, strlen(protocol.pong));
}

static void handle_frame(struct socket *conn, int opcode, const char *payload, size_t size,
                       uint64_t now) {
    if (opcode == 8) {
        int code = size >= 2 ? (uint8_t)payload[0] << 8 | (uint8_t)payload[1] : 1005;
        int reason_size = size > 2 ? (int)(size - 2) : 0;
        snprintf(failure, sizeof failure, "closed with %d %.*s", code, reason_size, payload + 2);
    } else if (opcode == 9) {
        send_frame(conn->fd, 10, payload, size);
    } else if (opcode <= 2) {
        if (!conn->is_ready) {
            answer_ping(conn, payload, size);
            expect(conn, payload, size);
        } else if (!count_frame(payload, size, conn->list, &conn->seen, now)) {
            answer_ping(conn, payload, size);
        }
    }
}

/* Return the size of the answer to the upgrade, or 0 if it is incomplete. */
static size_t read_upgrade(struct socket *conn, const char *data, size_t size) {
    const char *end = memmem(data, size, "\r\n\r\n", 4);
    if (end == NULL) return 0;
    if (size < 12 || memcmp(data, "HTTP/1.1 101", 12) != 0) {
        snprintf(failure, sizeof failure, "not upgraded: %.*s", (int)(size < 60 ? size : 60), data);
        return 0;
    }
    conn->is_upgraded = true;
    send_steps(conn);
    return (size_t)(end - data) + 4;
}

/* Handle the next frame. Return its size, or 0 if it is incomplete. */
static size_t read_frame(struct socket *conn, const char *data, size_t size, uint64_t now) {
    const uint8_t *bytes = (const uint8_t *)data;
    if (size < 2) return 0;
    uint64_t length = bytes[1] & 127;
    size_t head = length == 126 ? 4 : length == 127 ? 10 : 2;
    if (size < head) return 0;
    if (head > 2) {
        length = 0;
        for (size_t i = 2; i < head; i++) length = length << 8 | bytes[i];
    }
    if (length > MAX_REST / 2) {
        snprintf(failure, sizeof failure, "a frame of %llu bytes", (unsigned long long)length);
        return 0;
    }
    if (size < head + length) return 0;
    handle_frame(conn, bytes[0] & 15, data + head, length, now);
    return head + length;
}

static void keep_rest(struct socket *conn, const char *data, size_t size) {
    if (size > conn->rest_room) {
        conn->rest_room = size * 2;
        conn->rest = realloc(conn->rest, conn->rest_room);
        if (conn->rest == NULL) abort();
    }
    if (size > 0) memcpy(conn->rest, data, size);
    conn->rest_size = size;
}

void socket_read(struct socket *conn) {
    if (conn->rest_size > 0) memcpy(buffer, conn->rest, conn->rest_size);
    ssize_t got = recv(conn->fd, buffer + conn->rest_size, READ_AT_ONCE, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
        if (failure[0] == 0)
            snprintf(failure, sizeof failure, "connection ended: %s",
                     got == 0 ? "end of stream" : strerror(errno));
        return;
    }
    uint64_t now = now_ns();
    size_t size = conn->rest_size + (size_t)got, at = 0, used;
    if (!conn->is_upgraded) at = read_upgrade(conn, buffer, size);
    while (conn->is_upgraded && failure[0] == 0 &&
           (used = read_frame(conn, buffer + at, size - at, now)) > 0)
        at += used;
    keep_rest(conn, buffer + at, size - at);
}
