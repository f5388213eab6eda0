#define _GNU_SOURCE
#include "delivery_count.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char MARK[] = "bench@";
#define MARK_SIZE (sizeof MARK - 1)
#define STAMP_DIGITS 19
#define LIST_DIGITS 5
#define NUMBER_DIGITS 9
#define WHOLE_MARK (MARK_SIZE + STAMP_DIGITS + 1 + LIST_DIGITS + 1 + NUMBER_DIGITS)

struct list {
    uint32_t subscribers, published;
    uint32_t left[IN_FLIGHT_SLOTS]; /* missing deliveries, by number modulo IN_FLIGHT_SLOTS */
};

struct request {
    uint32_t list, number;
};

struct counts counts;
uint64_t in_flight_count;

static struct list lists[MAX_LISTS];
static uint32_t list_count, keep, next_list;
static int request_fd = -1;
static struct request requests[1024];
static size_t request_count;

uint64_t now_ns(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (uint64_t)at.tv_sec * 1000000000u + (uint64_t)at.tv_nsec;
}

void count_begin(int fd) { request_fd = fd; }

uint32_t count_subscriber(uint32_t list) {
    lists[list].subscribers++;
    if (list >= list_count) list_count = list + 1;
    return lists[list].published;
}

void count_forget_subscribers(void) {
    for (uint32_t i = 0; i < MAX_LISTS; i++) lists[i].subscribers = 0;
    list_count = next_list = 0;
    in_flight_count = 0;
}

void request_flush(void) {
    const char *at = (const char *)requests;
    size_t left = request_count * sizeof *requests;
    while (left > 0) {
        ssize_t written = write(request_fd, at, left);
        if (written < 0) {
            perror("the publisher has ended");
            exit(1);
        }
        at += written;
        left -= (size_t)written;
    }
    request_count = 0;
}

static void request_message(uint32_t index) {
    struct list *list = &lists[index];
    list->published++;
    list->left[list->published % IN_FLIGHT_SLOTS] = list->subscribers;
    in_flight_count++;
    if (request_count == sizeof requests / sizeof *requests) request_flush();
    requests[request_count++] = (struct request){index, list->published};
}

void request_keep_in_flight(uint32_t in_flight) {
    keep = in_flight;
    /* In rounds, so that messages of one list do not follow one another directly. */
    for (uint32_t round = 0; round < in_flight; round++)
        for (uint32_t i = 0; i < list_count; i++)
            if (lists[i].subscribers > 0) request_message(i);
}

void request_next(void) {
    do next_list = (next_list + 1) % list_count;
    while (lists[next_list].subscribers == 0);
    if (in_flight_count >= IN_FLIGHT_SLOTS / 2)
        counts.skipped++;
    else
        request_message(next_list);
}

void request_stop(void) { keep = 0; }

static void delivered(uint32_t index, uint32_t number) {
    struct list *list = &lists[index];
    counts.deliveries++;
    if (--list->left[number % IN_FLIGHT_SLOTS] > 0) return;
    counts.messages++;
    in_flight_count--;
    if (keep > 0) request_message(index);
}

/* A histogram of latencies: 128 steps for each power of two of nanoseconds. */
#define STEPS 128
static uint64_t histogram[64 * STEPS];
static uint64_t samples;

void latency_reset(void) {
    memset(histogram, 0, sizeof histogram);
    samples = 0;
}

static void latency_add(uint64_t ns) {
    if (ns < STEPS) ns = STEPS;
    int power = 63 - __builtin_clzll(ns);
    histogram[power * STEPS + (int)((ns >> (power - 7)) & (STEPS - 1))]++;
    samples++;
}

double latency_at(double fraction) {
    uint64_t wanted = (uint64_t)((double)samples * fraction), seen = 0;
    for (int i = 0; i < 64 * STEPS; i++) {
        seen += histogram[i];
        if (seen > wanted) {
            int power = i / STEPS;
            return (double)((uint64_t)(STEPS + i % STEPS) << (power - 7)) / 1000;
        }
    }
    return 0;
}

static bool digits(const char *at, int count, uint64_t *value) {
    *value = 0;
    for (int i = 0; i < count; i++) {
        if (at[i] < '0' || at[i] > '9') return false;
        *value = *value * 10 + (uint64_t)(at[i] - '0');
    }
    return true;
}

static void count_event(const char *mark, uint32_t own_list, uint32_t *seen, uint64_t now) {
    uint64_t stamp, list, number;
    const char *at = mark + MARK_SIZE;
    if (!digits(at, STAMP_DIGITS, &stamp) || !digits(at + STAMP_DIGITS + 1, LIST_DIGITS, &list) ||
        !digits(at + STAMP_DIGITS + LIST_DIGITS + 2, NUMBER_DIGITS, &number) || list != own_list) {
        counts.misrouted++;
        return;
    }
    if (number <= *seen || number > lists[list].published) {
        counts.repeated++;
        return;
    }
    /* A skipped message also stays in `left`, so it never counts as delivered to all. */
    counts.lost += number - *seen - 1;
    *seen = (uint32_t)number;
    latency_add(now > stamp ? now - stamp : 0);
    delivered(own_list, (uint32_t)number);
}

/* Where the last marks were found. Nearly every frame has the layout of the last ones, and
 * comparing six bytes there is cheaper than searching three hundred. There are two layouts: one
 * event alone, and several events in a frame. A wrong guess costs a search; a right guess is a mark. */
static size_t last_first_offsets[2], last_tails[2], last_stride;

static const char *mark_at(const char *payload, size_t size, size_t offset) {
    return offset + WHOLE_MARK <= size && memcmp(payload + offset, MARK, MARK_SIZE) == 0
               ? payload + offset
               : NULL;
}

static const char *search(const char *payload, size_t size, size_t from) {
    if (from + WHOLE_MARK > size) return NULL;
    const char *found = memmem(payload + from, size - from, MARK, MARK_SIZE);
    return found != NULL && (size_t)(found - payload) + WHOLE_MARK <= size ? found : NULL;
}

static const char *first_mark(const char *payload, size_t size, bool *is_known_layout) {
    for (int i = 0; i < 2; i++) {
        const char *guess = mark_at(payload, size, last_first_offsets[i]);
        if (guess != NULL) return guess;
    }
    *is_known_layout = false;
    const char *found = search(payload, size, 0);
    if (found != NULL) {
        last_first_offsets[1] = last_first_offsets[0];
        last_first_offsets[0] = (size_t)(found - payload);
    }
    return found;
}

static const char *next_mark(const char *payload, size_t size, size_t last,
                             bool *is_known_layout) {
    if (last_stride > 0) {
        const char *guess = mark_at(payload, size, last + last_stride);
        if (guess != NULL) return guess;
    }
    size_t tail = size - last;
    if (tail == last_tails[0] || tail == last_tails[1]) return NULL;
    *is_known_layout = false;
    const char *found = search(payload, size, last + WHOLE_MARK);
    if (found != NULL) {
        last_stride = (size_t)(found - payload) - last;
    } else {
        last_tails[1] = last_tails[0];
        last_tails[0] = tail;
    }
    return found;
}

bool count_frame(const char *payload, size_t size, uint32_t list, uint32_t *seen, uint64_t now) {
    bool is_known_layout = true;
    const char *mark = first_mark(payload, size, &is_known_layout);
    while (mark != NULL) {
        count_event(mark, list, seen, now);
        mark = next_mark(payload, size, (size_t)(mark - payload), &is_known_layout);
    }
    return is_known_layout;
}
