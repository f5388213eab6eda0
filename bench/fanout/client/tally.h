/* What was delivered to whom: counted, checked for order, and timed. No I/O but the wish pipe.
 *
 * An event carries a mark:  bench@<19 digits: ns of CLOCK_MONOTONIC>.<5: list>.<9: number>
 * Numbers of a list are 1, 2, 3 …; a subscriber must see each once and in this order.
 */
#ifndef TALLY_H
#define TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MOST_LISTS 10000
/* More than any run keeps under way on one list; a power of two. */
#define RING 128

struct counts {
    uint64_t deliveries, messages, lost, repeated, strays, behind;
};

extern struct counts counts;
/* Messages published and not yet delivered to everybody. */
extern uint64_t under_way;

uint64_t now_ns(void);

void tally_begin(int wish_fd);
/* One more hears the list. Returns the number of the last message that is not for them. */
uint32_t tally_subscriber(uint32_t list);
void tally_forget_subscribers(void);

/* Each list gets `in_flight` messages now, and a new one whenever one has reached everybody. */
void tally_keep(uint32_t in_flight);
/* The next list gets one message, unless RING / 2 of its are under way: then it is counted. */
void tally_one(void);
/* No new messages follow. */
void tally_stop(void);
/* Wishes made so far are on their way to the publisher. */
void tally_flush(void);

/* Counts the events in the payload of one frame, for a subscriber of `list` who has seen those up
 * to *seen. Returns false if the frame holds anything besides events of the usual shape. */
bool tally_frame(const char *payload, size_t size, uint32_t list, uint32_t *seen, uint64_t now);

void latency_reset(void);
/* Microseconds under which `part` of the deliveries stayed; within one percent. */
double latency_at(double part);

#endif
