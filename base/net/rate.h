/* SPDX-License-Identifier: Apache-2.0
 *
 * When the next request to a server may begin, for all threads of a process and, through a
 * mapped file, all processes of a node.
 *
 * A server's rate grows with every answer and halves when it says "slow down" (403, 429,
 * 503): additive increase, multiplicative decrease. "Slow down" holds back everybody: for as
 * long as Retry-After says, or longer each time, with jitter, so that those who were held
 * back do not all come again at once. Where no request succeeded for `patience` seconds the
 * circuit breaks: requests fail at once, with a message, until it is tried again.
 */
#ifndef EM_BASE_NET_RATE_H
#define EM_BASE_NET_RATE_H

#include "base/status.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct em_rate_options {
    const char *file; /* shared by the processes of a node; NULL: this process's own */
    double rate;      /* most requests a second to one server; 0: 50 */
    double backoff;   /* seconds of the first wait after "slow down"; 0: 1 */
    double patience;  /* seconds without an answer until it is given up; 0: 900 */
    double jitter;    /* the first request waits up to so long; 0: none */
    const atomic_int *stop; /* becomes non-zero: waits end; may be NULL */
};

struct em_rate;

/* Servers distinguished; more share. */
enum { EM_RATE_SERVERS = 32 };

EM_MUST_CHECK enum em_status em_rate_open(struct em_rate **out,
                                          const struct em_rate_options *options,
                                          struct em_err *err);
void em_rate_close(struct em_rate *rate);

/* Waits for the server's turn. EM_ERR_IO: the circuit is broken (err says since when and
 * why); EM_ERR_INTERRUPTED: `*cancel` or options.stop became non-zero. *began: the time that
 * em_rate_slow() is given. */
EM_MUST_CHECK enum em_status em_rate_turn(struct em_rate *rate, uint64_t server,
                                          const atomic_int *cancel, double *began,
                                          struct em_err *err);
/* An answer came. */
void em_rate_fine(struct em_rate *rate, uint64_t server);
/* "Slow down", to a request that began at `began`: `after` seconds (negative: not said);
 * `long_wait`: the kind of answer that servers give to who asks far too much. */
void em_rate_slow(struct em_rate *rate, uint64_t server, double began, int http_status,
                  double after, bool long_wait);
/* Seconds until a thing that failed `times` times is tried again. */
double em_rate_backoff(struct em_rate *rate, unsigned times);
/* Sleeps; EM_ERR_INTERRUPTED as above. */
EM_MUST_CHECK enum em_status em_rate_sleep(struct em_rate *rate, double seconds,
                                           const atomic_int *cancel);
double em_rate_patience(const struct em_rate *rate);

#endif
