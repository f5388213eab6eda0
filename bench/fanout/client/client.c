/* The load: opens WebSockets, wishes for messages, counts and times what arrives. One thread.
 *
 *   client CONFIG WISH_FD
 *
 * CONFIG, a line each ("\n", "\r", "\\" inside a text are written with a backslash):
 *   port N | path P | subprotocol S | opcode 1 or 2 | server PID | silence MS
 *   ask exact|within TEXT | reply TEXT       an application's ping, and the answer to it
 *   socket LIST, then `send TEXT` and `expect TEXT` of that socket, in order
 * Standard input, a line each, answered by one line that begins with `ok` or `failed`:
 *   open N                        the first N sockets are open and have heard all they expect
 *   keep IN_FLIGHT WARM_MS MS     that many messages on their way in each list, all the time
 *   count IN_FLIGHT MESSAGES      so many messages in all are published and delivered
 *   pace PER_SECOND WARM_MS MS    messages at a fixed rate
 *   close                         all sockets are closed
 * WISH_FD: 8 bytes for each message to publish, list and number, as two native uint32.
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
#include "tally.h"

#define MOST_SOCKETS 20000
#define MOST_STEPS 8
/* Handshakes under way at once: keeps every server busy and none of their backlogs full. */
#define OPENING 32
static struct socket sockets[MOST_SOCKETS];
static struct step steps[MOST_SOCKETS][MOST_STEPS];
static size_t socket_count, open_count;
static int epoll_fd, timer_fd;
static clockid_t server_clock;
static uint64_t silence_ns; /* nothing that works is silent for so long */

static void die(const char *words) {
    fprintf(stderr, "client: %s\n", words);
    exit(1);
}

/* Replaces \n, \r and \\ in place. Returns the size. */
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
    struct socket *one = &sockets[socket_count - 1];
    if (one->step_count == MOST_STEPS) die("too many steps");
    one->steps[one->step_count++] = (struct step){is_expected, text, unescape(text)};
}

static void add_socket(const char *list) {
    if (socket_count == MOST_SOCKETS) die("too many sockets");
    struct socket *one = &sockets[socket_count];
    one->fd = -1;
    one->list = (uint32_t)atoi(list);
    one->steps = steps[socket_count++];
    if (one->list >= MOST_LISTS) die("too many lists");
}

static void take_line(char *key, char *value) {
    if (!strcmp(key, "port")) manners.port = atoi(value);
    else if (!strcmp(key, "path")) manners.path = value;
    else if (!strcmp(key, "subprotocol")) manners.subprotocol = value;
    else if (!strcmp(key, "silence")) silence_ns = strtoull(value, NULL, 10) * 1000000u;
    else if (!strcmp(key, "opcode")) manners.opcode = atoi(value);
    else if (!strcmp(key, "reply")) unescape(value), manners.reply = value;
    else if (!strcmp(key, "socket")) add_socket(value);
    else if (!strcmp(key, "send")) add_step(value, false);
    else if (!strcmp(key, "expect")) add_step(value, true);
    else if (!strcmp(key, "server")) {
        if (clock_getcpuclockid(atoi(value), &server_clock) != 0) die("no such server");
    } else if (!strcmp(key, "ask")) {
        manners.is_exact = strncmp(value, "exact ", 6) == 0;
        manners.asked = strchr(value, ' ') + 1;
        unescape(strchr(value, ' ') + 1);
    } else die(key);
}

static void read_configuration(const char *path) {
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t room = 0;
    if (file == NULL) die("cannot read the configuration");
    /* Each line stays in memory: steps point into it. */
    for (ssize_t size; (size = getline(&line, &room, file)) > 0; line = NULL, room = 0) {
        line[strcspn(line, "\n")] = 0;
        char *space = strchr(line, ' ');
        if (space == NULL) die("a line without a value");
        *space = 0;
        take_line(line, space + 1);
    }
    fclose(file);
}

static double cpu_seconds(clockid_t clock) {
    struct timespec at = {0, 0};
    clock_gettime(clock, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

/* Waits for the sockets and the timer; returns how often the timer has ticked. */
static uint64_t turn(int timeout_ms) {
    struct epoll_event events[64];
    uint64_t ticks = 0;
    int count = epoll_wait(epoll_fd, events, 64, timeout_ms);
    for (int i = 0; i < count && failure[0] == 0; i++) {
        struct socket *one = events[i].data.ptr;
        if (one != NULL) {
            socket_read(one);
        } else if (read(timer_fd, &ticks, sizeof ticks) < 0) {
            ticks = 0;
        }
    }
    return ticks;
}

static void watch(struct socket *one) {
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = one};
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, one->fd, &event) < 0) die("epoll");
}

static void open_sockets(size_t wanted) {
    size_t started = open_count, done = open_count;
    uint64_t heard = now_ns();
    if (wanted > socket_count) die("so many sockets are not configured");
    while (done < wanted && failure[0] == 0) {
        while (started < wanted && started < done + OPENING && failure[0] == 0) {
            socket_open(&sockets[started]);
            if (failure[0] == 0) watch(&sockets[started++]);
        }
        turn(100);
        size_t before = done;
        for (; done < started && sockets[done].is_ready; done++)
            sockets[done].seen = tally_subscriber(sockets[done].list);
        if (done > before) heard = now_ns();
        if (now_ns() - heard > silence_ns)
            snprintf(failure, sizeof failure, "socket %zu never heard \"%s\"", done,
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
    tally_forget_subscribers();
}

static void tick(double per_second) {
    uint64_t ns = per_second > 0 ? (uint64_t)(1e9 / per_second) : 0;
    struct timespec every = {(time_t)(ns / 1000000000u), (long)(ns % 1000000000u)};
    struct itimerspec when = {every, every};
    timerfd_settime(timer_fd, 0, &when, NULL);
}

/* Everything published is delivered, or nothing has come for too long: then it is lost. */
static void drain(void) {
    uint64_t before = counts.deliveries, heard = now_ns();
    tally_stop();
    tick(0);
    while (under_way > 0 && failure[0] == 0) {
        turn(100);
        tally_flush();
        if (counts.deliveries != before) before = counts.deliveries, heard = now_ns();
        if (now_ns() - heard > silence_ns)
            snprintf(failure, sizeof failure,
                     "%llu messages never reached everybody; %llu lost, %llu repeated",
                     (unsigned long long)under_way, (unsigned long long)counts.lost,
                     (unsigned long long)counts.repeated);
    }
}

struct moment {
    struct counts counts;
    uint64_t at;
    double server_cpu, client_cpu;
};

static struct moment moment(void) {
    return (struct moment){counts, now_ns(), cpu_seconds(server_clock),
                           cpu_seconds(CLOCK_PROCESS_CPUTIME_ID)};
}

static void run_until(uint64_t end) {
    for (uint64_t now; (now = now_ns()) < end && failure[0] == 0;) {
        uint64_t ticks = turn((int)((end - now) / 1000000u) + 1);
        while (ticks-- > 0) tally_one();
        tally_flush();
    }
}

static void report(const struct moment *start, const struct moment *end) {
    if (failure[0]) {
        printf("failed %s\n", failure);
        return;
    }
    /* Losses and repetitions are counted over the warm-up and the drain as well. */
    printf("ok deliveries=%llu messages=%llu seconds=%.6f server_cpu=%.6f client_cpu=%.6f "
           "lost=%llu repeated=%llu strays=%llu behind=%llu p50=%.1f p99=%.1f\n",
           (unsigned long long)(end->counts.deliveries - start->counts.deliveries),
           (unsigned long long)(end->counts.messages - start->counts.messages),
           (double)(end->at - start->at) / 1e9, end->server_cpu - start->server_cpu,
           end->client_cpu - start->client_cpu, (unsigned long long)counts.lost,
           (unsigned long long)counts.repeated, (unsigned long long)counts.strays,
           (unsigned long long)counts.behind, latency_at(0.5), latency_at(0.99));
}

static void measure(unsigned warm_ms, unsigned window_ms) {
    tally_flush();
    run_until(now_ns() + warm_ms * 1000000ull);
    latency_reset();
    struct moment start = moment();
    run_until(start.at + window_ms * 1000000ull);
    struct moment end = moment();
    drain();
    report(&start, &end);
}

/* Exactly so many messages: the harness is tested with it. */
static void count(unsigned in_flight, unsigned messages) {
    struct moment start = moment();
    latency_reset();
    for (unsigned published = 0; published < messages && failure[0] == 0;) {
        for (unsigned i = 0; i < in_flight && published < messages; i++, published++) tally_one();
        tally_flush();
        drain();
    }
    struct moment end = moment();
    report(&start, &end);
}

static void obey(const char *line) {
    unsigned number, warm_ms, window_ms;
    double rate;
    counts = (struct counts){0};
    if (sscanf(line, "open %u", &number) == 1) {
        open_sockets(number);
        printf(failure[0] ? "failed %s\n" : "ok\n", failure);
    } else if (sscanf(line, "keep %u %u %u", &number, &warm_ms, &window_ms) == 3 &&
               number <= RING / 2) {
        tally_keep(number);
        measure(warm_ms, window_ms);
    } else if (sscanf(line, "pace %lf %u %u", &rate, &warm_ms, &window_ms) == 3) {
        tick(rate);
        measure(warm_ms, window_ms);
    } else if (sscanf(line, "count %u %u", &number, &window_ms) == 2) {
        count(number, window_ms);
    } else if (!strncmp(line, "close", 5)) {
        close_sockets();
        printf("ok\n");
    } else {
        printf("failed what is: %s", line);
    }
    fflush(stdout);
}

int main(int argc, char **argv) {
    if (argc != 3) die("usage: client CONFIG WISH_FD");
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, timer_fd, &event);
    manners = (struct manners){.path = "/", .opcode = 1};
    read_configuration(argv[1]);
    tally_begin(atoi(argv[2]));
    for (char line[256]; fgets(line, sizeof line, stdin) != NULL;) obey(line);
    close_sockets();
    return 0;
}
