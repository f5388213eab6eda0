/* The load client: HTTP/1.1 requests over keep-alive connections, one in flight on each. One thread.
 *
 *   client PORT SERVER_PID CONNECTIONS WARM_UP_MS WINDOW_MS REQUESTS SAMPLES
 *
 * REQUESTS: requests that are sent in turn, for ever. Each is a line `STATUS SIZE EXPECT_SIZE`, then
 * SIZE bytes to send and EXPECT_SIZE bytes that the answer's body must contain. Twelve `@` in either
 * are replaced by a number that no other request has.
 * SAMPLES: some answers are written here, each as a line `REQUEST SIZE NUMBER` and the body.
 * Standard output: one line `ok name=value …`, or `failed` and the reason. An answer with another
 * status, or without the expected bytes, ends the run: wrong answers have no speed.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MARK_SIZE 12
static const char MARK[] = "@@@@@@@@@@@@";
#define MAX_MARKS 4
#define MAX_CONNECTIONS 256
#define MAX_REQUEST 8192
#define MAX_ANSWER (8u << 20)
#define MAX_LATENCIES (4u << 20)
/* Every so many answers one is kept, and the first of each connection. */
#define SAMPLE_EVERY 500
/* A server that answers nothing for this long has failed. */
#define SILENCE_MS 15000

struct text {
    char *bytes;
    size_t size;
    size_t marks[MAX_MARKS];
    int mark_count;
};

struct request {
    int status;
    struct text sent, expected;
};

struct connection {
    int fd;
    size_t request;
    uint64_t number, sent_at;
    char *answer;
    size_t received, answered;
};

static struct request *requests;
static size_t request_count, next_request;
static struct connection connections[MAX_CONNECTIONS];
static uint32_t *latencies;
static size_t latency_count;
static uint64_t next_number, answered_count, window_count;
static int waiting_count;
static bool is_sending = true, is_measuring;
static FILE *samples;
static char failure[600];

static void die(const char *message) {
    printf("failed %s\n", message);
    exit(1);
}

static uint64_t now_ns(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (uint64_t)at.tv_sec * 1000000000u + (uint64_t)at.tv_nsec;
}

static double cpu_seconds(clockid_t clock) {
    struct timespec at = {0, 0};
    clock_gettime(clock, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static struct text read_text(FILE *file, size_t size) {
    struct text text = {malloc(size + 1), size, {0}, 0};
    if (size > MAX_REQUEST || fread(text.bytes, 1, size, file) != size) die("a request is cut off");
    text.bytes[size] = 0;
    for (char *at = text.bytes; (at = memmem(at, text.bytes + size - at, MARK, MARK_SIZE));
         at += MARK_SIZE) {
        if (text.mark_count == MAX_MARKS) die("too many marks in a request");
        text.marks[text.mark_count++] = (size_t)(at - text.bytes);
    }
    return text;
}

static void read_requests(const char *path) {
    FILE *file = fopen(path, "r");
    size_t room = 0, sent, expected;
    int status;
    if (file == NULL) die("cannot read the requests");
    while (fscanf(file, "%d %zu %zu", &status, &sent, &expected) == 3) {
        fgetc(file);
        if (request_count == room)
            requests = realloc(requests, (room = room * 2 + 64) * sizeof *requests);
        struct request *request = &requests[request_count++];
        request->status = status;
        request->sent = read_text(file, sent);
        request->expected = read_text(file, expected);
    }
    fclose(file);
    if (request_count == 0) die("no requests");
}

/* Copy the text and put the number in place of its marks. */
static size_t fill_in(char *to, const struct text *text, uint64_t number) {
    char digits[MARK_SIZE + 10];
    snprintf(digits, sizeof digits, "%012llu", (unsigned long long)(number % 1000000000000ull));
    memcpy(to, text->bytes, text->size);
    for (int i = 0; i < text->mark_count; i++) memcpy(to + text->marks[i], digits, MARK_SIZE);
    return text->size;
}

static void fail(const struct connection *connection, const char *why) {
    if (failure[0]) return;
    size_t shown = connection->received < 400 ? connection->received : 400;
    snprintf(failure, sizeof failure, "%s: %.*s", why, (int)shown, connection->answer);
    for (char *at = failure; *at; at++)
        if (*at == '\r' || *at == '\n') *at = ' ';
}

static void send_next(struct connection *connection) {
    char bytes[MAX_REQUEST];
    connection->request = next_request;
    next_request = (next_request + 1) % request_count;
    connection->number = next_number++;
    connection->received = 0;
    size_t size = fill_in(bytes, &requests[connection->request].sent, connection->number);
    connection->sent_at = now_ns();
    /* A request is smaller than the socket's buffer, which is empty: it is taken at once. */
    if (send(connection->fd, bytes, size, MSG_NOSIGNAL) != (ssize_t)size)
        fail(connection, "a request could not be sent");
    waiting_count++;
}

static void check_answer(struct connection *connection, int status, const char *body, size_t size) {
    const struct request *request = &requests[connection->request];
    char expected[MAX_REQUEST];
    size_t expected_size = fill_in(expected, &request->expected, connection->number);
    if (status != request->status) fail(connection, "another status");
    else if (memmem(body, size, expected, expected_size) == NULL) fail(connection, "another body");
    if (connection->answered++ == 0 || answered_count % SAMPLE_EVERY == 0) {
        fprintf(samples, "%zu %zu %012llu\n", connection->request, size,
                (unsigned long long)(connection->number % 1000000000000ull));
        fwrite(body, 1, size, samples);
    }
}

static void end_answer(struct connection *connection) {
    uint64_t took = now_ns() - connection->sent_at;
    waiting_count--;
    answered_count++;
    if (is_measuring) {
        window_count++;
        if (latency_count < MAX_LATENCIES) latencies[latency_count++] = (uint32_t)(took / 1000);
    }
    if (is_sending && !failure[0]) send_next(connection);
}

static void read_answer(struct connection *connection) {
    ssize_t got = recv(connection->fd, connection->answer + connection->received,
                       MAX_ANSWER - connection->received, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
        fail(connection, "the server closed a connection");
        return;
    }
    connection->received += (size_t)got;
    char *end = memmem(connection->answer, connection->received, "\r\n\r\n", 4);
    if (end == NULL) return;
    *end = 0; /* for strcasestr */
    char *length = strcasestr(connection->answer, "\r\ncontent-length:");
    size_t size = length == NULL ? 0 : strtoul(length + 17, NULL, 10);
    size_t head = (size_t)(end + 4 - connection->answer);
    int status = connection->received > 12 ? atoi(connection->answer + 9) : 0;
    *end = '\r';
    if (connection->received < head + size) return;
    check_answer(connection, status, connection->answer + head, size);
    end_answer(connection);
}

static void open_connections(int count, int port, int epoll_fd) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int i = 0; i < count; i++) {
        struct connection *connection = &connections[i];
        int on = 1;
        connection->fd = socket(AF_INET, SOCK_STREAM, 0);
        connection->answer = malloc(MAX_ANSWER);
        if (connect(connection->fd, (struct sockaddr *)&address, sizeof address) < 0)
            die("the server refused a connection");
        setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
        if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, connection->fd, &event) < 0) die("epoll");
    }
}

static void run_until(int epoll_fd, uint64_t end, bool is_drain) {
    struct epoll_event events[64];
    uint64_t last_answer = now_ns();
    for (uint64_t now; (now = now_ns()) < end && !failure[0] && !(is_drain && !waiting_count);) {
        int count = epoll_wait(epoll_fd, events, 64, (int)((end - now) / 1000000u) + 1);
        for (int i = 0; i < count && !failure[0]; i++) read_answer(events[i].data.ptr);
        if (count > 0) last_answer = now_ns();
        if (now_ns() - last_answer > SILENCE_MS * 1000000ull)
            snprintf(failure, sizeof failure, "the server stopped answering");
    }
}

static int by_size(const void *one, const void *other) {
    uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)other;
    return (a > b) - (a < b);
}

static double latency_at(double fraction) {
    if (latency_count == 0) return 0;
    size_t index = (size_t)((double)latency_count * fraction);
    return latencies[index < latency_count ? index : latency_count - 1] / 1e3;
}

int main(int argc, char **argv) {
    if (argc != 8) die("usage: client PORT PID CONNECTIONS WARM_UP_MS WINDOW_MS REQUESTS SAMPLES");
    int connection_count = atoi(argv[3]), epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    clockid_t server_clock;
    struct timespec wall;
    if (clock_getcpuclockid(atoi(argv[2]), &server_clock) != 0) die("no such server");
    if (connection_count < 1 || connection_count > MAX_CONNECTIONS) die("too many connections");
    latencies = malloc(MAX_LATENCIES * sizeof *latencies);
    samples = fopen(argv[7], "w");
    if (samples == NULL) die("cannot write the samples");
    read_requests(argv[6]);
    /* Microseconds: the numbers of two runs differ, because a run sends fewer than one in each. */
    clock_gettime(CLOCK_REALTIME, &wall);
    next_number = (uint64_t)wall.tv_sec * 1000000u + (uint64_t)wall.tv_nsec / 1000u;
    /* Elsewhere in the requests each time, so that one run does not repeat the last one's. */
    next_request = next_number % request_count;
    open_connections(connection_count, atoi(argv[1]), epoll_fd);
    for (int i = 0; i < connection_count; i++) send_next(&connections[i]);
    run_until(epoll_fd, now_ns() + strtoull(argv[4], NULL, 10) * 1000000u, false);
    is_measuring = true;
    uint64_t start = now_ns();
    double server_cpu = cpu_seconds(server_clock), client_cpu = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID);
    run_until(epoll_fd, start + strtoull(argv[5], NULL, 10) * 1000000u, false);
    double seconds = (double)(now_ns() - start) / 1e9;
    server_cpu = cpu_seconds(server_clock) - server_cpu;
    client_cpu = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID) - client_cpu;
    is_measuring = is_sending = false;
    run_until(epoll_fd, now_ns() + SILENCE_MS * 1000000ull, true);
    fclose(samples);
    if (!failure[0] && waiting_count > 0) snprintf(failure, sizeof failure, "answers are missing");
    if (failure[0]) die(failure);
    qsort(latencies, latency_count, sizeof *latencies, by_size);
    printf("ok requests=%llu seconds=%.6f server_cpu=%.6f client_cpu=%.6f total=%llu p50=%.3f "
           "p99=%.3f\n",
           (unsigned long long)window_count, seconds, server_cpu, client_cpu,
           (unsigned long long)answered_count, latency_at(0.5), latency_at(0.99));
    return 0;
}
