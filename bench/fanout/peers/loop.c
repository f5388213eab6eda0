/* The practical limit: a bare epoll loop that frames each message once and writes it to all.
 *
 *   loop PORT BROKER_PORT single|joined        the broker's password is in BROKER_PASSWORD
 *
 * single: one write for each subscriber and message. joined: one write for each subscriber with
 * everything that the broker has sent so far. It subscribes to `bench:*`; a client sends `list N`
 * once. It supports only the client of this benchmark (it answers that client's constant key).
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_SOCKETS 32768
#define MAX_LISTS 10000
/* The most bytes that are read from the broker, and so joined, at once. */
#define BROKER_ROOM (256u << 10)
/* A slower reader loses messages beyond this. */
#define MAX_WAITING (64u << 20)

static const char UPGRADED[] =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

struct buffer {
    char *data;
    size_t size, room;
};

struct peer {
    int fd;
    bool is_upgraded;
    struct buffer waiting; /* bytes that its socket had no room for */
};

struct list {
    struct peer **peers;
    size_t count, room;
    struct buffer out; /* frames not yet written to them */
    bool is_touched;
};

static struct peer peers[MAX_SOCKETS];
static struct list lists[MAX_LISTS];
static struct list *touched[MAX_LISTS];
static size_t touched_count;
static int epoll_fd, broker_fd;
static bool is_joined;

static void die(const char *message) {
    perror(message);
    exit(1);
}

static void append(struct buffer *to, const char *data, size_t size) {
    if (to->size + size > to->room) {
        to->room = (to->size + size) * 2;
        to->data = realloc(to->data, to->room);
        if (to->data == NULL) die("memory");
    }
    memcpy(to->data + to->size, data, size);
    to->size += size;
}

static void watch(int fd, uint32_t events, int how) {
    struct epoll_event event = {.events = events, .data.fd = fd};
    if (epoll_ctl(epoll_fd, how, fd, &event) < 0) die("epoll");
}

static void drop(struct peer *peer) {
    for (size_t i = 0; i < MAX_LISTS; i++)
        for (size_t j = 0; j < lists[i].count; j++)
            if (lists[i].peers[j] == peer) lists[i].peers[j--] = lists[i].peers[--lists[i].count];
    close(peer->fd);
    free(peer->waiting.data);
    *peer = (struct peer){.fd = -1};
}

static void send_to(struct peer *peer, const char *data, size_t size) {
    if (peer->waiting.size > 0) {
        if (peer->waiting.size < MAX_WAITING) append(&peer->waiting, data, size);
        return;
    }
    ssize_t sent = send(peer->fd, data, size, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) return; /* the next read reports the error as well */
    if (sent < 0) sent = 0;
    if ((size_t)sent == size) return;
    append(&peer->waiting, data + sent, size - (size_t)sent);
    watch(peer->fd, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
}

static void send_waiting(struct peer *peer) {
    struct buffer *waiting = &peer->waiting;
    ssize_t sent = send(peer->fd, waiting->data, waiting->size, MSG_NOSIGNAL);
    if (sent <= 0) return;
    waiting->size -= (size_t)sent;
    memmove(waiting->data, waiting->data + sent, waiting->size);
    if (waiting->size == 0) {
        free(waiting->data);
        *waiting = (struct buffer){0};
        watch(peer->fd, EPOLLIN, EPOLL_CTL_MOD);
    }
}

static void write_out(struct list *list) {
    for (size_t i = 0; i < list->count; i++)
        send_to(list->peers[i], list->out.data, list->out.size);
    list->out.size = 0;
}

static void publish(unsigned number, const char *payload, size_t size) {
    char head[10] = {(char)0x81, (char)size};
    size_t head_size = 2;
    if (number >= MAX_LISTS) return;
    struct list *list = &lists[number];
    if (size > 125) {
        head[1] = (char)(size < 65536 ? 126 : 127);
        head_size = size < 65536 ? 4 : 10;
        for (size_t i = 2; i < head_size; i++)
            head[i] = (char)((uint64_t)size >> 8 * (head_size - 1 - i));
    }
    append(&list->out, head, head_size);
    append(&list->out, payload, size);
    if (!is_joined) {
        write_out(list);
    } else if (!list->is_touched) {
        list->is_touched = true;
        touched[touched_count++] = list;
    }
}

/* Read "<kind>N\r\n". Return the end of the line, or NULL if it is incomplete. */
static char *read_number(char *at, char *end, long *number) {
    char *line_end = at < end ? memmem(at, (size_t)(end - at), "\r\n", 2) : NULL;
    if (line_end == NULL) return NULL;
    *number = strtol(at + 1, NULL, 10);
    return line_end + 2;
}

/* Handle one reply of the broker: an array of texts, or a line. Return its end, or NULL. */
static char *handle_reply(char *at, char *end) {
    long parts, size, sizes[4] = {0};
    char *texts[4] = {0};
    bool is_array = at < end && *at == '*';
    if ((at = read_number(at, end, &parts)) == NULL || !is_array) return at;
    for (long i = 0; i < parts && i < 4; i++) {
        bool is_text = at < end && *at == '$';
        if ((at = read_number(at, end, &size)) == NULL) return NULL;
        if (!is_text) continue;
        if (end - at < size + 2) return NULL;
        texts[i] = at;
        sizes[i] = size;
        at += size + 2;
    }
    if (parts == 4 && sizes[0] == 8 && memcmp(texts[0], "pmessage", 8) == 0)
        publish((unsigned)strtoul(texts[2] + 6, NULL, 10), texts[3], (size_t)sizes[3]);
    return at;
}

static void read_broker(void) {
    static char room[BROKER_ROOM];
    static size_t size;
    ssize_t got = recv(broker_fd, room + size, sizeof room - size, 0);
    if (got <= 0) {
        if (got < 0 && errno == EAGAIN) return;
        fprintf(stderr, "the broker has closed the connection\n");
        exit(1);
    }
    size += (size_t)got;
    char *at = room, *next;
    while ((next = handle_reply(at, room + size)) != NULL) at = next;
    size = (size_t)(room + size - at);
    memmove(room, at, size);
    for (size_t i = 0; i < touched_count; i++) {
        write_out(touched[i]);
        touched[i]->is_touched = false;
    }
    touched_count = 0;
}

static void subscribe(struct peer *peer, unsigned number) {
    struct list *list = &lists[number % MAX_LISTS];
    if (list->count == list->room) {
        list->room = list->room ? list->room * 2 : 4;
        list->peers = realloc(list->peers, list->room * sizeof *list->peers);
        if (list->peers == NULL) die("memory");
    }
    list->peers[list->count++] = peer;
    send_to(peer, "\x81\x02ok", 4);
}

static void read_peer(struct peer *peer) {
    char data[4096], text[128];
    ssize_t got = recv(peer->fd, data, sizeof data - 1, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
        drop(peer);
    } else if (!peer->is_upgraded) {
        peer->is_upgraded = true;
        send_to(peer, UPGRADED, sizeof UPGRADED - 1);
    } else if (got > 6 && (data[0] & 15) == 1) {
        int size = data[1] & 127;
        for (int i = 0; i < size && i < (int)sizeof text; i++)
            text[i] = (char)(data[6 + i] ^ data[2 + i % 4]);
        text[size < 127 ? size : 127] = 0;
        subscribe(peer, (unsigned)strtoul(text + 5, NULL, 10));
    }
}

static void accept_all(int listener) {
    for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
        if (fd >= MAX_SOCKETS) exit(1);
        int yes = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        peers[fd] = (struct peer){.fd = fd};
        watch(fd, EPOLLIN, EPOLL_CTL_ADD);
    }
}

static int loopback(int port, bool is_listening) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    struct sockaddr *where = (struct sockaddr *)&address;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (is_listening ? bind(fd, where, sizeof address) < 0 || listen(fd, 1024) < 0
                     : connect(fd, where, sizeof address) < 0)
        die("port");
    return fd;
}

static void connect_broker(int port) {
    const char *password = getenv("BROKER_PASSWORD");
    char commands[512];
    broker_fd = loopback(port, false);
    int size = snprintf(commands, sizeof commands, "AUTH %s\r\nPSUBSCRIBE bench:*\r\n",
                        password ? password : "");
    if (send(broker_fd, commands, (size_t)size, MSG_NOSIGNAL) != size) die("broker");
    fcntl(broker_fd, F_SETFL, O_NONBLOCK);
}

int main(int argc, char **argv) {
    if (argc != 4) return 2;
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    is_joined = strcmp(argv[3], "joined") == 0;
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    connect_broker(atoi(argv[2]));
    int listener = loopback(atoi(argv[1]), true);
    fcntl(listener, F_SETFL, O_NONBLOCK);
    watch(broker_fd, EPOLLIN, EPOLL_CTL_ADD);
    watch(listener, EPOLLIN, EPOLL_CTL_ADD);
    for (;;) {
        struct epoll_event events[256];
        int count = epoll_wait(epoll_fd, events, 256, -1);
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (fd == listener) accept_all(listener);
            else if (fd == broker_fd) read_broker();
            else if (peers[fd].waiting.size > 0 && events[i].events & EPOLLOUT)
                send_waiting(&peers[fd]);
            else read_peer(&peers[fd]);
        }
    }
}
