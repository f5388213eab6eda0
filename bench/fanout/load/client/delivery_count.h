/* Count and time deliveries, check their order, and request messages from the publisher.
 *
 * The only I/O is the pipe to the publisher.
 *
 * An event carries a mark:  bench@<19 digits: ns of CLOCK_MONOTONIC>.<5: list>.<9: number>
 * The numbers of a list are 1, 2, 3 …. A subscriber must receive each once, in this order.
 */
#ifndef DELIVERY_COUNT_H
#define DELIVERY_COUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAX_LISTS 10000
/* Twice the most messages in flight on one list; a power of two. */
#define IN_FLIGHT_SLOTS 128

struct counts {
    uint64_t deliveries, messages, lost, repeated, misrouted, skipped;
};

extern struct counts counts;
/* Messages published and not yet delivered to all subscribers. */
extern uint64_t in_flight_count;

uint64_t now_ns(void);

void count_begin(int request_fd);
/* Add a subscriber of the list. Return the number of the last message it will not receive. */
uint32_t count_subscriber(uint32_t list);
void count_forget_subscribers(void);

/* Request `in_flight` messages for each list, and a new one whenever one is delivered to all. */
void request_keep_in_flight(uint32_t in_flight);
/* Request one message for the next list. With IN_FLIGHT_SLOTS / 2 in flight, count it as skipped
 * instead. */
void request_next(void);
/* Request no further messages. */
void request_stop(void);
/* Write the requests made so far to the publisher. */
void request_flush(void);

/* Count the events in the payload of one frame, for a subscriber of `list` that has received the
 * events up to *seen. Return false if it holds anything but events of the expected layout. */
bool count_frame(const char *payload, size_t size, uint32_t list, uint32_t *seen, uint64_t now);

void latency_reset(void);
/* Return that percentile of the latencies, in microseconds, to within one percent. */
double latency_at(double fraction);

#endif
