/* The load client: open WebSockets, request messages, count and time deliveries. One thread.
 *
 *   client CONFIG REQUEST_FD
 *
 * CONFIG, a line each ("\n", "\r", "\\" inside a text are written with a backslash):
 *   port N | path P | subprotocol S | opcode 1 or 2 | server PID | timeout MS
 *   ping whole|within TEXT | pong TEXT      a ping of the application, and the answer to it
 *   socket LIST, then `send TEXT` and `expect TEXT` of that socket, in order
 * Standard input, a line each, answered by one line that begins with `ok` or `failed`:
 *   open N                           open the first N sockets and wait for all they expect
 *   saturate IN_FLIGHT WARM_UP_MS MS keep that many messages in flight in each list
 *   deliver IN_FLIGHT MESSAGES       publish exactly so many messages and wait for them
 *   pace PER_SECOND WARM_UP_MS MS    publish messages at a fixed rate
 *   close                            close all sockets
 * REQUEST_FD: 8 bytes for each message to publish, list and number, as two native uint32.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "sockets.h"
#include "delivery_count.h"

#define MAX_SOCKETS 20000
#define MAX_STEPS 8
/* Concurrent handshakes: enough to keep a server busy, too few to fill its accept backlog. */
#define OPENING 32
static struct socket sockets[MAX_SOCKETS];
static struct step steps[MAX_SOCKETS][MAX_STEPS];
static size_t socket_count, open_count;
static int epoll_fd, timer_fd;
static clockid_t server_clock;
static uint64_t timeout_ns; /* a server that delivers nothing for this long has failed */

static void die(const char *message) {
    fprintf(stderr, "client: %s\n", message);
    exit(1);
}

/* Replace \n, \r and \\ in place. Return the size. */
static size_t unescape(char *text) {
    char *to = text;
    for (char *from = text; *from; from++) {
        if (*from == '\\' && from[1]) {
            from++;
            *to++ = *from == 'n' ? '\n' : *from == 'r' ? '\r' : *from;
        } else {
            *to++ = *from;
        }
    }
    *to = 0;
    return (size_t)(to - text);
}

static void add_step(char *text, bool is_expected) {
    if (socket_count == 0) die("a step before the first socket");
    struct socket *conn = &sockets[socket_count - 1];
    if (conn->step_count == MAX_STEPS) die("too many steps");
    conn->steps[conn->step_count++] = (struct step){is_expected, text, unescape(text)};
}

static void add_socket(const char *list) {
    if (socket_count == MAX_SOCKETS) die("too many sockets");
    struct socket *conn = &sockets[socket_count];
    conn->fd = -1;
    conn->list = (uint32_t)atoi(list);
    conn->steps = steps[socket_count++];
    if (conn->list >= MAX_LISTS) die("too many lists");
}

static void read_line(char *key, char *value) {
    if (!strcmp(key, "port")) protocol.port = atoi(value);
    else if (!strcmp(key, "path")) protocol.path = value;
    else if (!strcmp(key, "subprotocol")) protocol.subprotocol = value;
    else if (!strcmp(key, "timeout")) timeout_ns = strtoull(value, NULL, 10) * 1000000u;
    else if (!strcmp(key, "opcode")) protocol.opcode = atoi(value);
    else if (!strcmp(key, "pong")) unescape(value), protocol.pong = value;
    else if (!strcmp(key, "socket")) add_socket(value);
    else if (!strcmp(key, "send")) add_step(value, false);
    else if (!strcmp(key, "expect")) add_step(value, true);
    else if (!strcmp(key, "server")) {
        if (clock_getcpuclockid(atoi(value), &server_clock) != 0) die("no such server");
    } else if (!strcmp(key, "ping")) {
        protocol.is_whole_frame = strncmp(value, "whole ", 6) == 0;
        protocol.ping = strchr(value, ' ') + 1;
        unescape(strchr(value, ' ') + 1);
    } else die(key);
}

static void read_configuration(const char *path) {
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t room = 0;
    if (file == NULL) die("cannot read the configuration");
    /* Each line stays in memory, because steps point into it. */
    for (ssize_t size; (size = getline(&line, &room, file)) > 0; line = NULL, room = 0) {
        line[strcspn(line, "\n")] = 0;
        char *space = strchr(line, ' ');
        if (space == NULL) die("a line without a value");
        *space = 0;
        read_line(line, space + 1);
    }
    fclose(file);
}

static double cpu_seconds(clockid_t clock) {
    struct timespec at = {0, 0};
    clock_gettime(clock, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

/* Handle the events of sockets and timer. Return the number of timer ticks. */
static uint64_t poll_events(int timeout_ms) {
    struct epoll_event events[64];
    uint64_t ticks = 0;
    int count = epoll_wait(epoll_fd, events, 64, timeout_ms);
    for (int i = 0; i < count && failure[0] == 0; i++) {
        struct socket *conn = events[i].data.ptr;
        if (conn != NULL) {
            socket_read(conn);
        } else if (read(timer_fd, &ticks, sizeof ticks) < 0) {
            ticks = 0;
        }
    }
    return ticks;
}

static void watch(struct socket *conn) {
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = conn};
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, conn->fd, &event) < 0) die("epoll");
}

static void open_sockets(size_t wanted) {
    size_t started = open_count, done = open_count;
    uint64_t last_progress = now_ns();
    if (wanted > socket_count) die("fewer sockets are configured");
    while (done < wanted && failure[0] == 0) {
        while (started < wanted && started < done + OPENING && failure[0] == 0) {
            socket_open(&sockets[started]);
            if (failure[0] == 0) watch(&sockets[started++]);
        }
        poll_events(100);
        size_t before = done;
        for (; done < started && sockets[done].is_ready; done++)
            sockets[done].seen = count_subscriber(sockets[done].list);
        if (done > before) last_progress = now_ns();
        if (now_ns() - last_progress > timeout_ns)
            snprintf(failure, sizeof failure, "socket %zu never received \"%s\"", done,
                     sockets[done].is_upgraded ? sockets[done].steps[sockets[done].step].text
                                               : "101");
    }
    open_count = started;
}

static void close_sockets(void) {
    for (size_t i = 0; i < open_count; i++) {
        socket_close(&sockets[i]);
        sockets[i].is_upgraded = sockets[i].is_ready = false;
        sockets[i].step = 0;
    }
    open_count = 0;
    count_forget_subscribers();
}

static void set_timer(double per_second) {
    uint64_t ns = per_second > 0 ? (uint64_t)(1e9 / per_second) : 0;
    struct timespec every = {(time_t)(ns / 1000000000u), (long)(ns % 1000000000u)};
    struct itimerspec when = {every, every};
    timerfd_settime(timer_fd, 0, &when, NULL);
}

/* Wait until everything published is delivered. Fail if nothing arrives until the timeout. */
static void drain(void) {
    uint64_t before = counts.deliveries, last_progress = now_ns();
    request_stop();
    set_timer(0);
    while (in_flight_count > 0 && failure[0] == 0) {
        poll_events(100);
        request_flush();
        if (counts.deliveries != before) before = counts.deliveries, last_progress = now_ns();
        if (now_ns() - last_progress > timeout_ns)
            snprintf(failure, sizeof failure,
                     "%llu messages never reached all subscribers; %llu lost, %llu repeated",
                     (unsigned long long)in_flight_count, (unsigned long long)counts.lost,
                     (unsigned long long)counts.repeated);
    }
}

struct sample {
    struct counts counts;
    uint64_t at;
    double server_cpu, client_cpu;
};

static struct sample take_sample(void) {
    return (struct sample){counts, now_ns(), cpu_seconds(server_clock),
                           cpu_seconds(CLOCK_PROCESS_CPUTIME_ID)};
}

static void run_until(uint64_t end) {
    for (uint64_t now; (now = now_ns()) < end && failure[0] == 0;) {
        uint64_t ticks = poll_events((int)((end - now) / 1000000u) + 1);
        while (ticks-- > 0) request_next();
        request_flush();
    }
}

static void report(const struct sample *start, const struct sample *end) {
    if (failure[0]) {
        printf("failed %s\n", failure);
        return;
    }
    /* Losses and repetitions include those of the warm-up and the drain. */
    printf("ok deliveries=%llu messages=%llu seconds=%.6f server_cpu=%.6f client_cpu=%.6f "
           "lost=%llu repeated=%llu misrouted=%llu skipped=%llu p50=%.1f p99=%.1f\n",
           (unsigned long long)(end->counts.deliveries - start->counts.deliveries),
           (unsigned long long)(end->counts.messages - start->counts.messages),
           (double)(end->at - start->at) / 1e9, end->server_cpu - start->server_cpu,
           end->client_cpu - start->client_cpu, (unsigned long long)counts.lost,
           (unsigned long long)counts.repeated, (unsigned long long)counts.misrouted,
           (unsigned long long)counts.skipped, latency_at(0.5), latency_at(0.99));
}

static void measure(unsigned warm_up_ms, unsigned window_ms) {
    request_flush();
    run_until(now_ns() + warm_up_ms * 1000000ull);
    latency_reset();
    struct sample start = take_sample();
    run_until(start.at + window_ms * 1000000ull);
    struct sample end = take_sample();
    drain();
    report(&start, &end);
}

/* Publish exactly so many messages. The test of this benchmark uses it. */
static void deliver(unsigned in_flight, unsigned messages) {
    struct sample start = take_sample();
    latency_reset();
    for (unsigned published = 0; published < messages && failure[0] == 0;) {
        for (unsigned i = 0; i < in_flight && published < messages; i++, published++)
            request_next();
        request_flush();
        drain();
    }
    struct sample end = take_sample();
    report(&start, &end);
}

static void run_command(const char *line) {
    unsigned number, warm_up_ms, window_ms;
    double rate;
    counts = (struct counts){0};
    if (sscanf(line, "open %u", &number) == 1) {
        open_sockets(number);
        printf(failure[0] ? "failed %s\n" : "ok\n", failure);
    } else if (sscanf(line, "saturate %u %u %u", &number, &warm_up_ms, &window_ms) == 3 &&
               number <= IN_FLIGHT_SLOTS / 2) {
        request_keep_in_flight(number);
        measure(warm_up_ms, window_ms);
    } else if (sscanf(line, "pace %lf %u %u", &rate, &warm_up_ms, &window_ms) == 3) {
        set_timer(rate);
        measure(warm_up_ms, window_ms);
    } else if (sscanf(line, "deliver %u %u", &number, &window_ms) == 2) {
        deliver(number, window_ms);
    } else if (!strncmp(line, "close", 5)) {
        close_sockets();
        printf("ok\n");
    } else {
        printf("failed unknown command: %s", line);
    }
    fflush(stdout);
}

int main(int argc, char **argv) {
    if (argc != 3) die("usage: client CONFIG REQUEST_FD");
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, timer_fd, &event);
    protocol = (struct protocol){.path = "/", .opcode = 1};
    read_configuration(argv[1]);
    count_begin(atoi(argv[2]));
    for (char line[256]; fgets(line, sizeof line, stdin) != NULL;) run_command(line);
    close_sockets();
    return 0;
}
