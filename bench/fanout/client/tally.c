#define _GNU_SOURCE
#include "tally.h"

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
    uint32_t left[RING]; /* deliveries still to come, by number modulo RING */
};

struct wish {
    uint32_t list, number;
};

struct counts counts;
uint64_t under_way;

static struct list lists[MOST_LISTS];
static uint32_t list_count, keep, next_list;
static int wish_fd = -1;
static struct wish wishes[1024];
static size_t wish_count;

uint64_t now_ns(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (uint64_t)at.tv_sec * 1000000000u + (uint64_t)at.tv_nsec;
}

void tally_begin(int fd) { wish_fd = fd; }

uint32_t tally_subscriber(uint32_t list) {
    lists[list].subscribers++;
    if (list >= list_count) list_count = list + 1;
    return lists[list].published;
}

void tally_forget_subscribers(void) {
    for (uint32_t i = 0; i < MOST_LISTS; i++) lists[i].subscribers = 0;
    list_count = next_list = 0;
    under_way = 0;
}

void tally_flush(void) {
    const char *at = (const char *)wishes;
    size_t left = wish_count * sizeof *wishes;
    while (left > 0) {
        ssize_t written = write(wish_fd, at, left);
        if (written < 0) {
            perror("the publisher is gone");
            exit(1);
        }
        at += written;
        left -= (size_t)written;
    }
    wish_count = 0;
}

static void wish_for(uint32_t index) {
    struct list *list = &lists[index];
    list->published++;
    list->left[list->published % RING] = list->subscribers;
    under_way++;
    if (wish_count == sizeof wishes / sizeof *wishes) tally_flush();
    wishes[wish_count++] = (struct wish){index, list->published};
}

void tally_keep(uint32_t in_flight) {
    keep = in_flight;
    /* Round by round, so that a list's messages do not follow one another directly. */
    for (uint32_t round = 0; round < in_flight; round++)
        for (uint32_t i = 0; i < list_count; i++)
            if (lists[i].subscribers > 0) wish_for(i);
}

void tally_one(void) {
    do next_list = (next_list + 1) % list_count;
    while (lists[next_list].subscribers == 0);
    if (under_way >= RING / 2)
        counts.behind++;
    else
        wish_for(next_list);
}

void tally_stop(void) { keep = 0; }

static void delivered(uint32_t index, uint32_t number) {
    struct list *list = &lists[index];
    counts.deliveries++;
    if (--list->left[number % RING] > 0) return;
    counts.messages++;
    under_way--;
    if (keep > 0) wish_for(index);
}

/* Latencies: 128 steps in each power of two of nanoseconds. */
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

double latency_at(double part) {
    uint64_t wanted = (uint64_t)((double)samples * part), seen = 0;
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

static void take(const char *mark, uint32_t own_list, uint32_t *seen, uint64_t now) {
    uint64_t stamp, list, number;
    const char *at = mark + MARK_SIZE;
    if (!digits(at, STAMP_DIGITS, &stamp) || !digits(at + STAMP_DIGITS + 1, LIST_DIGITS, &list) ||
        !digits(at + STAMP_DIGITS + LIST_DIGITS + 2, NUMBER_DIGITS, &number) || list != own_list) {
        counts.strays++;
        return;
    }
    if (number <= *seen || number > lists[list].published) {
        counts.repeated++;
        return;
    }
    /* What was skipped will be missing in `left` too: its message never reaches everybody. */
    counts.lost += number - *seen - 1;
    *seen = (uint32_t)number;
    latency_add(now > stamp ? now - stamp : 0);
    delivered(own_list, (uint32_t)number);
}

/* Where marks were found before: nearly every frame looks like the last ones, and comparing six
 * bytes there is cheaper than searching three hundred. Two kinds: one event alone, and several in
 * a frame. A guess that fails costs a search; a guess that holds is a mark. */
static size_t usual_first[2], usual_tail[2], usual_stride;

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

static const char *first_mark(const char *payload, size_t size, bool *is_usual) {
    for (int i = 0; i < 2; i++) {
        const char *guess = mark_at(payload, size, usual_first[i]);
        if (guess != NULL) return guess;
    }
    *is_usual = false;
    const char *found = search(payload, size, 0);
    if (found != NULL) {
        usual_first[1] = usual_first[0];
        usual_first[0] = (size_t)(found - payload);
    }
    return found;
}

static const char *next_mark(const char *payload, size_t size, size_t last, bool *is_usual) {
    if (usual_stride > 0) {
        const char *guess = mark_at(payload, size, last + usual_stride);
        if (guess != NULL) return guess;
    }
    size_t tail = size - last;
    if (tail == usual_tail[0] || tail == usual_tail[1]) return NULL;
    *is_usual = false;
    const char *found = search(payload, size, last + WHOLE_MARK);
    if (found != NULL) {
        usual_stride = (size_t)(found - payload) - last;
    } else {
        usual_tail[1] = usual_tail[0];
        usual_tail[0] = tail;
    }
    return found;
}

bool tally_frame(const char *payload, size_t size, uint32_t list, uint32_t *seen, uint64_t now) {
    bool is_usual = true;
    const char *mark = first_mark(payload, size, &is_usual);
    while (mark != NULL) {
        take(mark, list, seen, now);
        mark = next_mark(payload, size, (size_t)(mark - payload), &is_usual);
    }
    return is_usual;
}
